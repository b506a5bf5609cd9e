import json

import pytest
from exchanges import call, interaction

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, PartKind, Request, ToolCall, Usage

HOST = "https://generativelanguage.googleapis.com/v1beta/interactions"


def asked(given) -> list[tuple[str, str]]:
    """Role and text of the messages that an input is read as."""
    body = json.dumps({"model": "gemini-3-flash-preview", "input": given}).encode()
    messages = ProviderRegistry().read(Interaction(Request("POST", HOST, (), body))).messages
    return [(message.role, message.text) for message in messages]


def test_steps_of_the_input_become_messages_in_their_order():
    read = call("google_interaction")
    assert [(message.role, [part.kind for part in message.parts]) for message in read.messages] == [
        ("system", [PartKind.TEXT]),
        ("user", [PartKind.TEXT, PartKind.MEDIA]),
        ("assistant", [PartKind.REASONING]),
        ("assistant", [PartKind.TOOL_CALL]),
        ("tool", [PartKind.TOOL_RESULT]),
    ]
    assert (read.previous_response_id, read.settings, read.seed) == ("v1_0", {"temperature": 0}, 4)


def test_steps_of_the_answer_are_one_choice():
    read = call("google_interaction")
    (choice,) = read.choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ("12 degrees.", "Cold.", "completed")
    assert choice.tool_calls == (ToolCall("google_search", '{"queries":["oslo"]}', "g1"),)


def test_thoughts_and_what_tools_read_are_within_the_usage():
    assert call("google_interaction").usage == Usage(57, 25, reasoning=20, total=82)


def test_tools_of_an_mcp_server_are_named_without_its_secrets():
    read = call("google_interaction")
    assert [(tool.name, bool(tool.text)) for tool in read.tools] == [
        ("get_weather", True),
        ("google_search", False),
        ("deepwiki", False),
    ]
    assert read.mcp_servers == ("deepwiki",)
    assert not any("secret" in tool.schema for tool in read.tools)


def test_a_stream_is_put_together_from_its_deltas():
    read = call("google_interaction_stream")
    (choice,) = read.choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ("I look.", "Look it up.", "requires_action")
    assert choice.tool_calls == (ToolCall("get_weather", '{"city":"Oslo"}', "f1"),)
    assert (read.usage, read.error, read.streaming) == (Usage(9, 10, reasoning=4, total=19), None, True)


def test_a_torn_stream_keeps_what_came_and_says_so():
    whole = interaction("google_interaction_stream").response.body
    read = call("google_interaction_stream", got=whole[: whole.index(b'"look."')])
    assert (read.choices[0].text, read.usage, read.error) == ("I ", None, "the stream ended early")


def test_a_stream_of_before_there_were_steps_is_read_alike():
    events = [
        {"event_type": "content.start", "index": 0, "content": {"type": "text"}},
        {"event_type": "content.delta", "index": 0, "delta": {"type": "text", "text": "Hi"}},
        {"event_type": "content.delta", "index": 0, "delta": {"type": "text", "text": "!"}},
        {"event_type": "interaction.complete", "interaction": {"status": "completed"}},
    ]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    read = call("google_interaction_stream", got=body)
    assert (read.choices[0].text, read.error) == ("Hi!", None)


@pytest.mark.parametrize(
    ("given", "messages"),
    [
        ("Hi", [("user", "Hi")]),
        ({"type": "text", "text": "Hi"}, [("user", "Hi")]),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], [("user", "a\nb")]),
        (
            [{"role": "user", "content": "a"}, {"role": "model", "content": [{"type": "text", "text": "b"}]}],
            [("user", "a"), ("assistant", "b")],
        ),
    ],
)
def test_an_input_comes_in_any_of_four_shapes(given, messages):
    assert asked(given) == messages


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "kind"),
    [
        ("POST", "", "interactions", "generation"),
        ("GET", "/v1_1", "interactions.retrieve", "other"),
        ("DELETE", "/v1_1", "interactions.delete", "other"),
        ("POST", "/v1_1/cancel", "interactions.cancel", "other"),
    ],
)
def test_what_follows_the_path_says_what_a_call_is(method, path, endpoint, kind):
    read = ProviderRegistry().read(Interaction(Request(method, HOST + path)))
    assert (read.provider, read.endpoint, read.kind) == ("google", endpoint, kind)


def test_interactions_of_another_service_are_not_claimed():
    assert ProviderRegistry().find(Request("POST", "https://example.com/v1/interactions")) is None
