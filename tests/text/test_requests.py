import dataclasses

import pytest

from pytest_altax.records import Call, Message, Part, PartKind, Tool
from pytest_altax.text.requests import billed_schema, framing_tokens, output_schema, request_tokens, tool_tokens
from pytest_altax.text.tokens import Tokens

COUNTER = Tokens()
WEATHER = Tool("get_weather", "// Get the weather.\ntype get_weather = (_: { city: string }) => any;\n\n")


def message(role: str, *texts: str, name: str | None = None) -> Message:
    return Message(role, tuple(Part(PartKind.TEXT, text) for text in texts), name)


def count(*messages: Message, model: str = "gpt-4o", endpoint: str = "chat", **more) -> int:
    return request_tokens(Call("openai", endpoint, model=model, messages=messages, **more), COUNTER)


# Billed input of recorded calls: "What is the capital of France?" costs 14 tokens on gpt-4o, 13 on gpt-5.
@pytest.mark.parametrize(("model", "billed"), [("gpt-4o", 14), ("gpt-4-0613", 14), ("gpt-5", 13), ("o3-mini", 13)])
def test_a_plain_question_is_counted_as_it_is_billed(model, billed):
    assert count(message("user", "What is the capital of France?"), model=model) == billed


def test_each_message_costs_three_tokens_and_its_role():
    one, two = message("system", "Hi"), message("user", "Hi")
    assert count(one, two) - count(two) == 3 + 1 + 1


def test_a_name_costs_its_tokens_and_one():
    assert count(message("user", "Hi", name="critic")) - count(message("user", "Hi")) == 2


def test_parts_of_one_message_are_read_without_a_break():
    assert count(message("user", "hello", " world")) == count(message("user", "hello world"))


def test_an_earlier_answer_costs_gpt_5_two_more():
    asked, answer = message("user", "Hi"), message("assistant", "Hi")
    plain = count(asked, answer, asked) - count(asked, asked)
    assert count(asked, answer, asked, model="gpt-5") - count(asked, asked, model="gpt-5") == plain + 2


def test_reasoning_sent_back_is_no_message():
    thought = Message("assistant", (Part(PartKind.REASONING, "Hm."),))
    assert count(message("user", "Hi"), thought) == count(message("user", "Hi"))


def test_tools_join_a_system_message_that_is_there():
    asked, system = message("user", "Hi"), message("system", "Hi")
    alone = count(asked, tools=(WEATHER,)) - count(asked)
    assert count(system, asked, tools=(WEATHER,)) - count(system, asked) == alone - 4


def test_a_tool_that_must_be_called_is_named_once_more():
    asked = message("user", "Hi")
    choice = {"type": "function", "function": {"name": "get_weather"}}
    named = count(asked, tools=(WEATHER,), settings={"tool_choice": choice})
    assert named - count(asked, tools=(WEATHER,)) == 7 + COUNTER.count("get_weather", "gpt-4o")


def test_the_model_that_answered_decides_where_a_deployment_was_asked():
    asked = message("user", "Hi")
    assert count(asked, answered_by="gpt-5") == count(asked) - 1
    assert count(asked, answered_by="gpt-5", stale=("model a → b",)) == count(asked)


def test_claude_is_counted_with_its_slope_and_template():
    text = "word " * 1000
    call = Call("anthropic", "messages", model="claude-sonnet-4-5", messages=(message("user", text),))
    assert request_tokens(call, COUNTER) == round(1.13 * COUNTER.count(text, call.model) + 4 + 2.5)


def test_framing_is_what_the_template_adds():
    call = Call("openai", "chat", model="gpt-4o", messages=(message("user", "Hi"),))
    assert framing_tokens(call, COUNTER) == 6


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}},
            True,
        ),
        ({"text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}}}}, True),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, True),
        ({"output_format": {"type": "json_schema", "schema": {"type": "object"}}}, True),
        ({"response_format": {"type": "json_object"}}, False),
        ({"text": {"verbosity": "low"}, "output_config": "x"}, False),
        ({"text": {"format": {"type": "text"}}}, False),
        ({}, False),
    ],
)
def test_the_schema_of_an_answer_is_found_wherever_it_stands(settings, found):
    assert output_schema(settings) == ('{"type":"object"}' if found else "")


def schema_of(schema: dict, name: str = "person") -> dict:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}}


PERSON = {
    "type": "object",
    "properties": {"required": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["required", "age"],
    "additionalProperties": False,
}


def test_a_schema_is_read_without_what_is_said_of_all_objects_but_with_fields_of_any_name():
    call = Call("openai", "chat", model="gpt-4o", settings=schema_of({"$defs": {"person": PERSON}, **PERSON}))
    read = '{"type":"object","properties":{"required":{"type":"string"},"age":{"type":"integer"}}}'
    assert billed_schema(call) == '{"$defs":{"person":' + read + "}," + read[1:]


# Billed input of a recorded call; the schema has 30 tokens as it stands in the request.
def test_a_question_with_a_schema_is_counted_as_it_is_billed():
    colors = {"type": "array", "items": {"type": "string"}}
    schema = {"type": "object", "properties": {"colors": colors}, "required": ["colors"], "additionalProperties": False}
    asked = message("user", "Hi")
    settings = schema_of(schema, "primary_colors")
    assert count(asked, settings=settings) - count(asked) == 36
    assert count(asked, settings=settings, endpoint="responses") - count(asked, endpoint="responses") == 28


@pytest.mark.parametrize("model", ["llama-3.3-70b", "mistral-large-latest", "qwen3:0.6b"])
def test_models_that_do_not_read_the_schema_are_not_billed_for_it(model):
    asked = message("user", "Hi")
    assert count(asked, model=model, settings=schema_of(PERSON)) == count(asked, model=model)


def test_a_schema_nested_without_end_is_counted():
    schema: dict = {"type": "string"}
    for _ in range(300):
        schema = {"type": "object", "properties": {"one": schema}, "required": ["one"]}
    assert count(message("user", "Hi"), settings=schema_of(schema)) > 300 * 5


# Billed input of recorded calls, less the tokens of their text.
@pytest.mark.parametrize(
    ("provider", "endpoint", "vendor", "model", "template"),
    [
        ("bedrock", "converse", "aws", "us.anthropic.claude-sonnet-4-20250514-v1:0", 7),
        ("bedrock", "converse", "aws", "us.amazon.nova-micro-v1:0", 0),
        ("bedrock", "converse", "aws", "amazon.titan-text-lite-v1", 3),
        ("bedrock", "converse", "aws", "openai.gpt-oss-120b-1:0", 67),
        ("bedrock", "invoke", "aws", "meta.llama3-1-70b-instruct-v1:0", 0),
        ("openai", "chat", "aws", "openai.gpt-oss-20b-1:0", 67),
        ("openai", "chat", "groq", "openai/gpt-oss-120b", 71),
        ("openai", "chat", None, "gpt-oss:20b", 71),
        ("openai", "chat", "together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", 35),
        ("openai", "chat", "groq", "llama3-8b-8192", 10),
        ("openai", "chat", None, "llama3.2:3b-instruct-fp16", 25),
        ("ollama", "chat", None, "llama3.2", 25),
        ("openai", "chat", None, "llama-guard3:1b", 193),
        ("openai", "completions", "openai", "gpt-3.5-turbo-instruct", 0),
        ("openai", "chat", "openrouter", "deepseek/deepseek-chat", 3),
        ("openai", "chat", "openrouter", "openai/gpt-4o", 7),
        ("google", "generateContent", "google", "gemini-2.0-flash", 0),
        ("google", "generateContent", "google", "gemini-2.5-flash", 1),
        ("cohere", "chat", "cohere", "command-r7b-12-2024", 495),
    ],
)
def test_each_family_of_models_has_the_template_that_is_billed(provider, endpoint, vendor, model, template):
    call = Call(provider, endpoint, model=model, vendor=vendor, messages=(message("user", "Hi"),))
    assert request_tokens(call, COUNTER) - COUNTER.count("Hi", model) == template


def test_a_budget_for_thinking_costs_claude_28_tokens():
    asked = Call("anthropic", "messages", model="claude-sonnet-4-5", messages=(message("user", "Hi"),))
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    for settings in (thinking, {"additionalModelRequestFields": thinking}):
        call = dataclasses.replace(asked, settings=settings)
        assert request_tokens(call, COUNTER) - request_tokens(asked, COUNTER) == 28


def test_tools_are_counted_as_json_where_the_model_does_not_read_openais_form():
    tool = dataclasses.replace(WEATHER, schema='{"name":"get_weather","parameters":{"type":"object"}}')
    call = Call("openai", "chat", model="qwen3:0.6b", messages=(message("user", "Hi"),), tools=(tool,))
    assert tool_tokens(call, COUNTER) == 88 + COUNTER.count(tool.schema)


def test_tools_called_at_once_in_items_of_their_own_cost_less_than_one_after_the_other():
    asked = message("user", "Hi")
    called = Message("assistant", (Part(PartKind.TOOL_CALL, "{}", "go"),))
    told = Message("tool", (Part(PartKind.TOOL_RESULT, "ok"),))
    at_once = count(asked, called, called, told, told, endpoint="responses")
    assert count(asked, called, told, called, told, endpoint="responses") - at_once == 6
