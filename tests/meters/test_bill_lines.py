"""Which line a token stands on, with tokens that are words."""

import dataclasses

import pytest
from meter_makers import (
    Choice,
    Part,
    PartKind,
    ToolCall,
    asks_for,
    assistant,
    call,
    message,
    reading,
    system,
    tool,
    usage,
    user,
    words,
)  # fmt: skip

from pytest_altax.meters.bill import CallBill, family, is_tax, sum_lines
from pytest_altax.meters.lines import LINES
from pytest_altax.records import Call, Message


def billed(*calls: Call, **fields: object) -> list[dict[str, int]]:
    return [dict(bill.input) for bill in reading(*calls, **fields).bill]


def test_user_text_is_task_and_other_new_content_is_context():
    messages = [system("be kind"), user("one two three"), asks_for("search"), message("tool", "four five")]
    assert billed(call(*messages, usage=usage(9))) == [{"system": 2, "task": 3, "context": 4}]


def test_what_is_left_of_the_reported_number_is_framing():
    assert billed(call(user("one two"), usage=usage(9))) == [{"task": 2, "framing": 7}]


def test_framing_is_negative_when_we_count_more_than_was_billed():
    assert billed(call(user("one two three"), usage=usage(1))) == [{"task": 3, "framing": -2}]


def test_a_tool_that_the_session_never_calls_is_idle():
    asked = Choice(tool_calls=(ToolCall("search"),))
    first = call(
        user("q"), answer=None, choices=(asked,), tools=(tool("search", "a b"), tool("mail", "c")), usage=usage(3)
    )
    assert billed(first)[0]["idle_tools"] == 1
    assert billed(first)[0]["tools"] == 2


def test_a_tool_called_later_in_the_session_is_not_idle_before():
    tools = (tool("search", "a b"),)
    first = call(user("q"), tools=tools, usage=usage(3))
    second = call(
        user("r"), answer=None, choices=(Choice(tool_calls=(ToolCall("search"),)),), tools=tools, usage=usage(3)
    )
    assert [line.get("tools") for line in billed(first, second)] == [2, 2]


def test_a_tool_called_in_another_session_only_is_idle():
    tools = (tool("search", "a b"),)
    first = call(user("q"), tools=tools, usage=usage(3))
    other = call(user("r"), answer=None, choices=(Choice(tool_calls=(ToolCall("search"),)),), session="other")
    assert billed(first, other)[0]["idle_tools"] == 2


def test_a_tool_that_the_app_reported_is_not_idle():
    one = call(user("q"), tools=(tool("search", "a b"),), usage=usage(3))
    assert billed(one, tools_called=frozenset({"search"}))[0]["tools"] == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}},
        {"text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "object"}}}},
        {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
    ],
)
def test_the_schema_of_the_output_stands_on_tools(settings: dict[str, object]):
    assert billed(call(user("q"), settings=settings, usage=usage(2))) == [{"tools": 1, "task": 1}]


def test_a_format_without_a_schema_is_no_tool():
    plain = {"response_format": {"type": "json_object"}, "text": {"verbosity": "low"}}
    assert billed(call(user("q"), settings=plain, usage=usage(1))) == [{"task": 1}]


def test_what_media_costs_is_context():
    image = Message("user", (Part(PartKind.TEXT, "what is this"), Part(PartKind.MEDIA, name="image")))
    assert billed(call(image, usage=usage(803))) == [{"task": 3, "context": 800}]


def test_what_a_server_side_tool_server_costs_stands_on_its_name():
    assert billed(call(user("q"), mcp_servers=("docs",), usage=usage(14_109))) == [{"task": 1, "tools:docs": 14_108}]


def test_what_a_tool_without_a_schema_costs_stands_on_its_name():
    searched = call(user("q"), tools=(tool("web_search", ""),), usage=usage(139_014))
    assert billed(searched) == [{"task": 1, "tools:web_search": 139_013}]


def test_what_the_template_adds_for_tools_stands_with_them_as_far_as_it_was_billed():
    asked = call(user("q"), tools=(tool("mail", "a b c"),))
    asked = dataclasses.replace(asked, provider="anthropic", endpoint="messages", model="claude-opus-4-1")
    bills = [dataclasses.replace(asked, usage=usage(given)) for given in (400, 100, 4)]
    assert [line["idle_tools"] for line in billed(*bills)] == [328, 99, 3]
    assert "framing" not in billed(bills[1])[0]


def test_what_the_template_leaves_out_of_schemas_is_not_billed_to_them():
    asked = call(user("q"), tools=(tool("mail", words(0, 100)),))
    asked = dataclasses.replace(asked, provider="google", endpoint="generateContent", model="gemini-2.0-flash")
    bills = [dataclasses.replace(asked, usage=usage(given)) for given in (56, 30, 90)]
    assert [(line["idle_tools"], line.get("framing")) for line in billed(*bills)] == [(55, None), (55, -26), (89, None)]


def test_what_the_schema_of_an_answer_adds_stands_with_it():
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    asked = call(user("q"), usage=usage(50))
    asked = dataclasses.replace(asked, settings={"response_format": schema})
    assert billed(asked) == [{"task": 1, "tools": 16, "framing": 33}]


def test_what_a_previous_response_brings_along_is_resent():
    assert billed(call(user("q"), previous_response_id="r1", usage=usage(50))) == [{"task": 1, "resent": 49}]


def test_a_negative_rest_is_framing_even_with_media():
    image = Message("user", (Part(PartKind.TEXT, "what is this"), Part(PartKind.MEDIA, name="image")))
    assert billed(call(image, usage=usage(1))) == [{"task": 3, "framing": -2}]


def test_reasoning_of_earlier_turns_is_not_counted():
    thought = Message("assistant", (Part(PartKind.REASONING, "deep thought"), Part(PartKind.TEXT, "yes")))
    assert billed(call(user("q"), thought, user("r"), usage=usage(3))) == [{"task": 2, "context": 1}]
    assert billed(call(user("q"), thought, usage=usage(4))) == [{"task": 1, "context": 3}]


@pytest.mark.parametrize("tag", ["moderation", "guard", "judge", "retry"])
def test_a_tagged_call_stands_wholly_on_its_line(tag: str):
    (bill,) = reading(call(system("s"), user("q"), tools=(tool("t", "x"),), tag=tag, usage=usage(9, 4))).bill
    assert (dict(bill.input), dict(bill.output), bill.line) == ({tag: 9}, {tag: 4}, tag)


def test_any_other_tag_is_a_layer():
    assert billed(call(user("q"), tag="pii", usage=usage(9))) == [{"layer:pii": 9}]


def test_a_moderation_call_needs_no_tag():
    asked = Call("openai", "moderations", kind="moderation", model="omni", messages=(user("one two"),), status=200)
    (bill,) = reading(asked).bill
    assert dict(bill.input) == {"moderation": 2}


@pytest.mark.parametrize("status", [400, 429, 500])
def test_a_failed_call_bills_nothing(status: int):
    assert billed(call(user("q"), answer=None, status=status, error="no")) == [{}]


def test_a_call_that_only_counts_tokens_bills_nothing():
    counted = Call("anthropic", "count_tokens", kind="count", messages=(user("q"),), status=200)
    assert billed(counted) == [{}]


def test_without_usage_the_bill_is_our_own_count_and_says_so():
    (bill,) = reading(call(user("one two"), answer="three four five")).bill
    # Two words, the role, three tokens around the message and three around the request.
    assert bill.input == {"task": 2, "framing": 7}
    assert (bill.output, bill.basis) == ({"answer": 3}, "estimated")


def test_every_line_has_a_place_in_or_out_of_the_tax():
    taxed = {line for line in LINES if is_tax(line, {})}
    assert taxed == {
        "layer", "idle_tools", "resent", "duplicate", "moderation", "guard", "judge", "retry", "refusal", "hedge",
    }  # fmt: skip


def test_a_line_can_be_moved_by_its_name_or_its_family():
    assert is_tax("system", {"system": True})
    assert not is_tax("layer:tone", {"layer": False})
    assert is_tax("layer:tone", {"layer": False, "layer:tone": True})
    assert family("tools:docs") == "tools"


def test_lines_of_bills_are_summed():
    assert sum_lines([CallBill({"task": 2}, {"answer": 1}), CallBill({"task": 3}, {})]) == {"task": 5, "answer": 1}


def test_a_bill_survives_being_plain_data():
    (bill,) = reading(call(user("q"), usage=usage(9, 4))).bill
    assert CallBill.from_json(bill.to_json()) == bill


def test_embedded_text_is_task():
    embedded = Call(
        "openai", "embeddings", kind="embedding", model="e", messages=(user(words(0, 5)),), usage=usage(5, 0)
    )
    (bill,) = reading(embedded).bill
    assert (dict(bill.input), dict(bill.output)) == ({"task": 5}, {})


def test_assistant_text_that_was_never_answered_is_context():
    assert billed(call(assistant("a b"), user("q"), usage=usage(3))) == [{"context": 2, "task": 1}]
