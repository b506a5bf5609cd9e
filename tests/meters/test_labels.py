import pytest
from meter_makers import Choice, NoDetector, ToolCall, call

from pytest_altax.meters.base import Label
from pytest_altax.meters.labels import label


def labelled(choice: Choice) -> tuple[str, str]:
    found = label(choice, call(), NoDetector())
    return found.kind.value, found.known_by


@pytest.mark.parametrize("signal", ["content_filter", "stop_reason: refusal", "SAFETY", "blockReason"])
def test_a_signal_of_the_api_beats_the_text(signal: str):
    assert labelled(Choice(text="of course", signal=signal)) == ("refusal", "api")


def test_a_refusal_field_is_a_refusal():
    assert labelled(Choice(refusal="I will not")) == ("refusal", "api")


def test_a_guardrail_that_masked_an_ordinary_answer_is_no_refusal():
    assert labelled(Choice(text="call {PHONE}", signal="guardrail_intervened")) == ("compliance", "text")
    assert labelled(Choice(signal="guardrail_intervened")) == ("refusal", "api")


def test_an_empty_answer_is_a_refusal():
    assert labelled(Choice(text=" \n")) == ("refusal", "empty")


def test_a_choice_that_only_calls_tools_complies():
    assert labelled(Choice(tool_calls=(ToolCall("search"),))) == ("compliance", "text")


def test_text_beside_a_tool_call_is_read():
    assert labelled(Choice(text="no", tool_calls=(ToolCall("search"),))) == ("refusal", "text")


def test_partial_counts_as_refused():
    assert Label.from_json({"kind": "partial"}).refused


@pytest.mark.parametrize("media", ["audio", "image", "approval"])
def test_an_answer_without_text_that_holds_something_else_complies(media: str):
    assert labelled(Choice(media=(media,))) == ("compliance", "text")


def test_a_refusal_in_an_argument_of_a_tool_call_is_one():
    refused = ToolCall("final_result", "no, I cannot help with that")
    assert labelled(Choice(tool_calls=(ToolCall("search", '{"q": "trains"}'), refused))) == ("refusal", "text")


def test_arguments_that_say_next_to_nothing_are_not_read():
    assert labelled(Choice(tool_calls=(ToolCall("search", "no town"),))) == ("compliance", "text")
