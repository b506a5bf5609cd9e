import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.meters.variety.classes import (
    distinct_clusters,
    entropy,
    homogenization,
    miller_madow,
    single_cluster_rate,
)

classes = st.lists(st.integers(0, 5), min_size=1, max_size=30)


def test_the_entropy_of_classes_0_1_2_1():
    assert entropy([0, 1, 2, 1]) == pytest.approx(1.0397, abs=5e-5)


def test_the_entropy_of_one_class_is_0_and_not_minus_0():
    assert math.copysign(1, entropy([0, 0])) == 1
    assert entropy([0, 0]) == 0


@pytest.mark.parametrize(
    ("given_", "value"),
    # scipy 1.17.1, scipy.stats.entropy of the counts
    [([0, 0, 1, 2], 1.0397207708399179), (["a", "a", "a", "b", "b", "c"], 1.0114042647073516)],
)
def test_entropy_is_that_of_scipy(given_, value):
    assert entropy(given_) == pytest.approx(value, abs=1e-12)


@given(classes)
def test_entropy_of_any_classes_is_that_of_scipy(found):
    stats = pytest.importorskip("scipy.stats")
    counts = [found.count(one) for one in set(found)]
    assert entropy(found) == pytest.approx(stats.entropy(counts), abs=1e-9)


def test_miller_madow_adds_half_a_class_less_one_for_each_sample():
    assert miller_madow([0, 1, 2, 1]) - entropy([0, 1, 2, 1]) == pytest.approx(2 / 8)
    assert miller_madow([0, 0]) == 0


def test_three_classes_of_five_samples():
    assert distinct_clusters([0, 1, 2, 1, 0]) == 3
    assert homogenization([0, 1, 2, 1, 0]) == 0.4
    assert single_cluster_rate([0, 1, 2, 1, 0]) == 0
    assert single_cluster_rate([7, 7]) == 1


@given(classes)
def test_the_measures_of_classes_keep_their_bounds(found):
    assert 1 <= distinct_clusters(found) <= len(found)
    assert 0 <= homogenization(found) <= 1 - 1 / len(found)
    assert 0 <= entropy(found) <= math.log(len(found)) + 1e-12
    assert entropy(found) <= miller_madow(found)
    assert (single_cluster_rate(found) == 1) == (entropy(found) == 0)


@given(classes, st.randoms(use_true_random=False), st.permutations(range(6)))
def test_neither_the_order_of_samples_nor_the_names_of_classes_matter(found, dice, names):
    other = [names[one] for one in found]
    dice.shuffle(other)
    for measure in (distinct_clusters, homogenization, single_cluster_rate, entropy, miller_madow):
        assert measure(other) == pytest.approx(measure(found), abs=1e-12)
