import json

import pytest
from exchanges import call, interaction, plain

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Choice, Interaction, Logprobs, PartKind, Request, Response, ToolCall, Usage

HOST = "https://generativelanguage.googleapis.com"
VERTEX = "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models"
WHOLE = Choice(
    text="Let me look.",
    tool_calls=(ToolCall("get_weather", '{"city":"Oslo","days":2}', "f1"),),
    reasoning="I think",
    stop_reason="STOP",
)


def read(method: str, url: str, sent: bytes = b"{}", got: bytes | None = None, status: int = 200):
    response = None if got is None else Response(status, (("content-type", "application/json"),), got)
    return ProviderRegistry().read(Interaction(Request(method, url, (), sent), response))


def test_the_system_instruction_is_a_leading_system_message_and_the_model_an_assistant():
    messages = call("google_plain").messages
    assert [message.role for message in messages] == ["system", "user", "assistant", "user"]
    assert (messages[0].text, messages[0].parts[0].path) == ("Be brief.", "systemInstruction.parts[0].text")


def test_inline_data_and_files_are_media_and_never_text():
    said, image, file = call("google_plain").messages[3].parts
    assert (said.text, said.path) == ("Who is this?", "contents[2].parts[0].text")
    assert [(part.kind, part.name, part.text) for part in (image, file)] == [
        (PartKind.MEDIA, "image", ""),
        (PartKind.MEDIA, "file", ""),
    ]


def test_thoughts_are_within_the_output_and_apart_from_the_text():
    read = call("google_plain")
    (choice,) = read.choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ("A cat.", "Looks like a cat.", "STOP")
    assert read.usage == Usage(300, 24, cached=128, reasoning=20, total=324)


def test_settings_go_by_their_names_in_snake_case():
    read = call("google_plain")
    assert (read.settings["temperature"], read.settings["max_output_tokens"], read.seed) == (0.5, 200, 7)
    assert {"response_schema", "safety_settings"} < set(read.settings)
    assert "seed" not in read.settings


def test_log_probabilities_are_those_of_the_alternatives():
    assert call("google_plain").choices[0].logprobs == Logprobs((-0.1,), ((-0.1, -2.5),))


def test_what_server_side_tools_read_is_within_the_input():
    assert call("google_tools").usage == Usage(130, 30, total=160)


def test_fields_are_read_in_either_spelling_and_single_objects_as_lists():
    system, user, asked, result = call("google_tools").messages
    assert (system.text, user.role, asked.role, result.role) == ("Use tools.", "user", "assistant", "tool")
    (part,) = asked.parts
    assert (part.kind, part.name, part.id, part.text) == (PartKind.TOOL_CALL, "get_weather", "c1", '{"city":"Oslo"}')


def test_a_function_response_is_the_result_of_a_tool_and_its_images_are_media():
    told, image = call("google_tools").messages[3].parts
    assert (told.kind, told.name, told.id, told.text) == (PartKind.TOOL_RESULT, "get_weather", "c1", '{"degrees":12}')
    assert (image.kind, image.name) == (PartKind.MEDIA, "image")


def test_functions_are_counted_one_by_one_and_server_side_tools_have_no_schema():
    read = call("google_tools")
    names = [(tool.name, bool(tool.text), tool.server) for tool in read.tools]
    assert names == [
        ("get_weather", True, None),
        ("docs.search", True, "docs"),
        ("google_search", False, None),
        ("code_execution", False, None),
        ("deepwiki", False, "deepwiki"),
        ("retrieval", False, None),
    ]
    assert read.mcp_servers == ("deepwiki",)
    assert not any("secret" in tool.schema for tool in read.tools)


def test_what_the_server_ran_itself_is_a_tool_call():
    (choice,) = call("google_tools").choices
    assert choice.tool_calls == (
        ToolCall("get_weather", '{"city":"Oslo"}'),
        ToolCall("code_execution", "print(1)"),
        ToolCall("GOOGLE_SEARCH_WEB", '{"queries":["a"]}', "t1"),
    )


@pytest.mark.parametrize("name", ["google_stream", "google_array_stream"])
def test_a_stream_of_events_or_of_an_array_is_put_together(name):
    read = call(name)
    assert (read.streaming, read.choices, read.error) == (True, (WHOLE,), None)
    assert read.usage == Usage(8, 14, reasoning=5, total=22)


def test_a_stream_of_events_that_is_torn_keeps_what_came_and_says_so():
    whole = interaction("google_stream").response.body
    read = call("google_stream", got=whole[: whole.index(b"partialArgs") + 5])
    assert (read.choices[0].text, read.choices[0].stop_reason) == ("Let me look.", None)
    assert (read.usage, read.error) == (Usage(8, 5, reasoning=5, total=13), "the stream ended early")


def test_an_array_that_is_torn_keeps_what_came_and_says_so():
    whole = interaction("google_array_stream").response.body
    read = call("google_array_stream", got=whole[: whole.index(b"partialArgs") + 5])
    assert (read.choices[0].text, read.error) == ("Let me look.", "the stream ended early")


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
@pytest.mark.parametrize("listed", [False, True])
def test_an_error_is_told_whether_or_not_a_stream_was_asked_for(kind, listed):
    error = plain("google_error")["response"]
    body = json.dumps([error] if listed else error).encode()
    request = interaction("google_stream").request
    read = ProviderRegistry().read(Interaction(request, Response(404, (("content-type", kind),), body)))
    assert (read.error, read.choices, read.usage) == ("models/gemini-0 is not found", (), None)


def test_a_blocked_prompt_is_one_refused_choice():
    read = call("google_blocked_prompt")
    assert read.choices == (Choice(signal="PROHIBITED_CONTENT"),)
    assert (read.usage, read.error) == (Usage(3, 0, total=3), None)


def test_a_blocked_answer_has_the_reason_as_its_signal():
    assert call("google_blocked_answer").choices == (Choice(signal="SAFETY", stop_reason="SAFETY"),)


@pytest.mark.parametrize(
    ("url", "reason", "named", "signal"),
    [
        (f"{HOST}/v1/models/g:generateContent", 2, "MAX_TOKENS", None),
        (f"{HOST}/v1/models/g:generateContent", 6, "LANGUAGE", None),
        (f"{HOST}/v1/models/g:generateContent", 8, "PROHIBITED_CONTENT", "PROHIBITED_CONTENT"),
        (f"{VERTEX}/g:generateContent", 6, "BLOCKLIST", "BLOCKLIST"),
        (f"{VERTEX}/g:generateContent", 99, "99", None),
    ],
)
def test_reasons_that_come_as_numbers_are_named_as_each_service_counts_them(url, reason, named, signal):
    body = json.dumps({"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": reason}]}).encode()
    (choice,) = read("POST", url, got=body).choices
    assert (choice.stop_reason, choice.signal) == (named, signal)


def test_counting_bills_nothing_and_shows_what_is_counted():
    read = call("google_count")
    assert (read.endpoint, read.kind, read.usage, read.choices) == ("countTokens", "count", None, ())
    assert [message.text for message in read.messages] == ["Be brief.", "Hello"]


def test_each_text_that_is_embedded_is_a_message():
    read = call("google_embed")
    assert (read.endpoint, read.kind, read.model) == ("batchEmbedContents", "embedding", "gemini-embedding-001")
    assert [(message.text, message.parts[0].path) for message in read.messages] == [
        ("one", "requests[0].content.parts[0].text"),
        ("two", "requests[1].content.parts[0].text"),
    ]
    assert read.usage is None


def test_vertex_tells_the_tokens_of_each_text_that_it_embeds():
    read = call("google_vertex_embed")
    assert (read.endpoint, read.kind, read.usage) == ("predict", "embedding", Usage(3, 0))


@pytest.mark.parametrize(
    "url",
    [
        f"{HOST}/v1/models/gemini-x:generateContent",
        f"{HOST}/v1beta/tunedModels/gemini-x:generateContent",
        f"{HOST}/v1beta/models/gemini-x%3AgenerateContent?key=k",
        f"{VERTEX}/gemini-x:generateContent",
        "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/gemini-x:generateContent",
        "https://gateway.example.com/v1/acc/gw/google-ai-studio/v1beta/models/gemini-x:generateContent",
        "http://localhost:3000/router/google/v1alpha/models/gemini-x:generateContent",
    ],
)
def test_the_model_stands_in_the_path_on_whatever_host(url):
    found = read("POST", url)
    assert (found.provider, found.endpoint, found.kind, found.model) == (
        "google",
        "generateContent",
        "generation",
        "gemini-x",
    )


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [
        ("POST", "/v1beta/cachedContents", "cachedContents"),
        ("DELETE", "/v1beta/cachedContents/abc", "cachedContents"),
        ("POST", "/upload/v1beta/files", "files"),
        ("GET", "/v1beta/models", "models"),
        ("GET", "/v1beta/models/veo-3/operations/x1", "operations"),
        ("POST", "/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore", "uploadToFileSearchStore"),
        ("POST", "/v1beta/models/imagen-4:predict", "predict"),
        ("POST", "/v1beta/models/gemini-x:batchGenerateContent", "batchGenerateContent"),
    ],
)
def test_what_stands_beside_the_models_is_named(method, path, endpoint):
    found = read(method, HOST + path, got=b"")
    assert (found.provider, found.endpoint, found.kind, found.error) == ("google", endpoint, "other", None)


def test_a_cache_is_made_for_a_model():
    assert read("POST", f"{HOST}/v1beta/cachedContents", b'{"model":"models/gemini-x"}').model == "gemini-x"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.googleapis.com/drive/v3/files",
        "https://oauth2.googleapis.com/token",
        "https://example.com/v1beta/models",
        "https://example.com/models/x:predict",
    ],
)
def test_other_services_are_not_claimed(url):
    assert ProviderRegistry().find(Request("POST", url)) is None
