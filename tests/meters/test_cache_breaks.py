"""Cache breaks are named by place and tokens, and what merely goes on, or is another matter, raises no alarm."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meter_makers import Part, PartKind, assistant, call, message, reading, system, tool, usage, user, words

from pytest_altax.meters.cachebreaks import CacheBreak
from pytest_altax.records import Call, Message, Tool

RULES = words(0, 60)
BIG = words(100, 1100)
TOOLS = (tool("a", f"a {words(200, 20)}"), tool("b", f"b {words(300, 20)}"), tool("c", f"c {words(400, 20)}"))


def placed(given: Call) -> Call:
    """The call with the paths that a provider module would give."""
    messages = tuple(
        dataclasses.replace(one, parts=tuple(dataclasses.replace(p, path=f"messages[{n}].content") for p in one.parts))
        for n, one in enumerate(given.messages)
    )
    tools = tuple(dataclasses.replace(one, path=f"tools[{n}]") for n, one in enumerate(given.tools))
    return dataclasses.replace(given, messages=messages, tools=tools)


def breaks(*calls: Call, **fields) -> dict[int, CacheBreak]:
    placed_calls = [placed(one) for one in calls]
    billed = [one if one.usage else dataclasses.replace(one, usage=usage(5000)) for one in placed_calls]
    return dict(reading(*billed, **fields).cache_breaks)


def first(start: str = RULES, **fields) -> Call:
    return call(system(start), user("one two"), **{"answer": "three", **fields})


def second(start: str = RULES, **fields) -> Call:
    return call(system(start), user("one two"), assistant("three"), user("four"), **fields)


def test_a_time_in_the_system_prompt_is_named_with_what_stands_behind_it():
    found = breaks(first(f"now 12:01 {RULES}"), second(f"now 12:02 {RULES}"))
    assert list(found) == [1]
    assert (found[1].earlier, found[1].place, found[1].change) == (0, "messages[0].content", "changed")
    assert found[1].tokens == 60 + 2
    assert "12:01" in found[1].detail
    assert "12:02" in found[1].detail


def test_tools_in_another_order_are_named():
    found = breaks(first(tools=TOOLS), second(tools=(TOOLS[0], TOOLS[2], TOOLS[1])))
    assert (found[1].place, found[1].change, found[1].detail) == ("tools[1]", "reordered", "c stands where b stood")
    assert found[1].tokens == 21 + 21 + 60 + 2


def test_an_added_tool_is_named():
    found = breaks(first(tools=TOOLS[1:]), second(tools=TOOLS))
    assert (found[1].place, found[1].change, found[1].detail) == ("tools[0]", "added", "a")


def test_a_dropped_tool_is_named_by_its_place_in_the_earlier_request():
    found = breaks(first(tools=TOOLS), second(tools=(TOOLS[0], TOOLS[2])))
    assert (found[1].place, found[1].change, found[1].detail) == ("tools[1]", "dropped", "b")


def test_a_changed_schema_is_named():
    found = breaks(first(tools=TOOLS), second(tools=(tool("a", f"a now {words(200, 20)}"), *TOOLS[1:])))
    assert (found[1].place, found[1].change) == ("tools[0]", "changed")


def test_another_provider_has_a_cache_of_its_own():
    other = dataclasses.replace(second(model="claude-x"), provider="anthropic")
    assert breaks(first(), other) == {}


def test_no_more_tokens_are_lost_than_were_not_read_from_the_cache():
    found = breaks(first(f"now 12:01 {RULES}"), second(f"now 12:02 {RULES}", usage=usage(40)))
    assert found[1].tokens == 40


def test_another_model_in_one_conversation_is_named():
    found = breaks(first(), second(model="gpt-4o-mini"))
    assert (found[1].place, found[1].detail, found[1].tokens) == ("model", "gpt-4o → gpt-4o-mini", 62)


def test_a_message_dropped_from_the_start_of_a_conversation_is_named():
    long = call(user("a b"), assistant("c"), user("d e"), assistant("f"), user("g h"))
    cut = call(user("d e"), assistant("f"), user("g h"), assistant("i"), user("j"))
    found = breaks(long, cut)
    assert (found[1].place, found[1].change, found[1].tokens) == ("messages[0].content", "dropped", 5)


def test_only_the_call_that_changes_something_is_named():
    third = call(*second(f"now 12:02 {RULES}").messages, assistant("five"), user("six"))
    assert list(breaks(first(f"now 12:01 {RULES}"), second(f"now 12:02 {RULES}"), third)) == [1]


def test_a_time_that_changes_between_single_questions_is_named_where_enough_stands_behind_it():
    found = breaks(call(system(f"at 1 {RULES}"), user("q")), call(system(f"at 2 {RULES}"), user("r")))
    assert found[1].tokens == 60
    assert not breaks(call(system("at 1 be kind"), user("q")), call(system("at 2 be kind"), user("r")))


def test_a_time_at_the_end_of_the_system_prompt_costs_single_questions_nothing():
    assert not breaks(call(system(f"{RULES} at 1"), user("q")), call(system(f"{RULES} at 2"), user("r")))


UNRELATED = {
    "a call that only adds": (first(), second()),
    "another conversation under the same prompt": (first(), call(system(RULES), user("x"), assistant("y"), user("z"))),
    "another prompt with the same question": (first(), call(system(words(700, 60)), *second().messages[1:])),
    "samples of one prompt": (first(), first(seed=7)),
    "a judge": (first(f"1 {RULES}"), second(f"2 {RULES}", tag="judge")),
    "a conversation that the provider keeps": (first(f"1 {RULES}"), second(f"2 {RULES}", previous_response_id="r")),
    "a moderation": (first(f"1 {RULES}"), second(f"2 {RULES}", kind="moderation")),
    "another session": (first(f"1 {RULES}"), second(f"2 {RULES}", session="other")),
    "a failed call before": (first(f"1 {RULES}", answer=None, status=500, error="x"), second(f"2 {RULES}")),
}


@pytest.mark.parametrize("name", UNRELATED)
def test_no_alarm_is_raised_by(name):
    calls = [dataclasses.replace(one, usage=usage(200) if one.status == 200 else None) for one in UNRELATED[name]]
    assert not reading(*map(placed, calls)).cache_breaks


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(0, 3))
def test_a_conversation_that_only_grows_raises_no_alarm(turns, tools):
    talk: list[Message] = [system(RULES)]
    calls = []
    for number, turn in enumerate(turns):
        talk.append(user(f"q{turn}"))
        calls.append(call(*talk, tools=TOOLS[:tools], answer=f"a{number}"))
        talk.append(assistant(f"a{number}"))
    assert not breaks(*calls)


def test_tokens_that_the_provider_served_from_its_cache_are_not_missing():
    served = second(f"now 12:02 {RULES}", usage=usage(100, cached=90))
    assert not breaks(first(f"now 12:01 {RULES}"), served)


def test_a_prompt_too_short_to_be_cached_says_so():
    assert breaks(first(f"1 {RULES}"), second(f"2 {RULES}"))[1].note == (
        "below the 1,024 tokens from which prompts are cached"
    )
    assert breaks(first(f"1 {BIG}"), second(f"2 {BIG}"))[1].note is None


def marked(role: str, text: str, cache: bool) -> Message:
    return Message(role, (Part(PartKind.TEXT, text, cache=cache),))


def claude(*messages: Message, **fields) -> Call:
    return dataclasses.replace(call(*messages, **fields), provider="anthropic", endpoint="messages", model="claude-x")


def test_without_a_breakpoint_anthropic_caches_nothing_and_the_break_says_so():
    found = breaks(
        claude(system(f"1 {BIG}"), user("q")), claude(system(f"2 {BIG}"), user("q"), assistant("a"), user("r"))
    )
    assert found[1].note == "no breakpoint asks for the cache"


def test_a_breakpoint_that_moves_along_is_no_break():
    start = claude(marked("system", BIG, True), marked("user", "q", True))
    later = claude(marked("system", BIG, True), user("q"), assistant("a"), marked("user", "r", True))
    assert not breaks(start, later)


def test_a_breakpoint_that_moves_before_what_was_written_is_named():
    start = claude(system(BIG), marked("user", "q", True))
    later = claude(marked("system", BIG, True), user("q"), assistant("a"), user("r"))
    found = breaks(start, later)
    assert (found[1].place, found[1].change, found[1].tokens) == ("messages[1].content", "moved", 1101)


def test_a_breakpoint_too_far_behind_is_named():
    start = claude(marked("system", BIG, True), user("q"))
    talk = [message("assistant" if n % 2 else "user", f"m{n}") for n in range(1, 23)]
    later = claude(system(BIG), user("q"), *talk, marked("user", "end", True))
    assert breaks(start, later)[1].place == "messages[0].content"


@pytest.mark.parametrize("setting", ["tool_choice", "thinking"])
def test_a_setting_after_which_anthropic_drops_the_messages_is_named(setting):
    start = claude(marked("system", BIG, True), user("q"), settings={setting: {"type": "any"}})
    later = claude(marked("system", BIG, True), user("q"), assistant("a"), marked("user", "r", True))
    assert (breaks(start, later)[1].place, breaks(start, later)[1].tokens) == (setting, 1)


def test_a_tool_that_a_search_found_among_the_messages_is_no_change_of_the_start():
    found = Tool("x", words(500, 9), path="input[2].tools[0]")
    start = call(user("q"))
    parts = ((PartKind.TEXT, "q"), (PartKind.TOOL_CALL, "{}"), (PartKind.TEXT, "r"))
    places = ("input[0].content", "input[1]", "input[3].content")
    later = call(*(Message("user", (Part(kind, text, path=p),)) for (kind, text), p in zip(parts, places, strict=True)))
    calls = (start, dataclasses.replace(later, tools=(found,), usage=usage(50)))
    assert not reading(dataclasses.replace(start, usage=usage(5)), calls[1]).cache_breaks


def test_a_tool_that_waits_to_be_found_is_no_part_of_the_start():
    waiting = Tool("x", "", '{"defer_loading":true,"name":"x"}', path="tools[0]")
    assert not breaks(first(), second(tools=(waiting,)))
