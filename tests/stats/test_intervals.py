import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.intervals import effective_size, mean_interval, wilson

CLUSTERS = st.lists(
    st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=30
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0, 0.2775), (1, 20, 0.0089, 0.2361), (5, 50, 0.0435, 0.2136), (0, 30, 0, 0.1135)],
)
def test_wilson_gives_the_published_intervals(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_without_samples_knows_nothing():
    assert wilson(0, 0) == (0, 1)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_and_stays_within_0_and_1(case):
    successes, n = case
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_the_mirror_of_itself(case):
    successes, n = case
    low, high = wilson(successes, n)
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_one_prompt_group_is_worth_its_samples():
    assert effective_size([(3, 8)]) == 8
    assert effective_size([(8, 8)]) == 8


def test_prompts_sampled_once_are_worth_one_sample_each():
    worth = effective_size([(1, 1)] * 5 + [(0, 1)] * 45)
    assert worth == 50
    assert wilson(5, worth) == pytest.approx((0.0435, 0.2136), abs=5e-5)


def test_equal_outcomes_are_worth_their_number_of_prompts():
    assert effective_size([(0, 5)] * 6) == 6
    assert effective_size([(5, 5)] * 6) == 6


def test_prompts_that_are_all_or_nothing_are_worth_little_more_than_one_sample_each():
    assert effective_size([(5, 5), (0, 5)] * 10) == pytest.approx(19)


def test_samples_that_spread_as_independent_ones_are_worth_themselves():
    assert effective_size([(1, 5)] * 4) == 20


@given(CLUSTERS)
def test_clustered_samples_are_worth_between_one_and_all_of_them(clusters):
    assert 1 <= effective_size(clusters) <= sum(n for _, n in clusters)


@given(CLUSTERS)
def test_what_samples_are_worth_does_not_depend_on_what_is_called_success(clusters):
    mirrored = [(n - successes, n) for successes, n in clusters]
    assert effective_size(clusters) == pytest.approx(effective_size(mirrored))


def test_a_mean_of_one_value_has_no_interval():
    assert mean_interval(0.5, 0.0, 1) is None


def test_a_mean_has_students_interval():
    # t(.975, 9) = 2.262157
    low, high = mean_interval(10, 2, 10)
    assert (high - low) / 2 == pytest.approx(2.262157 * 2 / math.sqrt(10), rel=1e-6)
    assert (high + low) / 2 == pytest.approx(10)


def test_equal_values_have_an_interval_only_from_six_on():
    assert mean_interval(0.4, 0.0, 5) is None
    assert mean_interval(0.4, 0.0, 6) == (0.4, 0.4)
