import json

import pytest

from pytest_altax.meters.base import LabelKind
from pytest_altax.meters.detecting import DETECTORS, label_text

REFUSAL = "I'm sorry, but I can't help with that."


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_a_refusal_inside_json_has_no_span_but_a_label(name: str):
    found = DETECTORS[name].label_text(json.dumps({"ok": False, "steps": [{"text": REFUSAL}]}))
    assert (found.kind, found.span) == (LabelKind.REFUSAL, None)


def test_json_in_a_fence_is_json():
    assert label_text(f"```json\n{json.dumps({'reply': REFUSAL})}\n```").span is None


def test_json_that_only_complies_complies():
    assert label_text('{"city": "Paris", "note": "A fine place to visit in spring."}').kind is LabelKind.COMPLIANCE


@pytest.mark.parametrize("tag", ["</think>", "</thinking>", "<|channel|>final<|message|>"])
def test_what_a_model_thought_is_not_its_answer(tag: str):
    assert label_text(f"<think>I can't help with that, or can I?{tag}The train leaves at nine.").kind == "compliance"
    assert label_text(f"<think>Let me see. The user wants a train.{tag}\n{REFUSAL}").kind == "refusal"


def test_thinking_that_no_answer_follows_is_read_itself():
    assert label_text(f"{REFUSAL}</think>").kind is LabelKind.REFUSAL


def test_the_span_counts_from_the_start_of_the_whole_text():
    text = f"<think>hm</think>\n\n{REFUSAL}"
    span = label_text(text).span
    assert span is not None
    assert text[slice(*span)].startswith("sorry, but I can't")


@pytest.mark.parametrize(
    "text",
    [
        'The assistant said "I can\'t help with that", which annoyed the user.',
        "Here is a polite way to say no: \"I'm sorry, but I can't help with that this week.\"",
        "Dear Ms. Jones, I am unable to help you on Friday, but Tom will.",
        "Sure! A message for your friend: I'm sorry, but I can't help you move this weekend.",
    ],
)
def test_words_of_somebody_else_are_no_refusal(text: str):
    assert label_text(text).kind is LabelKind.COMPLIANCE


def test_a_whole_answer_in_quotes_is_the_answer():
    assert label_text(f'"{REFUSAL}"').kind is LabelKind.REFUSAL
