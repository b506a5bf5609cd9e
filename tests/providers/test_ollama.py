import pytest
from exchanges import call, interaction

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, PartKind, Request, Response, ToolCall, Usage


def test_messages_are_read_with_images_thinking_and_tools():
    system, user, asked, result = call("ollama_chat").messages
    assert (system.role, system.text) == ("system", "Be brief.")
    assert [(part.kind, part.name) for part in user.parts] == [(PartKind.TEXT, None), (PartKind.MEDIA, "image")]
    assert [part.kind for part in asked.parts] == [PartKind.REASONING, PartKind.TOOL_CALL]
    assert (result.role, result.parts[0].kind, result.parts[0].name) == ("tool", PartKind.TOOL_RESULT, "look")


def test_a_place_names_where_a_part_stands():
    asked = call("ollama_chat").messages[2]
    assert [part.path for part in asked.parts] == [
        "messages[2].thinking",
        "messages[2].tool_calls[0].function.arguments",
    ]


def test_options_are_settings_but_for_those_of_the_machine():
    read = call("ollama_chat")
    assert (read.settings, read.seed) == ({"temperature": 0, "format": "json", "think": True}, 3)


def test_an_answer_has_text_thinking_calls_and_usage():
    read = call("ollama_chat")
    (choice,) = read.choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ('{"a":"cat"}', "A cat.", "stop")
    assert choice.tool_calls == (ToolCall("look", '{"at":"tail"}', "call_1"),)
    assert (read.usage, read.streaming, [tool.name for tool in read.tools]) == (Usage(60, 25), False, ["look"])


def test_an_answer_is_streamed_unless_the_request_says_no():
    read = call("ollama_stream")
    (choice,) = read.choices
    assert (read.streaming, choice.text, choice.reasoning) == (True, "Hello", "A greeting.")
    assert (choice.tool_calls, read.usage, read.error) == ((ToolCall("wave", "{}"),), Usage(11, 9), None)


def test_a_torn_stream_keeps_what_came_and_says_so():
    whole = interaction("ollama_stream").response.body
    read = call("ollama_stream", got=whole[: whole.index(b'"lo"')])
    assert (read.choices[0].text, read.usage, read.error) == ("Hel", None, "the stream ended early")


def test_an_error_within_a_stream_is_the_calls():
    lines = interaction("ollama_stream").response.body.splitlines(keepends=True)
    read = call("ollama_stream", got=b"".join(lines[:3]) + b'{"error":"out of memory"}\n')
    assert (read.choices[0].text, read.error) == ("Hel", "out of memory")


def test_generate_has_a_system_prompt_a_prompt_and_images():
    read = call("ollama_generate")
    assert [(message.role, message.text) for message in read.messages] == [("system", "Be brief."), ("user", "Say hi.")]
    assert read.messages[1].parts[1].kind is PartKind.MEDIA
    assert (read.choices[0].text, read.choices[0].stop_reason) == ("Hi.", "length")


def test_a_prompt_that_was_not_counted_is_noted():
    assert call("ollama_generate").usage == Usage(0, 3, notes=("no input was reported",))


def test_each_text_that_is_embedded_is_a_message():
    read = call("ollama_embed")
    assert (read.kind, [message.text for message in read.messages]) == ("embedding", ["one", "two"])
    assert (read.usage, read.error) == (Usage(4, 0), None)


def test_an_unknown_model_is_an_error():
    read = call("ollama_error")
    assert (read.status, read.error, read.choices) == (404, "model 'nothing' not found", ())


@pytest.mark.parametrize(
    ("url", "client", "claimed"),
    [
        ("http://gpu-box:11434/api/chat", "", True),
        ("https://ollama.com/api/chat", "", True),
        ("https://chat.example.com/ollama/api/generate", "", True),
        ("http://192.168.1.5:8080/api/chat", "ollama-python/0.6.0 (x86_64 linux)", True),
        ("http://localhost:3000/api/chat", "python-httpx/1.0", False),
        ("https://example.com/api/chat", "", False),
        ("http://[::1", "", False),
    ],
)
def test_a_web_apps_own_chat_is_not_taken_for_ollamas(url, client, claimed):
    found = ProviderRegistry().find(Request("POST", url, (("User-Agent", client),)))
    assert (found is not None and found.name == "ollama") is claimed


def test_listing_models_is_no_generation():
    request = Request("GET", "http://localhost:11434/api/tags")
    read = ProviderRegistry().read(Interaction(request, Response(200, (), b'{"models":[]}')))
    assert (read.provider, read.endpoint, read.kind, read.streaming) == ("ollama", "tags", "other", False)
