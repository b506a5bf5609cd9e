import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.ranking import auroc, auroc_interval

# (values, 1 for a positive, roc_auc_score of scikit-learn 1.7)
PUBLISHED = [
    ([0.1, 1.0, 1.4, 0.5], "0010", 1.0),
    ([0.0, 0.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 2.0], "001101111", 0.6944444444444445),
    ([0.6, 0.2, 0.9, 1.2, 0.2, 0.4, 0.3, 0.5, 0.2], "100001111", 0.45),
    ([0.9, 0.2, 1.1, 0.3, 1.9, 0.5, 1.2, 0.8, 1.4, 0.4, 1.4, 0.7, 1.6, 1.2, 0.9, 0.3], "1100111101001010", 0.5),
    (
        [1.27, 1.22, 0.91, 1.26, 1.86, 0.6, 0.38, 1.98, 0.95, 1.38, 1.32, 0.12, 2.26, 1.87, 0.91, 1.25],
        "0111101010000011",
        0.28125,
    ),
]
LABELLED = st.lists(st.tuples(st.integers(-5, 5).map(float), st.booleans()), min_size=2, max_size=60).filter(
    lambda pairs: len({positive for _, positive in pairs}) == 2
)


def parted(pairs):
    return [value for value, positive in pairs if positive], [value for value, positive in pairs if not positive]


@pytest.mark.parametrize(("values", "kinds", "area"), PUBLISHED)
def test_the_area_is_that_of_scikit_learn(values, kinds, area):
    pairs = [(value, kind == "1") for value, kind in zip(values, kinds, strict=True)]
    assert auroc([parted(pairs)]) == pytest.approx(area, abs=1e-12)


@given(LABELLED)
def test_the_area_is_that_of_scikit_learn_wherever_that_is_installed(pairs):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    theirs = metrics.roc_auc_score([positive for _, positive in pairs], [value for value, _ in pairs])
    assert auroc([parted(pairs)]) == pytest.approx(theirs, abs=1e-9)


@given(LABELLED)
def test_the_area_counts_pairs_and_ties_half(pairs):
    positives, negatives = parted(pairs)
    counted = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    assert auroc([(positives, negatives)]) == counted / (len(positives) * len(negatives))


@given(LABELLED)
def test_the_area_of_the_other_kind_is_the_rest(pairs):
    positives, negatives = parted(pairs)
    assert auroc([(negatives, positives)]) == pytest.approx(1 - auroc([(positives, negatives)]), abs=1e-12)


@given(LABELLED, st.randoms())
def test_the_order_of_the_values_does_not_matter(pairs, chance):
    shuffled = list(pairs)
    chance.shuffle(shuffled)
    assert auroc([parted(shuffled)]) == auroc([parted(pairs)])


@pytest.mark.parametrize(("positives", "negatives"), [(1, 1), (3, 7), (11, 13)])
def test_equal_values_have_exactly_half(positives, negatives):
    assert auroc([([0.0] * positives, [0.0] * negatives)]) == 0.5


def test_values_of_two_scales_are_not_compared():
    assert auroc([([1.0], [0.5]), ([9.0], [10.0, 8.0])]) == 2 / 3
    assert auroc([([1.0], []), ([], [9.0])]) is None
    assert auroc([]) is None


@given(LABELLED)
def test_the_interval_is_around_the_area_and_within_its_range(pairs):
    positives, negatives = parted(pairs)
    area = auroc([(positives, negatives)])
    low, high = auroc_interval(area, len(positives), len(negatives))
    assert 0 <= low <= area <= high <= 1
    assert low < high


@pytest.mark.parametrize(("area", "positives", "negatives"), [(1.0, 5, 5), (0.7, 12, 18), (0.5, 3, 40), (0.02, 30, 9)])
def test_an_edge_of_the_interval_is_as_many_of_its_own_standard_errors_away(area, positives, negatives):
    for edge in auroc_interval(area, positives, negatives):
        others = (positives + negatives) / 2 - 1
        spread = 1 + others * (1 - edge) / (2 - edge) + others * edge / (1 + edge)
        variance = edge * (1 - edge) * spread / (positives * negatives)
        assert abs(area - edge) == pytest.approx(1.959964 * math.sqrt(max(variance, 0)), abs=1e-6)


def test_a_perfect_area_of_few_is_uncertain():
    low, high = auroc_interval(1.0, 5, 5)
    assert high == pytest.approx(1, abs=1e-9)
    assert 0.5 < low < 0.7


def test_more_answers_make_a_narrower_interval():
    widths = [high - low for low, high in (auroc_interval(0.7, n, n) for n in (5, 20, 80, 320))]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize(("shift", "area"), [(0.0, 0.5), (0.74, 0.7), (1.81, 0.9)])
def test_the_interval_holds_the_true_area_in_about_95_of_100_worlds(shift, area):
    chance, held, worlds = random.Random(3), 0, 1500
    for _ in range(worlds):
        positives = [chance.gauss(shift, 1) for _ in range(12)]
        negatives = [chance.gauss(0, 1) for _ in range(18)]
        low, high = auroc_interval(auroc([(positives, negatives)]), 12, 18)
        held += low <= area <= high
    assert 0.93 <= held / worlds <= 0.985
