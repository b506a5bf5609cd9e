import json

import pytest
from exchanges import call, chat, interaction, plain

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Logprobs, PartKind, ToolCall, Usage


def test_a_developer_message_is_a_system_message():
    assert [message.role for message in call("chat_plain").messages] == ["system", "user"]


def test_usage_keeps_cached_within_input():
    assert call("chat_plain").usage == Usage(1040, 3, cached=1024, total=1043)


def test_media_is_a_part_without_text_that_names_its_kind():
    (text, image) = call("chat_plain").messages[1].parts
    assert (text.text, text.path) == ("What is this?", "messages[1].content[0].text")
    assert (image.kind, image.name, image.text) == (PartKind.MEDIA, "image", "")


def test_two_images_are_told_apart():
    first, second = (
        chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}) for url in ("a", "b")
    )
    assert first.messages != second.messages


def test_settings_hold_what_changes_sampling_and_the_seed_stands_apart():
    read = call("chat_plain")
    assert (read.settings, read.seed) == ({"temperature": 0.2}, 7)


def test_tool_calls_and_results_of_the_history_are_parts():
    _, _, assistant, tool, _ = call("chat_tools").messages
    (asked,), (result,) = assistant.parts, tool.parts
    assert (asked.kind, asked.name, asked.text, asked.id) == (
        PartKind.TOOL_CALL,
        "get_weather",
        '{"city":"Oslo"}',
        "t1",
    )
    assert (tool.role, result.kind, result.id) == ("tool", PartKind.TOOL_RESULT, "t1")


def test_an_answer_that_only_calls_tools_is_one_choice():
    (choice,) = call("chat_tools").choices
    assert (choice.text, choice.stop_reason) == ("", "tool_calls")
    assert choice.tool_calls == (ToolCall("get_weather", '{"city":"Rome"}', "t2"),)


def test_a_tool_keeps_the_schema_of_the_request_and_the_text_that_is_billed():
    weather, read = call("chat_tools").tools
    assert json.loads(weather.schema) == plain("chat_tools")["request"]["tools"][0]
    assert weather.text.startswith(
        "// Get the weather of a city.\ntype get_weather = (_: {\n// Name of the city\ncity:"
    )
    assert (weather.server, read.server) == (None, "files")


def test_a_stream_is_put_together_to_the_whole_answer():
    read = call("chat_tools_stream")
    (choice,) = read.choices
    assert (read.streaming, choice.text, choice.reasoning) == (True, "I look. 🎉", "Two cities.")
    assert [tool.arguments for tool in choice.tool_calls] == ['{"city":"Oslo"}', '{"city":"Rome"}']
    assert read.usage == Usage(160, 60, reasoning=32, total=220)


def test_a_torn_stream_keeps_what_came_and_says_so():
    whole = interaction("chat_tools_stream").response.body
    read = call("chat_tools_stream", got=whole[: whole.index(b'"a"') + 1])
    assert (read.choices[0].text, read.usage, read.error) == ("I look. 🎉", None, "the stream ended early")


def test_a_surrogate_pair_divided_between_events_is_one_character():
    halves = ({"choices": [{"index": 0, "delta": {"content": half}}]} for half in ("\ud83c", "\udf89"))
    body = "".join(f"data: {json.dumps(half)}\n\n" for half in halves)
    assert call("chat_tools_stream", got=body.encode()).choices[0].text == "🎉"


def test_calls_without_an_index_are_told_apart_by_their_ids():
    pieces = [{"id": "a", "function": {"name": "f", "arguments": "{}"}}, {"id": "b", "function": {"name": "g"}}]
    body = "".join(f'data: {{"choices":[{{"delta":{{"tool_calls":[{json.dumps(piece)}]}}}}]}}\n\n' for piece in pieces)
    tools = call("chat_tools_stream", got=body.encode()).choices[0].tool_calls
    assert [(tool.name, tool.arguments) for tool in tools] == [("f", "{}"), ("g", "")]


def test_a_refusal_field_is_a_signal():
    (choice,) = call("chat_refusal").choices
    assert (choice.signal, choice.refusal, choice.text) == ("refusal", "I'm sorry, I can't help with that.", "")


def test_several_choices_keep_their_own_logprobs_and_signals():
    first, second = call("chat_samples").choices
    assert (first.index, second.index, first.signal, second.signal) == (0, 1, None, "content_filter")
    assert first.logprobs == Logprobs((-0.2,), ((-0.2, -1.7),))


def test_an_azure_filter_error_is_one_refused_choice():
    read = call("chat_filter_error")
    assert [choice.signal for choice in read.choices] == ["content_filter"]
    assert (read.status, read.model) == (400, "gpt-4o")
    assert read.error.startswith("The response was filtered")


def test_an_error_under_status_200_is_an_error_without_a_choice():
    read = call("chat_error_under_200")
    assert (read.status, read.error, read.choices) == (200, "Provider returned error", ())


def test_a_rate_limit_is_no_refusal():
    read = call("chat_rate_limit")
    assert (read.status, read.error, read.choices) == (429, "Rate limit reached", ())


def test_legacy_completions_read_each_prompt_as_a_user_message():
    read = call("completions")
    assert (read.endpoint, [message.text for message in read.messages]) == ("completions", ["Once upon", "There was"])
    assert [choice.text for choice in read.choices] == [" a time", " a king"]


def test_a_request_without_an_answer_is_read_all_the_same():
    read = chat({"role": "user", "content": "Hi"})
    assert (read.messages[0].text, read.choices, read.usage, read.status, read.error) == ("Hi", (), None, None, None)


def test_reasoning_of_earlier_turns_has_no_text_and_that_of_the_current_has():
    thought = {"role": "assistant", "reasoning_content": "Hm.", "content": "Yes"}
    read = chat({"role": "user", "content": "a"}, thought, {"role": "user", "content": "b"}, thought)
    assert [message.parts[0].text for message in read.messages] == ["a", "", "b", "Hm."]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 9}}, (5, 2, 5)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_cache_hit_tokens": 3}, (5, 2, 3)),
        ({"prompt_tokens": "5", "completion_tokens": None}, None),
        ({"prompt_tokens": 5.0, "completion_tokens": True}, (5, 0, 0)),
    ],
)
def test_odd_usage_is_clamped_or_left_out(usage, expected):
    read = call("chat_plain", got=json.dumps({"choices": [], "usage": usage}).encode())
    found = read.usage and (read.usage.input, read.usage.output, read.usage.cached)
    assert found == expected


def test_a_clamped_cached_count_is_noted():
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 9}}
    read = call("chat_plain", got=json.dumps({"choices": [], "usage": usage}).encode())
    assert read.usage.notes == ("cached 9 was above its whole of 5",)


def test_reasoning_that_the_total_shows_outside_the_output_is_added_to_it():
    usage = {"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135}
    usage["completion_tokens_details"] = {"reasoning_tokens": 94}
    read = call("chat_plain", got=json.dumps({"choices": [], "usage": usage}).encode())
    assert (read.usage.output, read.usage.reasoning) == (103, 94)


@pytest.mark.parametrize("path", ["/openai/v1/chat/completions", "/api/v1/chat/completions/", "/v1/completions"])
def test_any_host_is_claimed_by_its_path(path):
    request = interaction("chat_plain").request
    moved = type(request)("POST", f"http://localhost:8080{path}", (), request.body)
    assert ProviderRegistry().find(moved).name == "openai"


def streamed(*chunks: dict) -> bytes:
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode()


def chunk(reason: str | None = None, **delta: object) -> dict:
    return {"choices": [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": reason}]}


@pytest.mark.parametrize("end", [{"error": {"type": "server_error", "message": "The server had an error"}}, {}])
def test_a_stream_that_fails_before_any_text_has_no_choice(end: dict):
    assert call("chat_tools_stream", got=streamed(chunk(content=""), end)).choices == ()
    for said in ({"content": "Hi"}, {"reasoning": "hm"}, {"tool_calls": [{"index": 0, "function": {"name": "f"}}]}):
        assert len(call("chat_tools_stream", got=streamed(chunk(**said), end)).choices) == 1
    (refused,) = call("chat_tools_stream", got=streamed(chunk("content_filter"), end)).choices
    assert refused.signal == "content_filter"


def test_an_empty_answer_without_an_error_is_a_choice():
    assert len(call("chat_tools_stream", got=streamed(chunk("stop", content=""))).choices) == 1


@pytest.mark.parametrize("said", ["", "Mix the"])
def test_a_filter_that_ends_a_stream_is_the_signal_of_its_choices(said: str):
    error = {"error": {"code": "content_filter", "message": "The response was filtered"}}
    (choice,) = call("chat_tools_stream", got=streamed(chunk(content=said), error)).choices
    assert (choice.text, choice.signal) == (said, "content_filter")


@pytest.mark.parametrize("seed", [-1, 2**53, 2**64, 7.0])
def test_a_seed_may_be_any_integer(seed: float):
    assert chat(seed=seed).seed == seed


@pytest.mark.parametrize("seed", [None, True, 0.5, "7"])
def test_what_is_no_integer_is_no_seed(seed: object):
    assert chat(seed=seed).seed is None
