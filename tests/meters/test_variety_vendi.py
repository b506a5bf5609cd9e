import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from variety_texts import ODD, SLOGANS

from pytest_altax.meters.variety.grams import grams
from pytest_altax.meters.variety.vendi import cosine_similarity, ngram_similarity, vendi
from pytest_altax.text.ngrams import words

THREE = np.array([[1, 0.5, 0.1], [0.5, 1, 0.2], [0.1, 0.2, 1]])
texts = st.lists(st.one_of(st.text(alphabet="abc ", max_size=30), st.sampled_from(SLOGANS + ODD)), min_size=1)
vectors = arrays.arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 5)), elements=st.integers(-3, 3))


def similarity(some):
    return ngram_similarity(grams([words(text) for text in some], 2), len(some))


def plainly(some):
    """The cosines of counts of words and bigrams, pair by pair; texts without words are like each other alone."""
    from collections import Counter

    from pytest_altax.text.ngrams import ngrams

    counts = [ngrams(words(text), 1) + ngrams(words(text), 2) for text in some]
    squares = [sum(n * n for n in one.values()) for one in counts]

    def cosine(i: int, j: int) -> float:
        if not squares[i] or not squares[j]:
            return float(squares[i] == squares[j])
        shared: Counter[object] = counts[i] & counts[j]
        return sum(counts[i][key] * counts[j][key] for key in shared) / (squares[i] * squares[j]) ** 0.5

    return np.array([[cosine(i, j) for j in range(len(some))] for i in range(len(some))])


def test_vendi_of_a_matrix_is_that_of_vendi_score():
    assert vendi(THREE) == pytest.approx(2.709690562181709, abs=1e-12)  # vendi-score 0.0.3, score_K


def test_vendi_of_texts_is_that_of_vendi_score():
    # vendi-score 0.0.3 on the cosines of scikit-learn 1.9.1, CountVectorizer(ngram_range=(1, 2)) with our words
    assert vendi(similarity(SLOGANS)) == pytest.approx(4.063667989431229, abs=1e-9)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@given(vectors)
def test_vendi_of_any_matrix_is_that_of_vendi_score(rows):
    reference = pytest.importorskip("vendi_score.vendi")
    known = cosine_similarity(rows)
    assert vendi(known) == pytest.approx(float(reference.score_K(known)), abs=1e-9)


@given(texts)
def test_similarity_is_that_of_scikit_learn(some):
    text = pytest.importorskip("sklearn.feature_extraction.text")
    pairwise = pytest.importorskip("sklearn.metrics.pairwise")
    known = [one for one in some if words(one)] or ["a"]
    counter = text.CountVectorizer(tokenizer=words, token_pattern=None, lowercase=False, ngram_range=(1, 2))
    expected = pairwise.cosine_similarity(counter.fit_transform(known))
    assert similarity(known) == pytest.approx(expected, abs=1e-12)


@given(texts)
def test_similarity_is_the_cosine_of_each_pair(some):
    assert similarity(some) == pytest.approx(plainly(some), abs=1e-12)


def test_similarity_of_many_texts_is_the_cosine_of_each_pair():
    dice = np.random.default_rng(1)
    some = [" ".join(dice.choice([f"w{n}" for n in range(40)], 6)) for _ in range(60)]
    assert similarity(some) == pytest.approx(plainly(some), abs=1e-12)


@given(vectors)
def test_cosines_are_a_similarity_with_ones_on_the_diagonal(rows):
    known = cosine_similarity(rows)
    assert np.diagonal(known) == pytest.approx(1)
    assert known == pytest.approx(known.T)
    assert np.linalg.eigvalsh(known).min() > -1e-9


def test_vectors_of_zeros_are_like_each_other_alone():
    assert cosine_similarity(np.array([[0, 0], [0, 0], [2, 0]])).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


@given(texts, st.randoms(use_true_random=False))
def test_vendi_is_1_to_n_and_does_not_mind_the_order(some, dice):
    value = vendi(similarity(some))
    assert 1 <= value <= len(some)
    dice.shuffle(some)
    assert vendi(similarity(some)) == pytest.approx(value, abs=1e-9)


def test_vendi_counts_different_texts():
    assert vendi(similarity(["a b", "a b", "a b"])) == pytest.approx(1)
    assert vendi(similarity(["a", "b", "c", "c"])) == pytest.approx(np.exp(0.5 * np.log(4) + 0.5 * np.log(2)))
