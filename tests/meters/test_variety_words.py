"""The measures that count words or bytes: distinct n-grams, plain and adjusted, and compression."""

import gzip
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st
from variety_texts import ODD, SLOGANS

from pytest_altax.meters.variety.compression import WINDOW, compression_ratio
from pytest_altax.meters.variety.distinct import distinct, ead
from pytest_altax.meters.variety.grams import grams
from pytest_altax.text.ngrams import words

texts = st.lists(st.one_of(st.text(alphabet="abc ", max_size=30), st.sampled_from(SLOGANS + ODD)))


def orders(some):
    return grams([words(text) for text in some], 5)


def as_published(some, size):
    """EAD of one order as Liu et al. and Kirk et al. write it; None without n-grams."""
    cut = [words(text) for text in some]
    found = [tuple(text[start : start + size]) for text in cut for start in range(len(text) - size + 1)]
    return len(set(found)) / (50257 * (1 - (50256 / 50257) ** len(found))) if found else None


def test_ead_of_slogans():
    # the published formula with 38/58, 40/52, 37/46, 33/40 and 29/34 different n-grams
    assert ead(orders(SLOGANS)) == pytest.approx(0.7816829081211163, abs=1e-9)


@given(texts)
def test_ead_is_the_mean_of_the_published_formula_over_the_orders_that_there_are(some):
    values = [value for size in range(1, 6) if (value := as_published(some, size)) is not None]
    expected = sum(values) / len(values) if values else None
    assert ead(orders(some)) == (expected if expected is None else pytest.approx(expected, abs=1e-9))


@given(texts, st.randoms(use_true_random=False))
def test_neither_ead_nor_distinct_2_minds_the_order_of_texts(some, dice):
    before = ead(orders(some)), distinct(orders(some)[1])
    dice.shuffle(some)
    assert (ead(orders(some)), distinct(orders(some)[1])) == before


@given(texts)
def test_the_share_of_different_ngrams_is_above_0_up_to_1(some):
    for order in orders(some):
        value = distinct(order)
        assert value is None or 0 < value <= 1


def test_distinct_2_is_different_bigrams_of_all():
    assert distinct(orders(["a b c"] * 5)[1]) == 2 / 10
    assert distinct(orders(["a", "b"])[1]) is None


def test_ead_corrects_for_the_number_of_ngrams():
    few, many = (["w" + str(n % 400) for n in range(size)] for size in (400, 40_000))
    plain, adjusted = ([measure(grams([cut], 1)) for cut in (few, many)] for measure in (lambda o: distinct(o[0]), ead))
    assert plain[0] / plain[1] == pytest.approx(100)
    assert adjusted[0] / adjusted[1] < 80


@given(texts)
def test_the_compression_ratio_is_that_of_gzip_once(some):
    data = " ".join(some).encode("utf-8", "surrogatepass")
    assert compression_ratio(some) == (len(data) / len(gzip.compress(data)) if data else None)


def test_repetition_further_apart_than_the_window_of_gzip_is_found():
    import random

    dice = random.Random(1)
    long = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=WINDOW + 1))
    assert compression_ratio([long, long]) > 1.9 * compression_ratio([long])


def test_above_the_window_it_is_that_of_xz():
    data = " ".join(SLOGANS * 200).encode()
    assert len(data) > WINDOW
    assert compression_ratio(SLOGANS * 200) == len(data) / len(lzma.compress(data))


def test_nothing_cannot_be_compressed():
    assert compression_ratio([]) is None
    assert compression_ratio([""]) is None
