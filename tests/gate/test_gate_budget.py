import pytest

from pytest_altax.gate.budget import Budget, Limit, Policy, TestLimits

LOOSE, TIGHT = Limit("tax_tokens", "max", 900), Limit("tax_tokens", "max", 500)
CALLS, RATE = Limit("calls", "max", 3), Limit("refusal_rate", "max", 0.1)


@pytest.mark.parametrize(
    ("match", "nodeid"),
    [
        ("tests/support/*", "tests/support/deep/test_a.py::test_one"),
        ("*::test_refund*", "tests/test_tone.py::test_refund[de]"),
        ("tests/test_tone.py::test_refund[de]", "tests/test_tone.py::test_refund[de]"),
        ("*::test_refund[de]", "tests/test_tone.py::test_refund[de]"),
        ("*::test_refund[*]", "tests/test_tone.py::test_refund[de]"),
        ("*::test_refund[d?]", "tests/test_tone.py::test_refund[de]"),
    ],
)
def test_stars_and_question_marks_of_a_pattern_are_wildcards(match, nodeid):
    assert TestLimits(match, ()).covers(nodeid)


@pytest.mark.parametrize("match", ["*::test_refund[[]de]", "*::test_refun[d]*", "*::test_refund[!x]*"])
def test_brackets_of_a_pattern_are_literal(match):
    assert not TestLimits(match, ()).covers("tests/test_tone.py::test_refund[de]")


def test_a_pattern_minds_case_and_fits_whole_ids():
    assert not TestLimits("tests/Support/*", ()).covers("tests/support/test_a.py::test_one")
    assert not TestLimits("support", ()).covers("tests/support/test_a.py::test_one")


def test_later_patterns_go_before_earlier_ones_metric_by_metric():
    budget = Budget(tests=(TestLimits("*", (LOOSE, CALLS)), TestLimits("*slow*", (TIGHT,))))
    assert budget.for_test("test_slow") == (TIGHT, CALLS)
    assert budget.for_test("test_fast") == (LOOSE, CALLS)


def test_a_marker_goes_before_every_pattern():
    budget = Budget(tests=(TestLimits("*", (LOOSE, CALLS)),))
    assert set(budget.for_test("test_a", (TIGHT, RATE))) == {TIGHT, CALLS, RATE}


def test_both_bounds_of_one_entry_hold_and_are_replaced_together():
    both = (Limit("calls", "max", 9), Limit("calls", "min", 2))
    assert Budget(tests=(TestLimits("*", both),)).for_test("test_a") == both
    assert Budget(tests=(TestLimits("*", both),)).for_test("test_a", (CALLS,)) == (CALLS,)


def test_limits_of_the_run_are_not_those_of_a_test():
    assert Budget(run=(LOOSE,)).for_test("test_a") == ()


def test_by_default_inconclusive_passes_and_stale_warns():
    assert Budget().policy == Policy("pass", "warn")
