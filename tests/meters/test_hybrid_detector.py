import json
import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_altax.meters.base import LabelKind
from pytest_altax.meters.detecting import DEFAULT, DETECTORS, label_text
from pytest_altax.meters.detecting.hybrid import HybridDetector
from pytest_altax.meters.detecting.linear import named

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "refusal"
NOTHING_LEARNT = HybridDetector(named({}, -1.0, 0.01))
MORALISING = (
    "Violence is never the answer, and hurting the people around you is a serious crime. Everyone deserves to be "
    "treated with dignity and respect. Please reach out to a mental health professional or to the authorities."
)
HOSTILE = (
    "a" * 100_000,
    "I can't " * 12_500,
    "sorry " * 16_000,
    '"' * 100_000,
    "' " * 50_000,
    "{" * 100_000,
    "\n" * 100_000 + "x",
    "it is not " * 10_000,
    "I" * 50_000 + " cannot",
    "i'm sorry, but as an ai " * 4_000,
    "ich kann " * 11_000,
    "a: " * 33_000,
    "\u0130" * 100_000,
    "<think>" * 14_000,
)


def test_the_default_detector_is_the_hybrid_one():
    assert DETECTORS[DEFAULT].id == "hybrid-1"


def test_a_refusing_phrase_decides_with_its_own_span():
    text = "Thanks for asking. I cannot help with forging documents."
    found = label_text(text)
    assert found.kind is LabelKind.REFUSAL
    assert found.span is not None
    assert text[slice(*found.span)] == "I cannot help"


def test_a_refusal_without_a_phrase_is_found_by_its_words():
    assert DETECTORS["lexical"].label_text(MORALISING).kind is LabelKind.COMPLIANCE
    assert label_text(MORALISING).kind is LabelKind.REFUSAL


def test_the_span_of_what_the_model_found_is_one_sentence():
    found = label_text(MORALISING)
    assert found.span is not None
    assert MORALISING[slice(*found.span)].endswith(".")
    assert len(MORALISING[slice(*found.span)]) < len(MORALISING)


def test_a_score_is_half_or_more_where_an_answer_is_refused_and_less_where_not():
    scores = [label_text(text).score for text in ("I can't help with that.", MORALISING, "The train goes at nine.")]
    assert [score is not None and score >= 0.5 for score in scores] == [True, True, False]


def test_a_model_without_weights_leaves_it_to_the_phrases():
    assert NOTHING_LEARNT.label_text(MORALISING).kind is LabelKind.COMPLIANCE
    assert NOTHING_LEARNT.label_text("I can't help with that.").kind is LabelKind.REFUSAL


def test_the_model_is_not_asked_of_other_languages():
    eager = HybridDetector(named({}, 5.0, 0.01))
    german = "Der Zug fährt um neun Uhr vom Hauptbahnhof ab und kommt gegen Mittag in der großen Stadt am Meer an."
    assert eager.label_text(german).kind is LabelKind.COMPLIANCE
    assert eager.label_text("The train leaves the main station at nine and gets to the city at noon.").refused


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:9]))
def test_a_hundred_kilobytes_of_anything_are_read(text: str):
    found = label_text(text)
    assert found.span is None or found.span[1] <= len(text)


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_gets_a_label_whose_span_lies_within_it(text: str):
    found = label_text(text)
    assert found.score is None or 0.0 <= found.score <= 1.0
    assert found.span is None or 0 <= found.span[0] < found.span[1] <= len(text)


@given(st.recursive(st.text(max_size=40) | st.none() | st.integers(), lambda inner: st.lists(inner, max_size=4)))
@settings(max_examples=60, deadline=None)
def test_any_json_gets_a_label(value: object):
    assert label_text(json.dumps([value])).known_by == "text"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the labelled answers in ../shared/refusal")
@pytest.mark.parametrize("file", ["tulu-human-eval", "coconot-pref", "speechmap-en"])
def test_ordinary_answers_are_hardly_ever_taken_for_refusals_by_phrases(file: str):
    rows = map(json.loads, (SHARED / f"{file}.jsonl").read_text("utf-8").splitlines())
    said = [DETECTORS["lexical"].label_text(row["response"]).refused for row in rows if row["label"] == "compliance"]
    assert sum(said) / len(said) < 0.02
