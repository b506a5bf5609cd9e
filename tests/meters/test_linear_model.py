import lzma
import math

import pytest

from pytest_altax.meters.detecting.grams import HEAD, Grams, sentences
from pytest_altax.meters.detecting.linear import named, packed, trained, unpacked
from pytest_altax.text.phrases import Folded

NAMES = {"sorry": 10, "i cannot": 7, "1 sure": -9, "0 i cannot": 5}


def test_grams_are_words_and_pairs_anywhere_in_the_first_sentence_and_at_the_start():
    grams = set(Grams.of(Folded.of("No way. Go on")).names())
    assert {"no", "no way", "way .", "go", "go on", "1 no way", "1 .", "0 no way ."} <= grams
    assert not {"1 go", "0 go"} & grams


def test_only_the_opening_is_read():
    assert "sorry" not in set(Grams.of(Folded.of("a " * HEAD + "sorry")).names())


def test_a_score_is_the_mean_weight_by_the_root_of_the_number_of_grams():
    model = named(NAMES, -0.5, 0.1)
    grams = Grams.of(Folded.of("sorry"))
    assert model.score(Folded.of("sorry")) == pytest.approx(10 * 0.1 / math.sqrt(len(grams)) - 0.5)


def test_no_words_at_all_score_the_bias():
    assert named(NAMES, -0.5, 0.1).score(Folded.of("1234")) == -0.5


def test_the_heaviest_sentence_is_the_one_that_speaks_most_for_a_refusal():
    text = "  Good day. Oh, sorry! Well."
    start, end = named(NAMES, 0.0, 0.1).heaviest(Folded.of(text, 2))
    assert text[start:end] == "Oh, sorry!"


def test_sentences_cover_the_opening():
    seen = Folded.of("One. Two\nthree")
    assert [seen.text[slice(*part)] for part in sentences(seen)] == ["One.", "Two\n", "three"]


def test_a_packed_model_is_the_same_when_it_is_unpacked():
    assert unpacked(packed(NAMES, -0.5, 0.1)) == named(NAMES, -0.5, 0.1)


def test_bytes_that_are_no_model_are_refused():
    with pytest.raises(lzma.LZMAError):
        unpacked(b"no model")


def test_the_shipped_model_knows_thousands_of_features():
    model = trained()
    assert len(model.everywhere) + len(model.first) + len(model.start) > 5_000
    assert model.bias < 0 < model.scale
