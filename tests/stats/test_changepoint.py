import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_altax.stats.changepoint import change_point

NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=2, max_size=12)


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0, 3.0], [0.1] * 9])
def test_a_series_that_is_constant_did_not_move(values):
    assert change_point(values) is None


def test_a_step_between_constants_is_placed_exactly_without_a_test():
    found = change_point([836, 836, 836, 1142, 1142])
    assert (found.at, found.first, found.last, found.before, found.after, found.p) == (3, 3, 3, 836, 1142, None)


def test_a_step_in_noise_is_found_with_its_neighbourhood():
    dice = random.Random(1)
    values = [dice.gauss(0.1, 0.02) for _ in range(20)] + [dice.gauss(0.2, 0.02) for _ in range(20)]
    found = change_point(values)
    assert found.first <= 20 <= found.last
    assert found.last - found.first < 6
    assert found.p == 0.001


def test_noise_alone_seldom_looks_like_a_step():
    dice = random.Random(2)
    found = [change_point([dice.gauss(0, 1) for _ in range(20)]).p <= 0.05 for _ in range(100)]
    assert sum(found) <= 10


def test_a_handful_of_noisy_numbers_proves_nothing():
    assert change_point([0.1, 0.12, 0.2, 0.19]).p > 0.05


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(ValueError, match="not finite"):
        change_point([1.0, value])


@settings(max_examples=50)
@given(NUMBERS)
def test_the_place_lies_within_its_neighbourhood(values):
    found = change_point(values)
    if found:
        assert 1 <= found.first <= found.at <= found.last < len(values)


@settings(max_examples=50)
@given(NUMBERS)
def test_the_same_series_gives_the_same_answer(values):
    assert change_point(values) == change_point(values)
