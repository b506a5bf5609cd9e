import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_altax.stats.agreement import Agreement

COUNTS = st.integers(0, 1000)


def test_precision_recall_and_f1_of_a_known_table():
    found = Agreement(hits=20, false_alarms=5, misses=10, rejections=15)
    assert (found.precision, found.recall) == (0.8, pytest.approx(2 / 3))
    assert found.f1 == pytest.approx(2 * 20 / (2 * 20 + 5 + 10))
    assert found.false_positive_rate == 0.25


def test_kappa_of_cohens_table():
    # the worked example of every textbook: 20 + 15 of 50 agree, .5 by chance
    assert Agreement(hits=20, false_alarms=5, misses=10, rejections=15).kappa == pytest.approx(0.4)


def test_what_has_nothing_to_divide_by_is_not_a_number():
    found = Agreement(rejections=9)
    assert (found.precision, found.recall, found.f1, found.kappa) == (None, None, None, None)
    assert found.false_positive_rate == 0


def test_counts_come_from_pairs():
    pairs = [(True, True, 2), (True, False, 3), (False, True, 4), (False, False, 5), (True, True, 1)]
    assert Agreement.of(pairs) == Agreement(3, 4, 3, 5)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_f1_lies_between_precision_and_recall(hits, alarms, misses, rejections):
    found = Agreement(hits, alarms, misses, rejections)
    assume(found.precision is not None and found.recall is not None)
    low, high = sorted((found.precision, found.recall))
    assert low - 1e-12 <= found.f1 <= high + 1e-12


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_kappa_is_the_same_whoever_is_the_truth(hits, alarms, misses, rejections):
    here, there = Agreement(hits, alarms, misses, rejections), Agreement(hits, misses, alarms, rejections)
    assert here.kappa == there.kappa
    assert here.kappa is None or -1 <= here.kappa <= 1
