from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.meters.shares import apportion, scaled

weights = st.lists(st.floats(0, 1e6), min_size=1, max_size=12)


@given(st.integers(0, 10**7), weights)
def test_parts_sum_to_the_whole_and_are_within_one_of_their_quota(total: int, given_weights: list[float]):
    parts = apportion(total, given_weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)


def test_what_rounding_leaves_goes_to_the_largest_remainder():
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(7, [5.9, 1.1]) == [6, 1]


def test_equal_parts_where_nothing_has_weight():
    assert apportion(5, [0, 0]) == [3, 2]


def test_nothing_is_divided_among_nobody():
    assert apportion(0, []) == []


def test_scaled_counts_sum_to_the_rounded_sum():
    assert scaled({"a": 3, "b": 3, "c": 0}, 1.22) == {"a": 4, "b": 3}


def test_counts_of_slope_one_stay_as_they_are():
    assert scaled({"a": 3, "b": 0}, 1) == {"a": 3}
