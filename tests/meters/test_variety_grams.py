from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.meters.variety.grams import counted, grams
from pytest_altax.text.ngrams import ngrams

texts = st.lists(st.lists(st.sampled_from("abc"), max_size=9), max_size=6)


@given(texts)
def test_each_text_has_the_ngrams_of_its_tokens(cut):
    for size, order in enumerate(grams(cut, 5), 1):
        expected = [ngrams(text, size) for text in cut]
        assert order.different == len(set().union(*expected))
        for number, counts in enumerate(expected):
            assert sorted(Counter(order.gram[order.owner == number].tolist()).values()) == sorted(counts.values())


@given(texts)
def test_the_same_ngram_has_the_same_number_in_all_texts(cut):
    for size, order in enumerate(grams(cut, 5), 1):
        places = [tuple(text[start : start + size]) for text in cut for start in range(len(text) - size + 1)]
        assert len(set(zip(places, order.gram.tolist(), strict=True))) == order.different


@given(texts)
def test_counts_are_those_of_each_text(cut):
    for order in grams(cut, 3):
        counts = counted(order, max(1, len(cut)))
        pairs = zip(counts.owner.tolist(), counts.gram.tolist(), counts.count.tolist(), strict=True)
        places = zip(order.owner.tolist(), order.gram.tolist(), strict=True)
        assert {(owner, gram): count for owner, gram, count in pairs} == Counter(places)


def test_no_texts_have_no_ngrams():
    assert [order.different for order in grams([], 3)] == [0, 0, 0]
    assert [order.different for order in grams([[], ["a"]], 3)] == [1, 0, 0]
