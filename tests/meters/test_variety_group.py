import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from variety_texts import ODD, SLOGANS

from pytest_altax.meters.clusterers import CLUSTERERS
from pytest_altax.meters.variety.group import group_variety, variety
from pytest_altax.meters.variety.record import MEASURES, Variety
from pytest_altax.meters.variety.vendi import LARGEST, SIMILARITY

texts = st.lists(
    st.one_of(st.text(alphabet="abc .", max_size=30), st.sampled_from(SLOGANS + ODD)), min_size=5, max_size=12
)


class Lengths:
    """An embedder that knows but the length of a text."""

    id = "lengths-1"

    def embed(self, texts):
        return np.array([[len(text), 1.0] for text in texts])


def test_six_slogans_in_five_classes():
    found = variety(SLOGANS, [0, 1, 2, 3, 4, 3])
    assert (found.samples, found.words) == (6, 58 / 6)
    assert not found.unmeasured
    assert found.values == {
        "distinct_clusters": 5,
        "homogenization": 1 / 6,
        "single_cluster_rate": 0,
        "semantic_entropy": pytest.approx(4 / 6 * math.log(6) + 2 / 6 * math.log(3)),
        "semantic_entropy_miller_madow": pytest.approx(4 / 6 * math.log(6) + 2 / 6 * math.log(3) + 4 / 12),
        "vendi": pytest.approx(4.063667989431229, abs=1e-9),
        "ead": pytest.approx(0.7816829081211163, abs=1e-9),
        "distinct_2": 40 / 52,
        "self_bleu": pytest.approx(40.2525087313032, abs=1e-9),
        "compression_ratio": pytest.approx(321 / 201, abs=0.05),
    }


def test_fewer_than_five_samples_have_no_values():
    found = variety(SLOGANS[:4], [0] * 4)
    assert (found.samples, found.values) == (4, {})
    assert found.unmeasured == dict.fromkeys(MEASURES, "fewer than 5 samples")


def test_answers_without_words_have_no_ngrams_and_say_so():
    found = variety([""] * 5, [0] * 5)
    assert found.unmeasured == {"ead": "no words", "distinct_2": "no bigrams"}
    assert found.values["vendi"] == pytest.approx(1)


def test_answers_of_one_word_have_no_bigrams():
    assert variety(list("abcde"), range(5)).unmeasured == {"distinct_2": "no bigrams"}


def test_emojis_are_compared_by_themselves():
    assert variety(["🔮", "🌟", "🎲", "🚀", "🐙"], range(5)).values["vendi"] == pytest.approx(5)


def test_more_samples_than_can_be_compared_have_no_vendi_and_say_so():
    found = variety(["a b"] * (LARGEST + 1), [0] * (LARGEST + 1))
    assert found.unmeasured == {"vendi": "more than 4,000 samples"}
    assert found.values["self_bleu"] == pytest.approx(100)


def test_an_embedder_takes_the_place_of_ngrams_and_is_named():
    by_words = group_variety("g", SLOGANS, [False] * 6, range(6))
    by_length = group_variety("g", SLOGANS, [False] * 6, range(6), Lengths())
    assert (by_words.similarity, by_length.similarity) == (SIMILARITY, "lengths-1")
    assert by_length.answers.values["vendi"] < 1.1 < by_words.answers.values["vendi"]
    others = [name for name in MEASURES if name != "vendi"]
    assert [by_length.answers.values[name] for name in others] == [by_words.answers.values[name] for name in others]


def test_refusals_are_counted_and_left_out_beside_all_answers():
    answers = [*SLOGANS, "I cannot help with that.", " "]
    found = group_variety("g", answers, [False] * 6 + [True, True], [0, 1, 2, 3, 4, 3, 5, 6])
    assert (found.refusals, found.empty, found.answers.samples) == (2, 1, 8)
    assert found.answered == found.without_refusals == variety(SLOGANS, [0, 1, 2, 3, 4, 3])


def test_without_a_refusal_all_answers_are_meant():
    found = group_variety("g", SLOGANS, [False] * 6, range(6))
    assert found.answered is None
    assert found.without_refusals is found.answers


def test_where_too_few_are_no_refusals_those_have_no_values():
    found = group_variety("g", SLOGANS, [True] * 2 + [False] * 4, range(6))
    assert found.answers.values
    assert found.without_refusals.unmeasured == dict.fromkeys(MEASURES, "fewer than 5 samples")


def test_it_travels_as_plain_data():
    found = group_variety("g", SLOGANS, [True] + [False] * 5, range(6))
    assert type(found).from_json(found.to_json()) == found
    assert Variety.from_json(found.answers.to_json()) == found.answers


@given(texts, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_only_the_compression_ratio_minds_the_order_of_answers(some, dice):
    pairs = list(zip(some, CLUSTERERS["exact"].cluster(some), strict=True))
    before = variety(*zip(*pairs, strict=True)).values
    dice.shuffle(pairs)
    after = variety(*zip(*pairs, strict=True)).values
    assert before.keys() == after.keys()
    for name in before.keys() - {"compression_ratio"}:
        assert after[name] == pytest.approx(before[name], abs=1e-9)


@given(texts, st.sampled_from(sorted(CLUSTERERS)))
@settings(deadline=None)
def test_every_value_keeps_its_bounds(some, name):
    size = len(some)
    most = {"distinct_clusters": size, "vendi": size, "self_bleu": 100, "semantic_entropy": math.log(size) + 1e-12}
    least = {"distinct_clusters": 1, "vendi": 1}
    found = variety(some, CLUSTERERS[name].cluster(some))
    for measure, value in found.values.items():
        unbounded = measure in ("ead", "compression_ratio", "semantic_entropy_miller_madow")
        assert least.get(measure, 0) <= value <= (math.inf if unbounded else most.get(measure, 1))
    assert found.values.keys() | found.unmeasured.keys() == set(MEASURES)
