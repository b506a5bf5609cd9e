import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meter_makers import NoDetector, call, user

from pytest_altax.meters.base import Label, LabelKind
from pytest_altax.meters.own_phrases import OwnPhrases
from pytest_altax.records import Choice

CALL = call(user("q"))


def phrases(*refusals, passed_over=()):
    return OwnPhrases(
        tuple(re.compile(text, re.IGNORECASE) for text in refusals),
        tuple(re.compile(text, re.IGNORECASE) for text in passed_over),
    )


def label(text, *refusals, passed_over=()):
    return phrases(*refusals, passed_over=passed_over).around(NoDetector()).label(Choice(text=text), CALL)


def test_a_phrase_of_ones_own_is_a_refusal_with_its_span():
    found = label("Well, we are Legally unable to.", "legally unable")
    assert (found.kind, found.span) == (LabelKind.REFUSAL, (13, 27))


def test_a_curly_apostrophe_is_a_straight_one():
    assert label("We can’t ship that.", "we can't ship").kind is LabelKind.REFUSAL


def test_far_into_an_answer_a_phrase_makes_it_partial():
    assert label("x " * 300 + "legally unable", "legally unable").kind is LabelKind.PARTIAL


def test_what_the_detector_finds_stays_as_it_is():
    assert label("no, legally unable", "legally unable") == Label(LabelKind.REFUSAL)


def test_text_that_is_passed_over_refuses_nothing():
    assert (
        label("no legal advice is given here. Take the door.", passed_over=["no legal advice"]).kind
        is LabelKind.COMPLIANCE
    )


def test_text_that_is_passed_over_leaves_spans_in_place():
    found = label("[footer] we are legally unable", "legally unable", passed_over=[r"\[footer\]"])
    assert found.span == (16, 30)


def test_an_answer_of_which_nothing_is_left_complies():
    assert label("no legal advice", passed_over=["no legal advice"]).kind is LabelKind.COMPLIANCE


def test_they_are_part_of_the_detectors_id():
    assert re.fullmatch(r"no-1\+phrases\.[0-9a-f]{8}", phrases("a").around(NoDetector()).id)


@pytest.mark.parametrize("other", [phrases("b"), phrases("a", "b"), phrases(passed_over=["a"])])
def test_other_phrases_have_another_id(other):
    assert other.digest != phrases("a").digest


def test_the_order_of_phrases_does_not_matter():
    assert phrases("a", "b").digest == phrases("b", "a").digest


def test_without_phrases_the_detector_is_itself():
    detector = NoDetector()
    assert OwnPhrases().around(detector) is detector


@given(st.text(max_size=200))
def test_spans_lie_within_the_answer(text):
    found = label(text, "[a-m]+", passed_over=[r"\d+", "n"])
    assert found.span is None or 0 <= found.span[0] < found.span[1] <= len(text)
