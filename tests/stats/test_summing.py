import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.summing import Deviation, ExactSum

FINITE = st.floats(-1e300, 1e300) | st.integers(-(2**60), 2**60)


def summed(values):
    found = ExactSum()
    for value in values:
        found.add(value)
    return float(found)


@given(st.lists(FINITE, max_size=40))
def test_a_sum_is_that_of_fsum(values):
    assert summed(values) == math.fsum(values)


@given(st.lists(FINITE, max_size=40).flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_the_order_of_a_sum_does_not_matter(case):
    assert summed(case[0]) == summed(case[1])


def test_a_whole_number_that_is_no_float_counts_as_the_nearest():
    values = [2**53 + 1] * 3
    assert summed(values) == math.fsum(values)


def test_nothing_is_lost_beside_a_large_number():
    assert summed([1e17, 1.0, -1e17]) == 1.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises((ValueError, OverflowError)):
        ExactSum().add(value)


@given(st.lists(st.floats(-1e150, 1e150), min_size=2, max_size=40))
def test_a_deviation_is_that_of_the_statistics_module(values):
    found = Deviation()
    for value in values:
        found.add(value)
    assert found.value == statistics.stdev(values)
    assert found.total == math.fsum(values)


def test_one_number_has_no_deviation():
    found = Deviation()
    found.add(1.5)
    assert (found.value, found.total, found.count) == (None, 1.5, 1)
