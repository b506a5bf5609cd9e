import json

import pytest
from gate_metrics import METRICS
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.errors import ResultsError
from pytest_altax.gate.baseline import Baseline, BaselineHeader, bless, read, update, write
from pytest_altax.measurements import Direction, Measurement, Metric, Pooling, Sample, Unit

TOTAL = Metric("total_tokens", Unit.TOKENS, Direction.LOWER, Pooling.TOTAL, "all tokens")
KNOWN = {**METRICS, TOTAL.name: TOTAL}
HEADER = BaselineHeader(
    "0.1.0", "2026-11-23T12:00:00+00:00", "lexical-1", "rouge1-1", "auto", "genai-prices 0.2", "abc"
)


def measured(name, *samples, skipped=()):
    return Measurement(name, tuple(Sample(*sample) for sample in samples), dict.fromkeys(skipped, 1))


def made(**tests):
    return bless(HEADER, [(f"test_{name}", measurements) for name, measurements in tests.items()], KNOWN)


def back(baseline):
    return read(write(baseline, KNOWN), "altax-baseline.json", KNOWN)


FULL = [
    measured("total_tokens", (400,)),
    measured("tax_tokens", (100,)),
    measured("tax_ratio", (100, 400)),
    measured("refusal_rate", (0, 1, "g1"), (1, 1, "g1"), (1, 1, "g2")),
]


def test_what_was_written_is_read_again():
    baseline = made(a=FULL, b=[measured("total_tokens", (0,))])
    assert back(baseline) == baseline


def test_samples_are_summed_by_prompt_group():
    assert made(a=FULL).tests["test_a"]["refusal_rate"] == (Sample(1, 2, "g1"), Sample(1, 1, "g2"))


def test_each_test_has_one_line_and_they_are_sorted():
    lines = write(made(b=FULL, a=FULL), KNOWN).splitlines()
    assert [line.split('"')[1] for line in lines if line.startswith('"test_')] == ["test_a", "test_b"]


def test_a_ratio_of_all_tokens_and_a_total_of_zero_take_no_place():
    line = next(
        line for line in write(made(a=FULL, b=[measured("tax_tokens", (0,))]), KNOWN).splitlines() if "test_a" in line
    )
    assert "tax_ratio" not in line
    assert '"test_b": {"unmeasured"' in write(made(a=FULL, b=[measured("tax_tokens", (0,))]), KNOWN)


def test_a_total_that_was_left_out_in_part_is_not_kept():
    assert "cost_usd" not in made(a=[*FULL, measured("cost_usd", (0.1,), skipped=["unpriced"])]).tests["test_a"]


def test_what_was_not_measured_is_not_read_as_zero():
    baseline = made(a=FULL, b=[measured("total_tokens", (1,))])
    assert "tax_tokens" not in back(baseline).tests["test_b"]


def test_the_parts_of_a_metric_are_those_of_its_tests():
    parts = made(b=FULL, a=[measured("tax_tokens", (7,))]).parts("tax_tokens")
    assert [(id, one.samples[0].numerator) for id, one in parts] == [("test_a", 7), ("test_b", 100)]


samples = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 9), st.sampled_from(["", "g", "ü\u2028"])), min_size=1, max_size=4
)
groups = samples.map(lambda found: {group: (min(n, d), d) for n, d, group in found})


@given(st.dictionaries(st.text(max_size=5), st.tuples(groups, st.integers(0, 3), st.integers(0, 3)), max_size=4))
def test_any_baseline_is_read_as_it_was_written(tests):
    baseline = bless(
        HEADER,
        [
            (
                id,
                [
                    measured("refusal_rate", *[(n, d, g) for g, (n, d) in sorted(found.items())]),
                    measured("total_tokens", (total,)),
                    measured("tax_tokens", (tax,)),
                    measured("tax_ratio", (tax, total)),
                ],
            )
            for id, (found, total, tax) in tests.items()
        ],
        KNOWN,
    )
    assert back(baseline) == baseline


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "altax-baseline.json:1: not JSON"),
        ('{\n"version": 1,\n<<<<<<< HEAD\n', "altax-baseline.json:3: a merge conflict is left in it"),
        ("[]", "an object was expected"),
        ('{"version": 2}', "format version 2, this is version 1"),
        ('{"version": 1}', "it needs a list `metrics` and a table `tests`"),
        ('{"version": 1, "metrics": [], "tests": {}, "created": "x"}', "field altax, "),
        ("[" * 100_000, "not JSON"),
        ('{"version": 1, "version": 1}', "'version' stands there twice"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_with_its_place(text, said):
    with pytest.raises(ResultsError, match=r"altax baseline update|was expected") as caught:
        read(text, "altax-baseline.json", KNOWN)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("NaN", "NaN is no number"),
        ('"7"', "test 'test_a', tax_tokens: a number"),
        ("true", "a number, or"),
        ('{"g": [1]}', "a number, or"),
        ('{"g": [1, -1]}', "a number, or"),
        ("1" + "0" * 400, "a number, or"),
        ('1, "tax_tokens": 2', "'tax_tokens' stands there twice"),
        ('1, "unmeasured": [{}]', "`unmeasured` is a list of names"),
        ('1, "unmeasured": "tax_tokens"', "`unmeasured` is a list of names"),
        ("{}", "a number, or"),
    ],
)
def test_a_number_that_was_edited_by_hand_into_none_is_refused(value, said):
    text = write(made(a=[measured("tax_tokens", (100,))]), KNOWN).replace('"tax_tokens": 100', f'"tax_tokens": {value}')
    with pytest.raises(ResultsError) as caught:
        read(text, "altax-baseline.json", KNOWN)
    assert said in str(caught.value)


def test_a_metric_that_the_header_does_not_list_is_refused():
    text = write(made(a=FULL), KNOWN).replace('"tax_tokens": 100', '"tax_tokens": 100, "mood": 3')
    with pytest.raises(ResultsError, match="has 'mood', which `metrics` does not list"):
        read(text, "altax-baseline.json", KNOWN)


def test_two_lines_of_one_test_are_refused():
    text = write(made(a=FULL), KNOWN)
    twice = text.replace('"tests": {\n', '"tests": {\n"test_a": {"tax_tokens": 999},\n')
    with pytest.raises(ResultsError, match="'test_a' stands there twice"):
        read(twice, "altax-baseline.json", KNOWN)


@pytest.mark.parametrize("value", ["[5, 1]", "[-1, 1]"])
def test_a_rate_outside_of_its_range_is_refused(value):
    text = write(made(a=FULL), KNOWN).replace("[1, 2]", value)
    with pytest.raises(ResultsError, match="test 'test_a', refusal_rate: of a rate no count"):
        read(text, "altax-baseline.json", KNOWN)


def test_several_samples_of_a_mean_in_one_group_are_kept_as_their_mean():
    kept = made(a=[measured("distinct_2", (1, 4, "g"), (3, 4, "g"), (1, 2, "h"))]).tests["test_a"]["distinct_2"]
    assert kept == (Sample(1, 2, "g"), Sample(1, 2, "h"))


def test_a_partial_run_updates_its_own_tests_alone():
    after = update(
        made(a=FULL, b=FULL), made(b=[measured("tax_tokens", (9,))]), stale=frozenset(), partial="-k was given"
    )
    assert set(after.tests) == {"test_a", "test_b"}
    assert after.tests["test_b"] == {"tax_tokens": (Sample(9),)}


def test_a_whole_run_drops_tests_that_are_gone():
    assert set(update(made(a=FULL, b=FULL), made(b=FULL), stale=frozenset(), partial=None).tests) == {"test_b"}


def test_what_stale_answers_do_not_tell_is_kept():
    new = made(a=[measured("tax_tokens", (9,))])
    after = update(made(a=FULL), new, stale=frozenset(["test_a"]), partial=None).tests["test_a"]
    assert (after["tax_tokens"], after["refusal_rate"]) == ((Sample(9),), (Sample(1, 2, "g1"), Sample(1, 1, "g2")))


def test_a_baseline_of_another_detector_is_not_updated_in_part():
    other = Baseline(BaselineHeader(**{**HEADER.to_json(), "detector": "strict-2"}), frozenset(), {})
    with pytest.raises(ResultsError, match="its detector is lexical-1, that of the run strict-2"):
        update(made(a=FULL), other, stale=frozenset(), partial="-x")


def test_a_baseline_of_other_prices_is_not_updated_in_part():
    other = Baseline(BaselineHeader(**{**HEADER.to_json(), "prices": "genai-prices 9"}), frozenset(), {})
    with pytest.raises(ResultsError, match="its table of prices is genai-prices 0"):
        update(made(a=FULL), other, stale=frozenset(), partial="-x")


def test_the_file_is_json_as_others_read_it():
    assert json.loads(write(made(a=FULL), KNOWN))["tests"]["test_a"]["tax_tokens"] == 100
