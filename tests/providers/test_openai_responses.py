import pytest
from exchanges import call, interaction, plain

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, PartKind, Request, ToolCall, Usage

URL = "https://api.openai.com/v1/responses"


def test_instructions_become_a_leading_system_message():
    system, user = call("responses_plain").messages
    assert (system.role, system.text, system.parts[0].path) == ("system", "Be brief.", "instructions")
    assert (user.role, user.text, user.parts[0].path) == ("user", "Hello", "input")


def test_output_text_and_the_summary_of_reasoning_are_read():
    read = call("responses_plain")
    (choice,) = read.choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ("Hi!", "Greet.", "completed")
    assert read.usage == Usage(18, 70, reasoning=64, total=88)


def test_items_of_the_input_become_messages_in_their_order():
    read = call("responses_tools_stream")
    assert [message.role for message in read.messages] == ["user", "assistant", "assistant", "tool"]
    kinds = [[part.kind for part in message.parts] for message in read.messages]
    media, result = PartKind.MEDIA, PartKind.TOOL_RESULT
    assert kinds == [[PartKind.TEXT, media], [], [PartKind.TOOL_CALL], [result, media]]


def test_media_in_the_result_of_a_tool_is_never_text():
    assert call("responses_tools_stream").messages[3].text == "12 degrees"


def test_a_stream_gives_the_answer_of_its_last_event():
    read = call("responses_tools_stream")
    (choice,) = read.choices
    assert (choice.text, choice.tool_calls) == ("I look.", (ToolCall("get_weather", '{"city":"Oslo"}', "t1"),))
    assert (read.usage, read.error) == (Usage(60, 25, total=85), None)


def test_a_torn_stream_is_put_together_from_its_pieces():
    whole = interaction("responses_tools_stream").response.body
    read = call("responses_tools_stream", got=whole[: whole.index(b'"\\"Oslo')])
    (choice,) = read.choices
    assert (choice.text, choice.tool_calls[0].arguments) == ("I look.", '{"city":')
    assert (read.usage, read.error) == (None, "the stream ended early")


def test_a_filtered_response_is_a_refused_choice():
    (choice,) = call("responses_filtered").choices
    assert (choice.text, choice.signal, choice.stop_reason) == ("", "content_filter", "incomplete: content_filter")


def test_server_side_mcp_is_named_and_its_secrets_are_left_out():
    read = call("responses_mcp")
    assert (read.mcp_servers, read.previous_response_id) == (("deepwiki",), "resp_0")
    server, search = read.tools
    assert (server.name, server.server, server.text, "secret" in server.schema) == ("deepwiki", "deepwiki", "", False)
    assert (search.name, search.text) == ("web_search", "")


def test_what_the_server_ran_itself_is_a_tool_call():
    assert call("responses_mcp").choices[0].tool_calls == (ToolCall("ask", '{"q":1}'),)


def test_a_refusal_part_is_a_signal():
    (choice,) = call("responses_mcp").choices
    assert (choice.refusal, choice.signal, choice.text) == ("I cannot do that.", "refusal", "")


def test_a_deferred_tool_is_not_billed():
    sent = plain("responses_tools_stream")["request"]
    sent["tools"][0]["defer_loading"] = True
    assert call("responses_tools_stream", sent=sent).tools[0].text == ""


def test_tools_brought_along_by_the_input_are_tools():
    sent = {"model": "gpt-5", "input": [{"type": "additional_tools", "role": "developer", "tools": []}]}
    sent["input"][0]["tools"] = plain("responses_tools_stream")["request"]["tools"]
    assert [tool.path for tool in call("responses_plain", sent=sent).tools] == ["input[0].tools[0]"]


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "kind"),
    [
        ("POST", "", "responses", "generation"),
        ("POST", "/compact", "responses.compact", "other"),
        ("POST", "/input_tokens", "responses.input_tokens", "count"),
        ("GET", "/resp_12", "responses.retrieve", "other"),
        ("GET", "/0f8fad5b-d9cb-469f-a165-70867728950e", "responses.retrieve", "other"),
        ("DELETE", "/resp_12", "responses.delete", "other"),
        ("POST", "/resp_12/cancel", "responses.cancel", "other"),
        ("GET", "/resp_12/input_items", "responses.input_items", "other"),
    ],
)
def test_what_follows_responses_in_the_path_says_what_a_call_is(method, path, endpoint, kind):
    read = ProviderRegistry().read(Interaction(Request(method, URL + path, (), b'{"model":"gpt-5","input":"a"}')))
    assert (read.endpoint, read.kind) == (endpoint, kind)


def test_the_responses_of_another_app_are_not_claimed():
    url = "https://example.com/responses/0f8fad5b-d9cb-469f-a165-70867728950e"
    assert ProviderRegistry().find(Request("GET", url)) is None


def test_a_response_fetched_as_a_stream_is_streaming():
    fetched = Request("GET", URL + "/resp_12?stream=true&starting_after=4")
    assert ProviderRegistry().read(Interaction(fetched)).streaming


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PUT", "/resp_1"), ("GET", "/survey")])
def test_other_methods_are_not_claimed(method, path):
    assert ProviderRegistry().find(Request(method, URL + path)) is None
