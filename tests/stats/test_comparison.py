import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.comparison import mean_above, rate_above
from pytest_altax.stats.intervals import wilson
from pytest_altax.stats.multiplicity import holm
from pytest_altax.stats.power import clusters_for_mean, samples_for_rate

COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LIMITS = st.floats(0.005, 0.995)


@given(COUNTS, LIMITS)
def test_a_small_p_means_that_the_one_sided_wilson_interval_lies_above_the_limit(case, limit):
    successes, n = case
    if rate_above(successes / n, n, limit) < 0.05:
        assert wilson(successes, n, confidence=0.90)[0] > limit - 1e-12


@pytest.mark.parametrize("n", [5, 10, 20, 50])
@pytest.mark.parametrize("limit", [0.01, 0.02, 0.05, 0.1, 0.35])
def test_a_rate_at_its_limit_alarms_in_at_most_alpha_of_the_runs(n, limit):
    chance = [math.comb(n, k) * limit**k * (1 - limit) ** (n - k) for k in range(n + 1)]
    alarms = math.fsum(chance[k] for k in range(n + 1) if rate_above(k / n, n, limit) < 0.05)
    assert alarms <= 0.05


def test_one_refusal_in_ten_does_not_prove_more_than_2_percent():
    assert rate_above(1 / 10, 10, 0.02) == pytest.approx(0.1829, abs=1e-4)


def test_nothing_is_proved_without_samples():
    assert rate_above(1.0, 0, 0.5) == 1


@given(COUNTS, LIMITS)
def test_no_rate_is_proved_above_and_below_its_limit_at_once(case, limit):
    successes, n = case
    above = rate_above(successes / n, n, limit)
    below = rate_above(1 - successes / n, n, 1 - limit)
    assert max(above, below) >= 0.5 - 1e-9


def test_a_mean_is_tested_with_students_t():
    # t = (10 - 8) / (2 / sqrt(10)) = 3.1623, 9 degrees of freedom
    assert mean_above(10, 2, 10, 8) == pytest.approx(0.00575, abs=5e-5)


def test_one_value_tests_nothing():
    assert mean_above(10, 0, 1, 8) is None


def test_equal_values_are_tested_by_their_number_alone():
    assert mean_above(10, 0, 2, 8) == 0.25
    assert mean_above(10, 0, 5, 8) == pytest.approx(0.03125)
    assert mean_above(10, 0, 5, 10) == 1


def test_holm_gives_the_textbook_adjustment():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_never_lowers_a_p_and_keeps_their_order(p_values):
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    ranked = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert [adjusted[place] for place in ranked] == sorted(adjusted)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_multiplies_the_smallest_by_the_number_of_tests(p_values):
    assert min(holm(p_values)) == pytest.approx(min(1, min(p_values) * len(p_values)))


def test_25_gates_at_5_percent_alarm_in_72_percent_of_the_runs_unless_holm_adjusts_them():
    random = Random(4)
    runs = [[random.random() for _ in range(25)] for _ in range(20_000)]
    assert sum(min(run) < 0.05 for run in runs) / 20_000 == pytest.approx(0.72, abs=0.01)
    assert sum(min(holm(run)) < 0.05 for run in runs) / 20_000 <= 0.055


@given(st.floats(0, 1), LIMITS)
def test_the_samples_needed_are_the_first_that_decide(rate, limit):
    n = samples_for_rate(rate, limit, 0.05)
    if n is None:
        return
    near, far = (rate, limit) if rate > limit else (1 - rate, 1 - limit)
    assert rate_above(near, n, far) < 0.05
    assert n == 1 or rate_above(near, n - 1, far) >= 0.05


def test_149_clean_samples_show_that_a_rate_is_below_2_percent():
    assert samples_for_rate(0, 0.02, 0.05) == 149


def test_no_number_of_samples_tells_a_rate_from_itself():
    assert samples_for_rate(0.2, 0.2, 0.05) is None
    assert clusters_for_mean(0, 1, 0.05) is None


def test_prompts_needed_for_a_mean_grow_with_their_spread():
    assert clusters_for_mean(1, 2, 0.05) == 13
    assert clusters_for_mean(-1, 4, 0.05) == 46
    assert clusters_for_mean(1, 0, 0.05) == 5
