import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.two_rates import fisher_above, rate_rise


@pytest.mark.parametrize(
    ("table", "p"),
    # scipy 1.17.1: fisher_exact([[a, n - a], [b, m - b]], alternative="greater")
    [((8, 10, 1, 6), 0.0244755244755245), ((3, 4, 1, 4), 0.24285714285714285), ((10, 10, 0, 10), 5.41254411e-06)],
)
def test_p_is_that_of_fishers_exact_test(table, p):
    assert fisher_above(*table) == pytest.approx(p, rel=1e-8)


def test_an_empty_group_tells_nothing():
    assert fisher_above(0, 0, 3, 5) == 1.0


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_both_directions_share_the_seen_outcome(a, b, c, d):
    above, below = fisher_above(a, a + b, c, c + d), fisher_above(c, c + d, a, a + b)
    assert above + below >= 1.0 - 1e-12


@pytest.mark.parametrize(
    ("table", "limit", "p"),
    # scipy 1.17.1: the likeliest rates that differ by the limit, by optimize.minimize_scalar; norm.sf of the score
    [
        ((8, 10, 1, 10), 0.2, 0.010680046644),
        ((6, 20, 1, 30), 0.05, 0.013383135498),
        ((3, 40, 6, 40), -0.1, 0.362489929355),
        ((15, 100, 10, 100), 0.05, 0.5),
    ],
)
def test_a_rise_is_tested_by_its_score(table, limit, p):
    assert rate_rise(*table, limit) == pytest.approx(p, rel=1e-6)


@pytest.mark.parametrize("table", [(8, 10, 1, 6), (3, 4, 1, 4), (0, 5, 0, 5), (5, 5, 5, 5)])
def test_a_rise_above_nothing_is_never_surer_than_fisher(table):
    assert rate_rise(*table, 0.0) >= fisher_above(*table)


@pytest.mark.parametrize(("limit", "p"), [(1.0, 1.0), (-1.0, 0.0)])
def test_a_limit_that_no_difference_passes_needs_no_test(limit, p):
    assert rate_rise(3, 5, 1, 5, limit) == p


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_p_is_a_chance_and_falls_with_the_limit_that_is_asked(n, m, share, other, limit):
    k, j = round(share * n), round(other * m)
    p = rate_rise(k, n, j, m, limit)
    assert 0.0 <= p <= 1.0
    assert limit < 0 or p >= rate_rise(min(n, k + 1), n, j, m, limit) - 1e-9


def chances(n, rate):
    return [math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]


@pytest.mark.parametrize(("n", "most"), [(5, 0.05), (10, 0.06), (20, 0.09)])
def test_false_alarms_are_as_rare_as_they_are_said_to_be(n, most):
    for limit in (0.0, 0.05, 0.2):
        alarms = [(k, j) for k in range(n + 1) for j in range(n + 1) if rate_rise(k, n, j, n, limit) < 0.05]
        for step in range(21):
            rate = (1 - limit) * step / 20
            then, now = chances(n, rate), chances(n, rate + limit)
            assert sum(now[k] * then[j] for k, j in alarms) <= most
