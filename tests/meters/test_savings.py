"""What would go away: tools nobody calls, messages sent again, a start that misses the cache."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meter_makers import Choice, ToolCall, assistant, call, reading, system, usage, user, words

from pytest_altax.meters.base import Price
from pytest_altax.meters.savings import (
    Saving,
    ServerUse,
    ToolUse,
    call_savings,
    merged,
    servers,
    tool_uses,
    unused_tools,
)
from pytest_altax.records import Call, Message, Tool

PRICES = {"m": Price(input=10.0, output=0.0, cached=1.0)}
SEARCH = Tool("mcp__hub__search", words(0, 10), server="hub", path="tools[0]")
ISSUES = Tool("mcp__hub__issues", words(20, 20), server="hub", path="tools[1]")
OWN = Tool("own", words(50, 30), path="tools[2]")
TOOLS = (SEARCH, ISSUES, OWN)


def at(place: str, one: Message) -> Message:
    return dataclasses.replace(
        one, parts=tuple(dataclasses.replace(part, path=f"{place}.content") for part in one.parts)
    )


def asked(tokens: int = 100, name: str | None = None, **fields) -> Call:
    choices = (Choice(text="fine", tool_calls=(ToolCall(name),) if name else ()),)
    given = {"model": "m", "tools": TOOLS, "usage": usage(tokens), "choices": choices, **fields}
    return call(user("q"), **given)


def test_each_tool_is_counted_in_every_request_that_carries_it():
    uses = tool_uses(reading(asked(), asked(), prices=PRICES))
    assert [(use.name, use.tokens, use.calls, use.called) for use in uses] == [
        ("mcp__hub__search", 24, 2, False), ("mcp__hub__issues", 48, 2, False), ("own", 74, 2, False),
    ]  # fmt: skip
    assert [use.tokens - use.template for use in uses] == [20, 40, 60]
    assert [use.usd for use in uses] == pytest.approx([24e-5, 48e-5, 74e-5])


def test_the_tools_of_a_request_share_out_their_lines():
    given = reading(asked(name="own"))
    tokens = {use.called: use.tokens for use in tool_uses(given) if use.called}
    assert tokens == {True: given.bill[0].input["tools"]}
    assert sum(use.tokens for use in tool_uses(given) if not use.called) == given.bill[0].input["idle_tools"]


def test_a_tool_called_once_is_called():
    uses = tool_uses(reading(asked(name="own"), asked()))
    assert {use.name for use in uses if use.called} == {"own"}


def test_a_tool_that_the_app_reported_is_called():
    assert any(use.called for use in tool_uses(reading(asked(), tools_called=frozenset({"own"}))))


def test_the_tools_of_one_server_stand_together():
    assert servers(tool_uses(reading(asked(name="mcp__hub__search"), prices=PRICES))) == (
        ServerUse(None, 1, 0, 37, pytest.approx(37e-5)),
        ServerUse("hub", 2, 1, 36, pytest.approx(36e-5)),
    )


def test_a_server_that_the_provider_asks_itself_stands_under_its_name():
    (use,) = tool_uses(reading(call(user("q"), model="m", mcp_servers=("big",), usage=usage(901))))
    assert use == ToolUse("big", 900, "", "big", called=True)


def test_tools_never_called_are_one_saving_a_server_with_their_places():
    uses = tool_uses(reading(asked(), prices=PRICES))
    hub, own = unused_tools(uses, called=())
    assert (hub.place, hub.tokens, hub.server) == ("tools[0-1]", 36, "hub")
    assert hub.names == ("mcp__hub__search", "mcp__hub__issues")
    assert (own.place, own.names, own.usd) == ("tools[2]", ("own",), pytest.approx(37e-5))


def test_a_tool_called_anywhere_in_the_run_is_no_saving():
    uses = tool_uses(reading(asked()))
    assert [one.names for one in unused_tools(uses, {"own", "mcp__hub__search"})] == [("mcp__hub__issues",)]


def test_the_template_for_tools_goes_only_with_the_last_of_them():
    uses = (ToolUse("a", 50, "tools[0]", usd=5.0, template=20), ToolUse("b", 70, "tools[1]", usd=7.0, template=30))
    (both,) = unused_tools(uses, called=())
    (one,) = unused_tools(uses, called={"b"})
    assert (both.tokens, both.usd) == (120, 12.0)
    assert (one.tokens, one.usd) == (30, pytest.approx(3.0))


def test_the_template_goes_where_no_tool_is_left_though_other_requests_keep_theirs():
    given = reading(asked(name="own"), asked(tools=(SEARCH, ISSUES)), asked(tools=(SEARCH, ISSUES)))
    idle = [bill.input["idle_tools"] for bill in given.bill]
    (saving,) = unused_tools(tool_uses(given), called=())
    assert (saving.tokens, saving.calls) == (30 + idle[1] + idle[2], 3)
    assert idle[0] > 30


@pytest.mark.parametrize("billed", [7, 40])
def test_no_saving_is_more_than_the_whole_input(billed):
    (use,) = tool_uses(reading(asked(billed, tools=(OWN,))))
    assert use.tokens == min(billed, 39)
    again = call_savings(reading(*talk(usage=usage(3))))[1]
    assert [one.tokens for one in again] == [3]


def test_a_tool_called_in_another_session_alone_stands_on_the_idle_line_of_its_own():
    uses = tool_uses(reading(asked(40, "own", tools=(OWN,), session="a"), asked(40, tools=(OWN,), session="b")), (1,))
    assert [(use.tokens, use.called) for use in uses] == [(39, True)]


def test_cached_schemas_save_the_cached_rate_only():
    (use,) = tool_uses(reading(asked(40, tools=(OWN,), usage=usage(40, cached=39)), prices=PRICES))
    assert use.usd == pytest.approx(39 * 1e-6)


def talk(**fields) -> tuple[Call, Call]:
    first = [at("messages[0]", user("a b c"))]
    later = [*first, at("messages[1]", assistant("d e")), at("messages[2]", user("f"))]
    given = {"model": "m", "usage": usage(6), **fields}
    return call(*first, answer="d e", **given), call(*later, answer="g", **given)


def test_a_transcript_is_saved_with_its_place_and_price():
    first, second = call_savings(reading(*talk(), prices=PRICES))
    assert first == ()
    assert second == (Saving("transcript", "messages[0-1]", 5, pytest.approx(5e-5), call=1),)


def test_without_a_price_tokens_alone_are_told():
    assert call_savings(reading(*talk()))[1][0].usd is None


def test_the_transcript_of_a_judge_is_no_saving():
    first, second = talk()
    assert call_savings(reading(first, dataclasses.replace(second, tag="judge")))[1] == ()


def broken(**fields) -> tuple[Call, Call]:
    rules = words(100, 1100)
    first = call(at("messages[0]", system(f"1 {rules}")), user("q"), model="m", answer="a", usage=usage(1102))
    later = (at("messages[0]", system(f"2 {rules}")), user("q"), assistant("a"), user("r"))
    return first, call(*later, model="m", usage=usage(1104, **fields))


def test_a_mended_cache_break_saves_the_difference_of_the_rates():
    saving = call_savings(reading(*broken(), prices=PRICES))[1][-1]
    assert (saving.kind, saving.place, saving.tokens) == ("cache_break", "messages[0].content", 1101)
    assert saving.usd == pytest.approx(1101 * 9e-6)


def test_tokens_written_to_the_cache_cost_what_writing_costs():
    prices = {"m": Price(10.0, 0.0, 1.0, cache_write=12.5)}
    saving = call_savings(reading(*broken(cache_write=1000), prices=prices))[1][-1]
    assert saving.usd == pytest.approx((1000 * 12.5 + 101 * 10 - 1101) * 1e-6)


def test_the_dearest_saving_comes_first_and_those_of_one_kind_are_added_up():
    small = Saving("transcript", "messages[0]", 10, 0.1, call=1)
    large = Saving("transcript", "messages[3]", 30, 0.3, call=4)
    tools = Saving("idle_tools", "tools[0]", 5, 0.9, names=("x",))
    assert merged((small, large, tools)) == (tools, Saving("transcript", "messages[3]", 40, 0.4, calls=2, call=4))


@given(st.lists(st.tuples(st.booleans(), st.integers(20, 200)), min_size=1, max_size=5))
def test_what_is_saved_of_tools_never_exceeds_their_lines(calls):
    given = reading(*(asked(tokens, "own" if called else None) for called, tokens in calls))
    billed = sum(bill.input.get(line, 0) for bill in given.bill for line in ("tools", "idle_tools"))
    assert sum(use.tokens for use in tool_uses(given)) <= billed
