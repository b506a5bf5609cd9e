import pytest

from pytest_altax.records import Call, Message, Part, PartKind, Tool
from pytest_altax.text.requests import framing_tokens, output_schema, request_tokens
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
    assert request_tokens(call, COUNTER) == round(1.147 * COUNTER.count(text, call.model) + 1.6 + 5)


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
