import pytest
from altax_tables import METRICS

from pytest_altax.config.failon import fail_on
from pytest_altax.errors import ConfigError


def read(text):
    return [(one.metric, one.bound, one.value, one.relative) for one in fail_on(text, METRICS)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("tax_ratio > 0.35", [("tax_ratio", "max", 0.35, False)]),
        ("tax_tokens>1_000", [("tax_tokens", "max", 1000, False)]),
        ("distinct_2 < .4", [("distinct_2", "min", 0.4, False)]),
        ("tax_tokens rises > 5%", [("tax_tokens", "max-increase", 0.05, True)]),
        ("refusal_rate rises > 0.05", [("refusal_rate", "max-increase", 0.05, False)]),
        ("distinct_2 falls > 0.1", [("distinct_2", "max-decrease", 0.1, False)]),
        ("tax_ratio > 0.3 or tax_tokens > 9", [("tax_ratio", "max", 0.3, False), ("tax_tokens", "max", 9, False)]),
        ("tax_ratio > 0.3, tax_tokens > 9", [("tax_ratio", "max", 0.3, False), ("tax_tokens", "max", 9, False)]),
    ],
)
def test_a_condition_becomes_a_limit(text, wanted):
    assert read(text) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "--altax-fail-on is empty"),
        ("tax_ratio", "'tax_ratio' is no condition"),
        ("tax_ration > 0.3", "unknown metric 'tax_ration' in --altax-fail-on\n  did you mean 'tax_ratio'?"),
        ("tax_ratio >= 0.3", "has >=, but a limit itself always passes\n  to fix: write >"),
        ("tax_ratio rises < 0.3", "a change is limited by >"),
        ("tax_ratio > much", "'much' is no number"),
        ("tax_ratio > 5%", "'5%' is no number"),
        ("tax_ratio > 35", "for 35% write 0.35"),
        ("tax_ratio > 1", "'tax_ratio > 1' can never be true"),
        ("tax_tokens < 0", "'tax_tokens < 0' can never be true"),
        ("tax_ratio > nan", "beyond which nothing can lie"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, said):
    with pytest.raises(ConfigError) as caught:
        fail_on(text, METRICS)
    assert said in str(caught.value)


def test_the_source_is_the_condition_as_it_was_written():
    assert fail_on("tax_ratio > 0.35", METRICS)[0].source == "--altax-fail-on tax_ratio > 0.35"
