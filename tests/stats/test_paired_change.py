import dataclasses
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_altax.stats.comparison import PairedChange, log_ratio_change, mean_above, paired_change

CHANGES = [0.2, 0, 0, -0.2, 0.4, 0.2, 0, 0.6, 0.2, 0]
VALUES = st.floats(-1, 1).map(lambda value: round(value, 3))
DIFFERENCES = st.lists(VALUES, min_size=2, max_size=25)


def test_a_change_is_tested_with_students_t():
    # scipy 1.17.1: ttest_1samp(CHANGES, .05, alternative="greater"), its interval of the mean
    found = paired_change(CHANGES, 0.05)
    assert (found.p_above, found.p_below) == pytest.approx((0.12542658099148504, 0.8745734190085149), rel=1e-9)
    assert (found.low, found.high) == pytest.approx((-0.02589152527186836, 0.30589152527186836), rel=1e-9)
    assert (found.mean, found.deviation, found.n) == pytest.approx((0.14, 0.23190036174568116, 10))


def test_no_prompts_tell_nothing():
    assert paired_change([]) == PairedChange(None, None, None, None, None, 0, None)


def test_one_prompt_has_a_change_and_no_test():
    assert paired_change([0.4]) == PairedChange(0.4, None, None, None, None, 1, None)


def test_two_prompts_are_tested_with_one_degree_of_freedom():
    # t = .3 / .1 = 3
    found = paired_change([0.2, 0.4])
    assert found.p_above == pytest.approx(0.5 - math.atan(3) / math.pi)
    assert found.high - found.mean == pytest.approx(12.7062047 * 0.1)


def test_prompts_that_did_not_change_show_neither_a_rise_nor_a_fall():
    found = paired_change([0.0] * 20)
    assert (found.p_above, found.p_below, found.deviation) == (1, 1, 0)


def test_prompts_that_did_not_change_keep_a_limit_above_zero_by_their_number():
    assert paired_change([0.0] * 4, 0.05).p_below == 0.0625
    assert paired_change([0.0] * 5, 0.05).p_below == 0.03125
    assert paired_change([0.0] * 5, 0.05).p_above == 1


def test_equal_changes_are_tested_by_their_number_and_have_an_interval_from_six_on():
    assert paired_change([0.4] * 5).p_above == 0.03125
    assert paired_change([0.4] * 5).low is None
    assert (paired_change([0.4] * 6).low, paired_change([0.4] * 6).high) == pytest.approx((0.4, 0.4))


def test_what_differs_by_rounding_alone_is_equal():
    # 0.1 + 0.2 - 0.3 is 5.6e-17, not 0
    found = paired_change([0.1 + 0.2 - 0.3, 0.0, 0.3 - 0.1 - 0.2] * 7)
    assert (found.p_above, found.p_below, found.deviation) == (1, 1, 0)


def test_a_change_that_misses_its_limit_by_rounding_alone_keeps_it():
    # 0.35 - 0.3 is 0.04999999999999999, 0.55 - 0.5 is 0.050000000000000044
    assert paired_change([0.35 - 0.3] * 20, 0.05).p_below == 1
    assert paired_change([0.55 - 0.5] * 20, 0.05).p_above == 1


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match="not a finite number"):
        paired_change([0.1, bad])
    with pytest.raises(ValueError, match="not a finite number"):
        paired_change([0.1, 0.2], bad)


@given(DIFFERENCES, VALUES)
def test_a_change_is_tested_as_a_mean_is(differences, limit):
    found = paired_change(differences, limit)
    assert found.p_above == pytest.approx(mean_above(found.mean, found.deviation, found.n, limit), abs=1e-9)


@given(DIFFERENCES, VALUES)
def test_the_mirror_image_of_a_change_swaps_its_tests(differences, limit):
    found, mirrored = paired_change(differences, limit), paired_change([-value for value in differences], -limit)
    assert (mirrored.p_above, mirrored.p_below) == (found.p_below, found.p_above)
    assert mirrored.mean == -found.mean


@given(DIFFERENCES, VALUES, st.randoms())
def test_the_order_of_prompts_changes_nothing(differences, limit, order):
    shuffled = order.sample(differences, len(differences))
    assert dataclasses.astuple(paired_change(shuffled, limit)) == pytest.approx(
        dataclasses.astuple(paired_change(differences, limit))
    )


@given(DIFFERENCES, VALUES, VALUES)
def test_only_the_distance_from_the_limit_counts(differences, limit, shift):
    found = paired_change(differences, limit)
    assume(found.deviation)
    moved = paired_change([value + shift for value in differences], limit + shift)
    assert (moved.p_above, moved.p_below) == pytest.approx((found.p_above, found.p_below), abs=1e-9)


@given(DIFFERENCES, VALUES)
def test_no_change_is_both_above_and_below_its_limit(differences, limit):
    found = paired_change(differences, limit)
    assert max(found.p_above, found.p_below) >= 0.5 - 1e-9


@given(DIFFERENCES, st.tuples(VALUES, VALUES))
def test_a_looser_limit_is_never_exceeded_sooner(differences, limits):
    strict, loose = sorted(limits)
    assert paired_change(differences, strict).p_above <= paired_change(differences, loose).p_above + 1e-12


@given(DIFFERENCES)
def test_a_rise_is_significant_where_the_interval_at_twice_the_level_lies_above_zero(differences):
    found = paired_change(differences)
    if found.deviation and abs(found.p_above - 0.025) > 1e-9:
        assert (found.p_above < 0.025) == (found.low > 0)


def test_momentum_is_the_logarithm_of_passes_per_token_with_and_without():
    rows = [(1, 1200, 1, 1000), (0, 900, 1, 800), (1, 1500, 1, 1100), (1, 1000, 0, 950)]
    found = log_ratio_change(rows)
    assert found.mean == pytest.approx(math.log((3 / 4600) / (3 / 3850)))
    # the delta method by hand: the share of each cell in its column, times 4
    shares = [4 * (a / 3 - b / 4600 - c / 3 + d / 3850) for a, b, c, d in rows]
    assert found.deviation == pytest.approx(math.sqrt(sum(share**2 for share in shares) / 3))


def test_a_ratio_that_is_the_same_for_each_row_has_no_spread():
    found = log_ratio_change([(k, 10 * k, k, 20 * k) for k in range(1, 8)])
    assert (found.mean, found.deviation) == (pytest.approx(math.log(2)), 0)


def test_a_ratio_without_a_single_pass_has_no_logarithm():
    assert log_ratio_change([(0, 100, 1, 100), (0, 100, 1, 100)]) is None
    assert log_ratio_change([]) is None


@given(st.lists(st.tuples(*[st.integers(1, 9)] * 4), min_size=2, max_size=20), st.integers(2, 1000))
def test_the_unit_of_a_column_only_shifts_a_ratio(rows, unit):
    here = log_ratio_change(rows)
    there = log_ratio_change([(a, b * unit, c, d) for a, b, c, d in rows])
    assert there.mean == pytest.approx(here.mean - math.log(unit), abs=1e-9)
    assert there.deviation == pytest.approx(here.deviation, abs=1e-9)
