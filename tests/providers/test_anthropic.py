import json

import pytest
from exchanges import call, interaction, plain

from pytest_altax.providers import drift
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, PartKind, Request, Response, ToolCall, Usage


def test_usage_includes_what_was_read_from_and_written_to_the_cache():
    assert call("anthropic_cached").usage == Usage(2104, 6, cached=2000, cache_write=100)


def test_the_system_prompt_becomes_a_leading_message_with_its_breakpoint():
    system = call("anthropic_cached").messages[0]
    (part,) = system.parts
    assert (system.role, part.text, part.path, part.cache) == ("system", "Long rules.", "system[0].text", True)


def test_text_blocks_are_one_answer():
    (choice,) = call("anthropic_cached").choices
    assert (choice.text, choice.stop_reason, choice.signal) == ("Hi there.", "end_turn", None)


def test_results_of_tools_stand_in_a_message_of_their_own():
    read = call("anthropic_tools_stream")
    roles = [message.role for message in read.messages]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
    result, image = read.messages[3].parts
    assert (result.kind, result.text, result.id, image.kind) == (
        PartKind.TOOL_RESULT,
        "4 degrees",
        "t0",
        PartKind.MEDIA,
    )


def test_results_and_text_of_one_message_stay_one_message_of_the_user():
    content = [{"type": "tool_result", "tool_use_id": "t", "content": "4"}, {"type": "text", "text": "And now?"}]
    (message,) = call("anthropic_cached", sent={"messages": [{"role": "user", "content": content}]}).messages
    kinds = [(part.kind, part.text) for part in message.parts]
    assert (message.role, kinds) == ("user", [(PartKind.TOOL_RESULT, "4"), (PartKind.TEXT, "And now?")])


def test_a_result_beside_the_question_does_not_change_the_task():
    def key(result: str) -> str:
        content = [{"type": "tool_result", "tool_use_id": "t", "content": result}, {"type": "text", "text": "And now?"}]
        return drift.task_key(call("anthropic_cached", sent={"messages": [{"role": "user", "content": content}]}))

    assert key("4") == key("5")


def test_a_document_of_text_is_text_and_an_image_is_media():
    text, image, note = call("anthropic_tools_stream").messages[1].parts
    assert [part.kind for part in (text, image, note)] == [PartKind.TEXT, PartKind.MEDIA, PartKind.TEXT]
    assert (note.text, note.path) == ("A note.", "messages[0].content[2].source.data")


def test_thinking_of_earlier_turns_has_no_text():
    thoughts = [part for message in call("anthropic_tools_stream").messages for part in message.parts]
    assert [part.text for part in thoughts if part.kind is PartKind.REASONING] == ["", ""]


def test_thinking_within_the_turn_has_its_text():
    sent = plain("anthropic_tools_stream")["request"]
    sent["messages"] = sent["messages"][:3]
    thoughts = [part for message in call("anthropic_cached", sent=sent).messages for part in message.parts]
    assert [part.text for part in thoughts if part.kind is PartKind.REASONING] == ["Use the tool."]


def test_a_stream_is_put_together_with_the_usage_of_its_start_and_end():
    read = call("anthropic_tools_stream")
    (choice,) = read.choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ("One moment.", "Look it up.", "tool_use")
    assert choice.tool_calls == (ToolCall("get_weather", '{"city": "Rome"}', "tu"),)
    assert read.usage == Usage(600, 80)


def test_a_torn_stream_says_so():
    whole = interaction("anthropic_tools_stream").response.body
    read = call("anthropic_tools_stream", got=whole[: whole.index(b"message_delta")])
    assert (read.error, read.choices[0].text, read.usage) == ("the stream ended early", "One moment.", Usage(600, 1))


def test_an_error_in_a_stream_is_told():
    body = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    assert call("anthropic_tools_stream", got=body).error == "Overloaded"


def test_a_tool_is_counted_as_its_schema_without_the_breakpoint():
    weather, search = call("anthropic_tools_stream").tools
    assert set(json.loads(weather.text)) == {"name", "description", "input_schema"}
    assert "cache_control" in json.loads(weather.schema)
    assert (search.name, search.text) == ("web_search", "")


def test_a_refusal_is_told_by_the_stop_reason():
    (choice,) = call("anthropic_refusal").choices
    assert (choice.signal, choice.text) == ("stop_reason: refusal", "")


def test_mcp_servers_are_named():
    assert call("anthropic_refusal").mcp_servers == ("wiki",)


def test_compaction_is_part_of_the_bill():
    usage = call("anthropic_compacted").usage
    assert (usage.input, usage.output, usage.notes) == (90162, 520, ("compaction was reported outside input",))


def test_an_overloaded_server_is_an_error_without_a_choice():
    read = call("anthropic_error")
    assert (read.status, read.error, read.choices) == (529, "Overloaded", ())


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://api.anthropic.com/v1/messages", "messages"),
        ("https://api.anthropic.com/v1/messages?beta=true", "messages"),
        ("http://localhost:4000/v1/messages", "messages"),
        ("https://gateway.test/anthropic/messages", "messages"),
        ("https://api.anthropic.com/v1/messages/count_tokens", "messages.count_tokens"),
        ("https://api.anthropic.com/v1/complete", "complete"),
        ("https://api.openai.com/v1/threads/t1/messages", None),
        ("https://chat.test/api/messages", None),
    ],
)
def test_calls_are_claimed_by_their_path(url, endpoint):
    read = ProviderRegistry().read(Interaction(Request("POST", url, (), b"{}")))
    assert (read.endpoint if read.provider == "anthropic" else None) == endpoint


def streamed(text: str, *ends: dict) -> bytes:
    events = [
        {"type": "message_start", "message": {"model": "claude-x", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        *ends,
    ]
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()


def error(type_: str, message: str) -> dict:
    return {"type": "error", "error": {"type": type_, "message": message}}


@pytest.mark.parametrize("ends", [[error("overloaded_error", "Overloaded")], []])
def test_a_stream_that_fails_before_any_text_has_no_choice(ends: list[dict]):
    assert call("anthropic_tools_stream", got=streamed("", *ends)).choices == ()
    assert call("anthropic_tools_stream", got=streamed("Hi", *ends)).choices[0].text == "Hi"


def test_a_filter_that_ends_a_stream_is_the_signal_of_its_choice():
    end = error("invalid_request_error", "Output blocked by content filtering policy")
    (choice,) = call("anthropic_tools_stream", got=streamed("Mix the", end)).choices
    assert (choice.text, choice.signal) == ("Mix the", "content_filter")


@pytest.mark.parametrize(
    ("method", "url", "headers", "endpoint"),
    [
        ("POST", "https://api.anthropic.com/v1/messages/batches", (), "messages.batches"),
        ("GET", "https://api.anthropic.com/v1/messages/batches/b1/results", (), "messages.batches"),
        ("GET", "https://api.anthropic.com/v1/models?limit=20", (), "models"),
        ("DELETE", "https://api.anthropic.com/v1/files/f1", (), "files"),
        ("GET", "http://localhost:8000/v1/models", (("anthropic-version", "2023-06-01"),), "models"),
        ("GET", "https://api.openai.com/v1/models", (), None),
    ],
)
def test_what_asks_no_model_is_no_generation(method, url, headers, endpoint):
    response = Response(200, (), b"%PDF-1.7")
    read = ProviderRegistry().read(Interaction(Request(method, url, headers), response))
    assert (read.endpoint if read.provider == "anthropic" else None) == endpoint
    assert (read.kind, read.usage, read.choices, read.error) == ("other", None, (), None)
