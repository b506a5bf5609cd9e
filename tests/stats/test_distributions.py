import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.distributions import (
    beta_quantile,
    binomial_tail,
    incomplete_beta,
    normal_quantile,
    normal_tail,
    t_quantile,
    t_tail,
)

RATES = st.floats(0.001, 0.999)


@pytest.mark.parametrize(
    ("t", "freedom", "tail"),
    [(12.7062047, 1, 0.025), (2.2621572, 9, 0.025), (1.8124611, 10, 0.05), (3.1692727, 10, 0.005), (0, 3, 0.5)],
)
def test_t_tail_gives_the_printed_tables(t, freedom, tail):
    assert t_tail(t, freedom) == pytest.approx(tail, rel=1e-6)


@given(st.floats(-50, 50), st.integers(1, 500))
def test_t_tail_is_symmetric(t, freedom):
    assert t_tail(t, freedom) + t_tail(-t, freedom) == pytest.approx(1)


@given(st.floats(0.0001, 0.4999), st.integers(1, 300))
def test_t_quantile_is_the_inverse_of_t_tail(tail, freedom):
    assert t_tail(t_quantile(tail, freedom), freedom) == pytest.approx(tail, rel=1e-6)


@given(st.floats(-6, 6))
def test_t_with_much_freedom_is_normal(t):
    assert t_tail(t, 1e6) == pytest.approx(normal_tail(t), abs=1e-6)


def test_t_tail_keeps_the_digits_of_a_small_t():
    assert 0.5 - t_tail(5e-6, 1e6) == pytest.approx(5e-6 / math.sqrt(2 * math.pi), rel=1e-5)


def test_normal_quantile_and_tail_agree():
    assert normal_quantile(0.975) == pytest.approx(1.959964, abs=1e-6)
    assert normal_tail(1.959964) == pytest.approx(0.025, abs=1e-7)
    assert normal_tail(20) == pytest.approx(2.75e-89, rel=1e-2)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), RATES)
def test_binomial_tail_is_the_sum_of_its_terms(case, rate):
    successes, n = case
    terms = math.fsum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(successes, n + 1))
    assert binomial_tail(successes, n, rate) == pytest.approx(terms, rel=1e-8, abs=1e-14)


@given(st.floats(0.1, 400), st.floats(0.1, 400), RATES)
def test_incomplete_beta_mirrors(a, b, x):
    assert incomplete_beta(a, b, x) + incomplete_beta(b, a, 1 - x) == pytest.approx(1, abs=1e-9)


def test_incomplete_beta_ends_at_0_and_1():
    assert incomplete_beta(2, 3, 0) == 0
    assert incomplete_beta(2, 3, 1) == 1


@given(st.floats(0.0001, 0.9999), st.floats(0.2, 2000), st.floats(0.2, 2000))
def test_beta_quantile_is_the_inverse_of_incomplete_beta(probability, a, b):
    x = beta_quantile(probability, a, b)
    assert 0 < x < 1
    # near 1 the doubles are too far apart to hit the probability of a small b
    below, above = incomplete_beta(a, b, x - 1e-15), incomplete_beta(a, b, min(1.0, x + 1e-15))
    assert below - 1e-8 <= probability <= above + 1e-8


def test_beta_quantile_of_one_parameter_is_a_root():
    assert beta_quantile(0.025, 3, 1) == pytest.approx(0.025 ** (1 / 3))
    assert beta_quantile(0.025, 1, 4) == pytest.approx(1 - 0.975 ** (1 / 4))


@given(st.floats(0.5, 5000), st.floats(0.5, 5000), RATES)
def test_incomplete_beta_is_that_of_scipy(a, b, x):
    special = pytest.importorskip("scipy.special", reason="scipy is not installed")
    assert incomplete_beta(a, b, x) == pytest.approx(float(special.betainc(a, b, x)), rel=1e-7, abs=1e-12)
