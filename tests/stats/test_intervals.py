import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.distributions import binomial_tail
from pytest_altax.stats.intervals import (
    ClusteredMean,
    clopper_pearson,
    clustered_mean,
    effective_size,
    mean_interval,
    wilson,
)

CLUSTERS = st.lists(
    st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=30
)

EFFECTIVE = st.floats(1, 400).flatmap(lambda n: st.tuples(st.just(0.0) | st.floats(0.2, n), st.just(n)))
UNEVEN = [(3, 5), (0, 4), (5, 5), (1, 6), (2, 2), (0, 5)]


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


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # statsmodels 0.15.0 proportion_confint(method="beta")
        (0, 10, 0.0, 0.30849710781876083),
        (1, 20, 0.0012650894979498038, 0.24873276277202783),
        (5, 50, 0.03327509358902247, 0.21813536643420228),
        (30, 30, 0.8842966917779722, 1.0),
        (3, 8, 0.08523341413725354, 0.7551367836334484),
        (500, 10000, 0.04580994219877059, 0.05445452702835887),
        # scipy 1.17.1 beta.ppf, for effective samples
        (2.4, 17.3, 0.022549347986244476, 0.3873814792472467),
    ],
)
def test_clopper_pearson_gives_the_exact_interval(successes, n, low, high):
    assert clopper_pearson(successes, n) == pytest.approx((low, high), rel=1e-9)


def test_clopper_pearson_without_samples_knows_nothing():
    assert clopper_pearson(0, 0) == (0, 1)


@given(EFFECTIVE)
def test_clopper_pearson_ends_where_a_tail_is_a_fortieth(case):
    successes, n = case
    low, high = clopper_pearson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert successes == 0 or binomial_tail(successes, n, low) == pytest.approx(0.025, rel=1e-6)
    # So near to 1, where a tail of less than one success begins steeply, the bound itself has no digits left
    near = successes == n or 1 - high < 1e-9
    assert near or binomial_tail(n - successes, n, 1 - high) == pytest.approx(0.025, rel=1e-6)


@given(EFFECTIVE)
def test_clopper_pearson_is_the_mirror_of_itself(case):
    successes, n = case
    low, high = clopper_pearson(successes, n)
    assert clopper_pearson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(EFFECTIVE)
def test_more_confidence_is_never_narrower(case):
    inner, outer = clopper_pearson(*case, confidence=0.9), clopper_pearson(*case, confidence=0.99)
    assert outer[0] <= inner[0] <= inner[1] <= outer[1]


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.35])
@pytest.mark.parametrize("n", [5, 20, 60])
def test_clopper_pearson_never_covers_less_than_it_promises(n, rate):
    covered = [k for k in range(n + 1) if clopper_pearson(k, n)[0] <= rate <= clopper_pearson(k, n)[1]]
    assert math.fsum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in covered) >= 0.95


def test_a_clustered_mean_has_the_sandwich_error():
    # statsmodels 0.15.0 OLS of the 27 outcomes on a constant, cov_type="cluster"; t(.975, 5) = 2.570582
    found = clustered_mean(UNEVEN)
    assert (found.mean, found.error, found.clusters) == pytest.approx((0.4074074074, 0.1814561289, 6))
    assert found.high - found.mean == pytest.approx(2.570582 * 0.1814561289, rel=1e-6)


def test_prompts_that_weigh_alike_have_the_mean_of_their_means():
    values = [k / n for k, n in UNEVEN]
    found = clustered_mean([(value, 1) for value in values])
    assert found.mean == pytest.approx(sum(values) / 6)
    assert (found.low, found.high) == pytest.approx(mean_interval(found.mean, statistics.stdev(values), 6))


def test_one_cluster_has_a_mean_and_no_error():
    assert clustered_mean([(3, 8)]) == ClusteredMean(0.375, None, 1, None, None)


def test_clusters_without_samples_do_not_count():
    assert clustered_mean([(0, 0), *UNEVEN]) == clustered_mean(UNEVEN)
    assert clustered_mean([(0, 0)]) is None


def test_clusters_that_are_all_equal_have_an_interval_only_from_six_on():
    assert clustered_mean([(0.1 * n, n) for n in (3, 5, 7)]) == ClusteredMean(pytest.approx(0.1), 0, 3, None, None)
    assert clustered_mean([(0, 5)] * 6) == ClusteredMean(0, 0, 6, 0, 0)


def test_clusters_that_differ_by_rounding_alone_are_equal():
    # 0.1 + 0.2 is 0.30000000000000004
    assert clustered_mean([(0.1 + 0.2, 1), (0.3, 1)]).error == 0


@given(CLUSTERS, st.floats(0.01, 100))
def test_a_ratio_of_sums_keeps_its_shape_in_another_unit(clusters, unit):
    here, there = clustered_mean(clusters), clustered_mean([(k, n * unit) for k, n in clusters])
    assert there.mean == pytest.approx(here.mean / unit)
    if here.error is not None:
        assert there.error == pytest.approx(here.error / unit, abs=1e-9)


@given(CLUSTERS)
def test_a_clustered_mean_and_the_effective_size_agree_on_the_variance(clusters):
    found, size = clustered_mean(clusters), effective_size(clusters)
    independent = found.mean * (1 - found.mean)
    if found.error and 1 < size < sum(n for _, n in clusters):
        assert independent / found.error**2 == pytest.approx(size)


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
