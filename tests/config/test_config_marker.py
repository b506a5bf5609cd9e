import pytest
from altax_tables import METRICS

from pytest_altax.config import Mark, marker_limits, parse_limit
from pytest_altax.errors import ConfigError
from pytest_altax.gate.budget import Limit


def read(**kwargs):
    return marker_limits(kwargs, METRICS, source="tests/test_a.py", line=12)


def refuses(**kwargs):
    with pytest.raises(ConfigError) as caught:
        read(**kwargs)
    return str(caught.value)


def test_a_marker_sets_limits_in_the_bad_direction():
    limits, mark = read(tax_tokens=1200, refusal_rate=0, distinct_2=0.4)
    assert limits == (
        Limit("tax_tokens", "max", 1200, source="tests/test_a.py: tax_tokens=1200", line=12),
        Limit("refusal_rate", "max", 0, source="tests/test_a.py: refusal_rate=0", line=12),
        Limit("distinct_2", "min", 0.4, source="tests/test_a.py: distinct_2=0.4", line=12),
    )
    assert mark == Mark()


def test_a_neutral_metric_is_limited_above():
    assert read(calls=3)[0][0].bound == "max"


def test_a_table_names_its_bounds():
    limits, _ = read(refusal_rate={"max": 0.1, "min": 0.01, "alpha": 0.1})
    assert [(limit.bound, limit.value, limit.alpha) for limit in limits] == [("max", 0.1, 0.1), ("min", 0.01, 0.1)]


def test_a_marker_says_what_a_test_is():
    limits, mark = read(harmful=True, language="de", probe="refund-1")
    assert limits == ()
    assert mark == Mark("de", "refund-1", True)


@pytest.mark.parametrize("value", [None, True, "3", [3], float("nan"), float("inf"), -1])
def test_a_limit_that_can_never_fail_or_hold_is_refused(value):
    assert refuses(tax_tokens=value).startswith("tests/test_a.py:12: max of 'tax_tokens' is ")


@pytest.mark.parametrize(
    ("name", "number"), [("tax_tokens", "900"), ("calls", "900"), ("cost_usd", "0.01"), ("tax_ratio", "0.35")]
)
def test_an_example_suits_the_unit(name, number):
    assert f"to fix: for example {name} = {number}\n" in refuses(**{name: "x"})


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({}, "has none of max, min, max-increase, max-decrease, so it can never fail"),
        ({"max": None}, "max of 'tax_tokens' is nothing; a number is allowed"),
        ({"mox": 3}, "unknown key 'mox' in 'tax_tokens'\n  did you mean 'max'?"),
        ({"max": 1, "min": 2}, "max 1 below min 2"),
        ({"max_increase": 1}, "unknown key 'max_increase' in 'tax_tokens'\n  did you mean 'max-increase'?"),
        ({"max-increase": -1}, "max-increase of 'tax_tokens' is -1; it must be finite and at least 0"),
        ({"max-decrease": "-5%"}, "a number or a percentage of at least 0 is allowed"),
        ({"max-decrease": True}, 'a number or a percentage such as "5%" is allowed'),
        ({"max": 3, "ignore-below": 1}, "has ignore-below and no limit of a change, so it does nothing"),
        ({"max": 3, "alpha": 0.1}, "compared exactly"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(value, what):
    assert what in refuses(tax_tokens=value)


@pytest.mark.parametrize("alpha", [0, -1, 0.6, True, "x", float("nan")])
def test_alpha_is_a_small_share(alpha):
    assert "alpha of 'refusal_rate' is " in refuses(refusal_rate={"max": 0.1, "alpha": alpha})


@pytest.mark.parametrize(("name", "meant"), [("tax_tokns", "tax_tokens"), ("langauge", "language")])
def test_an_unknown_keyword_gets_the_nearest_metric_or_mark(name, meant):
    said = refuses(**{name: 3})
    assert f"unknown metric {name!r} in @pytest.mark.altax" in said
    assert f"did you mean '{meant}'?" in said


@pytest.mark.parametrize(
    "kwargs",
    [
        {"harmful": 1},
        {"harmful": None},
        {"language": ""},
        {"language": 3},
        {"probe": None},
    ],
)
def test_a_mark_of_the_wrong_kind_is_refused(kwargs):
    assert f"{next(iter(kwargs))!r} in @pytest.mark.altax is " in refuses(**kwargs)


def test_a_metric_of_whole_runs_is_no_limit_of_a_test():
    said = refuses(refusal_selectivity=0.5)
    assert said.startswith("tests/test_a.py:12: refusal_selectivity exists for a whole run only\n")
    assert "to fix: move it to [tool.pytest-altax.budget]\n" in said


def test_variants_are_refused_rather_than_ignored():
    assert "variants of a test are not available in this version" in refuses(variants=["guarded", "bare"])


def test_a_test_without_a_marker_has_no_limits():
    assert read() == ((), Mark())


def test_all_that_is_wrong_with_a_marker_is_said_at_once():
    said = refuses(tax_tokens=None, harmful=3)
    assert "tests/test_a.py:12: 2 settings cannot be used" in said


def test_a_number_is_a_limit_by_itself():
    assert parse_limit(METRICS["tax_ratio"], 0.3) == (Limit("tax_ratio", "max", 0.3),)


def test_a_limit_of_a_change_is_a_number_or_a_share_of_the_baseline():
    wanted = {"max-increase": "5%", "max-decrease": 40, "ignore-below": 30}
    rise, fall = marker_limits({"tax_tokens": wanted}, METRICS, source="marker", line=1)[0]
    assert (rise.bound, rise.value, rise.relative, rise.ignore_below) == ("max-increase", 0.05, True, 30)
    assert (fall.bound, fall.value, fall.relative, fall.ignore_below) == ("max-decrease", 40, False, 30)
