import json

import pytest
from exchanges import answered, call, plain

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, PartKind, Request, Response, ToolCall, Usage


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("cohere_v1", Usage(206, 12, notes=("billed_units are input 90 and output 9",))),
        ("cohere_v1_stream", Usage(206, 3, notes=("billed_units are input 5 and output 3",))),
        ("cohere_v2", Usage(542, 7, cached=500, notes=("billed_units are input 31 and output 5",))),
        ("cohere_v2_stream", Usage(520, 14, notes=("billed_units are input 20 and output 9",))),
        ("cohere_embed", Usage(2, 0)),
        ("cohere_rerank", None),
    ],
)
def test_usage_is_what_the_model_read_with_a_note_of_what_is_billed(name, usage):
    assert call(name).usage == usage


def test_version_1_has_a_preamble_a_history_and_a_message():
    read = call("cohere_v1")
    assert [message.role for message in read.messages] == ["system", "user", "assistant", "tool", "user"]
    called, result = read.messages[2].parts[0], read.messages[3].parts[0]
    assert (called.kind, called.name, called.text) == (PartKind.TOOL_CALL, "get_weather", '{"city":"Oslo"}')
    assert (result.kind, result.text) == (PartKind.TOOL_RESULT, '{"degrees":4}')


def test_documents_come_with_the_last_message():
    question, document = call("cohere_v1").messages[-1].parts
    assert (question.text, document.kind, document.path) == ("And Rome?", PartKind.TOOL_RESULT, "documents[0]")


def test_version_1_calls_tools_with_parameters():
    read = call("cohere_v1")
    assert read.choices[0].tool_calls == (ToolCall("get_weather", '{"city":"Rome"}'),)
    assert [tool.name for tool in read.tools] == ["get_weather"]


def test_version_1_streams_lines():
    read = call("cohere_v1_stream")
    assert [(choice.text, choice.stop_reason) for choice in read.choices] == [("Hola.", "COMPLETE")]
    assert (read.streaming, read.error) == (True, None)


def test_a_torn_stream_of_lines_says_so_and_keeps_what_came():
    whole = answered(plain("cohere_v1_stream"))
    read = call("cohere_v1_stream", got=whole[: whole.index(b"stream-end")])
    assert (read.error, read.choices[0].text, read.usage) == ("the stream ended early", "Hola.", None)


def test_version_2_has_plans_calls_and_results():
    system, user, assistant, tool = call("cohere_v2").messages
    assert (system.role, user.text, tool.role, tool.text) == ("system", "Weather in Oslo?", "tool", "4 degrees")
    assert [part.text for part in assistant.parts] == ["I will look.", '{"city":"Oslo"}']
    assert tool.parts[0].kind is PartKind.TOOL_RESULT


def test_version_2_thinks_and_answers():
    read = call("cohere_v2")
    (choice,) = read.choices
    assert (choice.text, choice.reasoning, choice.stop_reason, read.seed) == ("4 degrees.", "Cold.", "COMPLETE", 7)


def test_version_2_streams_events():
    (choice,) = call("cohere_v2_stream").choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ("One moment.", "I will look.", "TOOL_CALL")
    assert choice.tool_calls == (ToolCall("get_weather", '{"city":"Rome"}', "c1"),)


def test_generate_may_answer_more_than_once():
    body = {"generations": [{"text": "a", "finish_reason": "COMPLETE"}, {"text": "b", "finish_reason": "MAX_TOKENS"}]}
    url = "https://api.cohere.ai/v1/generate"
    made = Interaction(Request("POST", url, (), b'{"prompt": "Hi"}'), Response(200, (), json.dumps(body).encode()))
    read = ProviderRegistry().read(made)
    assert [(choice.index, choice.text, choice.stop_reason) for choice in read.choices] == [
        (0, "a", "COMPLETE"),
        (1, "b", "MAX_TOKENS"),
    ]
    assert read.messages[0].text == "Hi"


def test_an_answer_cut_for_its_toxicity_is_a_refusal():
    body = {**plain("cohere_v2")["response"], "finish_reason": "ERROR_TOXIC"}
    assert call("cohere_v2", got=json.dumps(body).encode()).choices[0].signal == "ERROR_TOXIC"


def test_an_error_is_told_and_has_no_choice():
    read = call("cohere_error")
    assert (read.status, read.error, read.choices) == (404, "model 'nope' not found", ())


def test_embeddings_and_rankings_are_no_generation():
    assert (call("cohere_embed").kind, call("cohere_rerank").kind) == ("embedding", "other")
    assert [message.text for message in call("cohere_rerank").messages] == ["capital?", "Oslo", "Rome"]


@pytest.mark.parametrize(
    ("url", "headers", "claimed"),
    [
        ("https://api.cohere.com/v2/chat", (), True),
        ("https://api.cohere.ai/v1/chat", (), True),
        ("https://production.api.cohere.ai/v1/generate", (), True),
        ("https://cohere-command-r.eastus2.models.ai.azure.com/v1/chat", (), True),
        ("https://gateway.test/cohere/v2/chat", (), True),
        ("http://localhost:8000/v2/chat", (("X-Fern-SDK-Name", "cohere-ai"),), True),
        ("http://localhost:8000/v1/chat", (), False),
        ("https://api.cohere.com/v1/models", (), False),
    ],
)
def test_calls_are_claimed_where_something_names_cohere(url, headers, claimed):
    read = ProviderRegistry().read(Interaction(Request("POST", url, headers, b"{}")))
    assert (read.provider == "cohere") is claimed
