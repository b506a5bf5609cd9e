"""The statistics beside those of scipy and statsmodels, where these are installed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_altax.stats import intervals
from pytest_altax.stats.comparison import mcnemar, paired_change, rate_above
from pytest_altax.stats.distributions import beta_quantile, binomial_tail, t_quantile, t_tail
from pytest_altax.stats.multiplicity import holm
from pytest_altax.stats.power import power_of
from pytest_altax.stats.resampling import paired_bootstrap, sign_flip_test

np = pytest.importorskip("numpy", reason="numpy is not installed")
scipy_stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CONFIDENCE = st.sampled_from([0.8, 0.9, 0.95, 0.99])
CHANGES = st.lists(st.integers(-10, 10).map(lambda tenths: tenths / 10), min_size=2, max_size=30)
CLUSTERS = st.lists(
    st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=12
)


def statsmodels(module):
    return pytest.importorskip(f"statsmodels.{module}", reason="statsmodels is not installed")


@given(COUNTS, CONFIDENCE)
def test_wilson_and_clopper_pearson_are_those_of_scipy(case, confidence):
    test = scipy_stats.binomtest(*case)
    for ours, method in ((intervals.wilson, "wilson"), (intervals.clopper_pearson, "exact")):
        theirs = test.proportion_ci(confidence, method)
        assert ours(*case, confidence) == pytest.approx((theirs.low, theirs.high), rel=1e-8, abs=1e-12)


@given(st.floats(0.001, 0.999), st.floats(0.3, 3000), st.floats(0.3, 3000))
def test_beta_quantile_is_that_of_scipy(probability, a, b):
    assert beta_quantile(probability, a, b) == pytest.approx(
        float(scipy_stats.beta.ppf(probability, a, b)), rel=1e-7, abs=1e-12
    )


@given(st.floats(-40, 40), st.integers(1, 400))
def test_t_tail_is_that_of_scipy(t, freedom):
    assert t_tail(t, freedom) == pytest.approx(float(scipy_stats.t.sf(t, freedom)), rel=1e-8)


@given(st.floats(0.001, 0.49), st.integers(1, 400))
def test_t_quantile_is_that_of_scipy(tail, freedom):
    assert t_quantile(tail, freedom) == pytest.approx(float(scipy_stats.t.isf(tail, freedom)), rel=1e-8)


@given(COUNTS, st.floats(0.005, 0.995))
def test_a_rate_is_tested_as_in_scipy_and_statsmodels(case, limit):
    k, n = case
    exact = scipy_stats.binomtest(k, n, limit, alternative="greater").pvalue
    score = statsmodels("stats.proportion").proportions_ztest(k, n, limit, alternative="larger", prop_var=limit)[1]
    assert binomial_tail(k, n, limit) == pytest.approx(exact, rel=1e-8, abs=1e-14)
    assert rate_above(k / n, n, limit) == pytest.approx(max(exact, score), rel=1e-8, abs=1e-14)


@given(CHANGES, st.sampled_from([0.0, 0.05, 0.1]))
def test_a_paired_change_is_scipys_t_test(changes, limit):
    if max(changes) == min(changes):
        return
    ours = paired_change(changes, limit)
    above = scipy_stats.ttest_1samp(changes, limit, alternative="greater")
    below = scipy_stats.ttest_1samp(changes, limit, alternative="less")
    interval = above.confidence_interval(0.95), scipy_stats.ttest_1samp(changes, 0).confidence_interval(0.95)
    assert (ours.p_above, ours.p_below) == pytest.approx((above.pvalue, below.pvalue), rel=1e-7)
    assert (ours.low, ours.high) == pytest.approx((interval[1].low, interval[1].high), rel=1e-7, abs=1e-12)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_that_of_statsmodels(lost, gained):
    theirs = statsmodels("stats.contingency_tables").mcnemar([[0, lost], [gained, 0]], exact=True).pvalue
    assert mcnemar(lost, gained) == pytest.approx(theirs if lost + gained else 1.0, rel=1e-8)


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_mid_p_is_the_tail_of_scipy_less_half_of_its_first_term(lost, gained):
    coins = scipy_stats.binom(lost + gained, 0.5)
    theirs = coins.sf(lost) + coins.pmf(lost) / 2
    assert mcnemar(lost, gained, sides=1, mid=True) == pytest.approx(theirs, rel=1e-8)


@given(CLUSTERS)
def test_a_clustered_mean_is_a_regression_on_a_constant_in_statsmodels(clusters):
    linear = statsmodels("regression.linear_model")
    outcomes = np.concatenate([[1.0] * k + [0.0] * (n - k) for k, n in clusters])
    prompts = np.concatenate([[place] * n for place, (_, n) in enumerate(clusters)])
    fitted = linear.OLS(outcomes, np.ones(len(outcomes))).fit(cov_type="cluster", cov_kwds={"groups": prompts})
    ours = intervals.clustered_mean(clusters)
    assert (ours.mean, ours.error) == pytest.approx((fitted.params[0], fitted.bse[0]), abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_is_that_of_statsmodels(p_values):
    theirs = statsmodels("stats.multitest").multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(list(theirs))


@given(st.floats(0.01, 1), st.integers(1, 500), st.floats(0.01, 2))
def test_power_is_that_of_statsmodels(effect, n, variance):
    normal_power = statsmodels("stats.power").normal_power
    for sides, name in ((1, "larger"), (2, "two-sided")):
        theirs = float(normal_power(effect, n, 0.05, name, sigma=variance**0.5))
        assert power_of(effect, n, variance, sides=sides) == pytest.approx(theirs, rel=1e-8)


@settings(max_examples=15)
@given(CHANGES.filter(lambda changes: len(changes) <= 10), st.sampled_from([(1, "greater"), (2, "two-sided")]))
def test_sign_flips_are_a_permutation_test_of_scipy(changes, sided):
    sides, name = sided
    tenths = (np.round(np.array(changes) * 10),)
    theirs = scipy_stats.permutation_test(
        tenths,
        lambda values, axis: values.sum(axis=axis),
        vectorized=True,
        permutation_type="samples",
        alternative=name,
        n_resamples=np.inf,
    )
    # scipy doubles the smaller tail, which for a symmetric distribution is the same
    assert sign_flip_test(changes, sides=sides).p == pytest.approx(theirs.pvalue)


def test_a_bootstrap_is_scipys_at_the_expanded_confidence():
    random = np.random.RandomState(3)
    rows = np.stack([random.binomial(1, 0.8, 40), random.lognormal(7, 0.3, 40)], axis=1)
    tail = scipy_stats.norm.sf((40 / 39) ** 0.5 * scipy_stats.t.isf(0.025, 39))
    theirs = scipy_stats.bootstrap(
        (rows[:, 0], rows[:, 1]),
        lambda passes, tokens, axis: passes.sum(axis=axis) / tokens.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        confidence_level=1 - 2 * tail,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    ours = paired_bootstrap(rows, lambda sums: sums[:, 0] / sums[:, 1], draws=20_000)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=0.02)
