import json

import pytest
from exchanges import answered, call, frame, interaction, plain
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, PartKind, Request, Response, ToolCall, Usage
from pytest_altax.text.requests import output_schema

HOST = "https://bedrock-runtime.us-east-1.amazonaws.com"


def asked(*messages: dict):
    return call("bedrock_converse", sent={"messages": list(messages)}).messages


def test_usage_includes_what_was_read_from_and_written_to_the_cache():
    read = call("bedrock_converse")
    assert read.usage == Usage(2140, 55, cached=2000, cache_write=100, total=2195)


def test_the_model_stands_in_the_path():
    assert call("bedrock_converse").model == "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize(
    ("id_", "model", "answered_by"),
    [
        ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", None),
        (
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.meta.llama3-v1%3A0",
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.meta.llama3-v1:0",
            "us.meta.llama3-v1:0",
        ),
        (
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc1",
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc1",
            None,
        ),
    ],
)
def test_arns_are_models_and_tell_the_model_where_they_end_with_it(id_, model, answered_by):
    read = ProviderRegistry().read(Interaction(Request("POST", f"{HOST}/model/{id_}/converse", (), b"{}")))
    assert (read.provider, read.model, read.answered_by) == ("bedrock", model, answered_by)


@pytest.mark.parametrize(
    ("path", "endpoint", "streaming"),
    [
        ("converse", "converse", False),
        ("converse-stream", "converse", True),
        ("invoke", "invoke", False),
        ("invoke-with-response-stream", "invoke", True),
    ],
)
def test_the_path_tells_the_endpoint_and_whether_it_streams(path, endpoint, streaming):
    url = f"https://gateway.test/aws/model/amazon.nova-lite-v1:0/{path}"
    read = ProviderRegistry().read(Interaction(Request("POST", url, (), b"{}")))
    assert (read.provider, read.endpoint, read.streaming) == ("bedrock", endpoint, streaming)


def test_a_cache_point_marks_the_part_before_it():
    system, *_, result = call("bedrock_converse").messages
    assert [(part.text, part.cache) for part in system.parts] == [("Long rules.", True)]
    assert [part.cache for part in result.parts] == [False, False, True]


def test_text_documents_and_guarded_text_are_text_and_images_are_media():
    parts = call("bedrock_converse").messages[1].parts
    assert [(part.kind, part.text) for part in parts] == [
        (PartKind.TEXT, "Weather in Oslo?"),
        (PartKind.MEDIA, ""),
        (PartKind.TEXT, "A note."),
        (PartKind.TEXT, "Guard this."),
    ]
    assert parts[2].path == "messages[0].content[2].document.source.text"


def test_results_of_tools_are_json_text_and_media():
    result = call("bedrock_converse").messages[3]
    assert (result.role, [part.text for part in result.parts]) == ("tool", ['{"degrees":4}', "cold", ""])
    assert [part.kind for part in result.parts] == [PartKind.TOOL_RESULT, PartKind.TOOL_RESULT, PartKind.MEDIA]


def test_results_and_text_of_one_message_stay_one_message_of_the_user():
    result = {"toolResult": {"toolUseId": "t", "content": [{"text": "4"}]}}
    (message,) = asked({"role": "user", "content": [result, {"text": "And now?"}]})
    assert (message.role, [part.text for part in message.parts]) == ("user", ["4", "And now?"])


def test_reasoning_within_the_turn_has_its_text_and_that_of_earlier_turns_has_none():
    thought = {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "Hm."}}}]}
    question = {"role": "user", "content": [{"text": "And now?"}]}
    assert asked(question, thought)[1].parts[0].text == "Hm."
    assert asked(question, thought, question)[1].parts[0].text == ""


def test_tools_are_counted_as_their_schema_and_cache_points_are_none():
    weather, system = call("bedrock_converse").tools
    assert set(json.loads(weather.text)) == {"name", "description", "input_schema"}
    assert (system.name, system.text) == ("nova_grounding", "")


def test_settings_are_those_of_the_inference_and_of_the_model():
    settings = call("bedrock_converse").settings
    assert (settings["temperature"], settings["maxTokens"]) == (0, 400)
    assert {"additionalModelRequestFields", "toolChoice"} <= set(settings)


def test_an_answer_has_text_reasoning_and_calls():
    (choice,) = call("bedrock_converse").choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ("4 degrees.", "Rome next.", "tool_use")
    assert choice.tool_calls == (ToolCall("get_weather", '{"city":"Rome"}', "t1"),)


def test_a_stream_of_frames_is_put_together():
    read = call("bedrock_converse_stream")
    (choice,) = read.choices
    assert (choice.text, choice.reasoning, choice.stop_reason) == ("Une seconde, déjà.", "Look it up.", "tool_use")
    assert choice.tool_calls == (ToolCall("get_weather", '{"city": "Rome"}', "tu"),)
    assert (read.usage, read.error) == (Usage(410, 60, total=470), None)


def test_a_torn_stream_says_so_and_keeps_what_came():
    whole = answered(plain("bedrock_converse_stream"))
    read = call("bedrock_converse_stream", got=whole[: whole.index(b"contentBlockStart") + 5])
    assert (read.error, read.choices[0].text, read.usage) == ("the stream ended early", "Une seconde, déjà.", None)


def guarded(content: str, output: int, trace: dict | None = None) -> str | None:
    body = {
        "output": {"message": {"role": "assistant", "content": [{"text": content}]}},
        "stopReason": "guardrail_intervened",
        "usage": {"inputTokens": 20, "outputTokens": output, "totalTokens": 20 + output},
        "trace": trace or {},
    }
    (choice,) = call("bedrock_converse", got=json.dumps(body).encode()).choices
    return choice.signal


def assessed(action: str) -> dict:
    entities = [{"type": "NAME", "match": "Ada", "action": action}]
    return {"guardrail": {"outputAssessments": {"g": [{"sensitiveInformationPolicy": {"piiEntities": entities}}]}}}


def test_a_guardrail_that_masks_is_told_as_an_intervention():
    assert guarded("Ask {NAME}.", 9, assessed("ANONYMIZED")) == "guardrail_intervened"
    assert guarded("Ask {NAME}.", 9) == "guardrail_intervened"


def test_a_guardrail_that_blocks_is_told_as_a_block():
    assert guarded("Sorry, no.", 9, assessed("BLOCKED")) == "blocked"


def test_an_answer_of_the_guardrail_for_which_no_model_was_asked_is_a_block():
    assert guarded("Sorry, no.", 0) == "blocked"


def test_an_error_has_its_code_and_no_choice():
    read = call("bedrock_error")
    assert read.error == "ValidationException: The provided model identifier is invalid."
    assert (read.status, read.choices, read.usage) == (400, (), None)


def test_a_filter_of_the_model_that_answers_with_an_error_is_a_refusal():
    body = b'{"message": "Output blocked by content filtering policy"}'
    exchange = interaction("bedrock_error").request
    read = ProviderRegistry().read(Interaction(exchange, Response(400, (), body)))
    assert [choice.signal for choice in read.choices] == ["content_filter"]


def test_counting_has_messages_and_no_bill():
    read = call("bedrock_count")
    assert (read.kind, read.endpoint, read.usage, read.choices) == ("count", "count_tokens", None, ())
    assert [message.role for message in read.messages] == ["system", "user"]


def test_a_body_of_invoke_is_counted_as_the_messages_in_it():
    body = "eyJhbnRocm9waWNfdmVyc2lvbiI6ICJ4IiwgIm1lc3NhZ2VzIjogW3sicm9sZSI6ICJ1c2VyIiwgImNvbnRlbnQiOiAiSGkifV19"
    (message,) = call("bedrock_count", sent={"input": {"invokeModel": {"body": body}}}).messages
    assert (message.role, message.text) == ("user", "Hi")


def test_a_guardrail_asked_on_its_own_is_a_moderation():
    read = call("bedrock_guardrail")
    assert (read.kind, read.model, read.messages[0].text) == ("moderation", "gr1", "Is this fine?")
    assert [choice.signal for choice in read.choices] == ["guardrail_intervened"]


def test_an_exception_in_a_stream_is_told():
    whole = answered(plain("bedrock_converse_stream"))
    torn = whole[: whole.index(b"contentBlockStart") - 29]
    told = frame("modelStreamErrorException", {"message": "It broke."}, "exception")
    read = call("bedrock_converse_stream", got=torn + told)
    assert (read.error, read.choices[0].text) == ("modelStreamErrorException: It broke.", "Une seconde, déjà.")


def test_a_prompt_router_tells_which_model_answered():
    body = plain("bedrock_converse")["response"]
    chosen = "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-pro-v1:0"
    body["trace"] = {"promptRouter": {"invokedModelId": chosen}}
    assert call("bedrock_converse", got=json.dumps(body).encode()).answered_by == "us.amazon.nova-pro-v1:0"


def test_the_schema_of_an_answer_is_found_in_its_json_text():
    structure = {"jsonSchema": {"name": "city", "schema": '{"type": "object"}'}}
    config = {"textFormat": {"type": "json_schema", "structure": structure}}
    settings = call("bedrock_converse", sent={"messages": [], "outputConfig": config}).settings
    assert output_schema(settings) == '{"type":"object"}'


COUNTS = st.integers(0, 10**6)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_what_converse_bills_is_its_total(fresh, answered_, read, written):
    usage = {"inputTokens": fresh, "outputTokens": answered_, "totalTokens": fresh + answered_ + read + written}
    cache = {"cacheReadInputTokens": read, "cacheWriteInputTokens": written}
    found = call("bedrock_converse", got=json.dumps({"usage": {**usage, **cache}}).encode()).usage
    assert found == Usage(fresh + read + written, answered_, cached=read, cache_write=written, total=found.total)
    assert (found.input + found.output, found.notes) == (found.total, ())
