"""Savings, cache breaks and tools by server, as a reader sees them."""

import dataclasses

from report_results import fresh_test

from pytest_altax.meters.cachebreaks import CacheBreak
from pytest_altax.meters.savings import Saving, ServerUse
from pytest_altax.report.terminal import table
from pytest_altax.report.thrift import cache_break, cache_breaks, savings, tools

IDLE = Saving("idle_tools", "tools[0-3]", 4120, 0.0103, names=("a", "b", "c", "d"), server="hub", test="t.py::x")
AGAIN = Saving("transcript", "messages[1-4]", 500)
MISSED = Saving("cache_break", "system[0].text", 2400, 0.0054, detail="changed: at 1 → at 2", test="t.py::x")
BREAK = CacheBreak(2, 1, "system[0].text", "changed", 2400, "at 1 → at 2")


def test_unused_tools_are_told_with_server_names_place_and_test():
    said = "save up to 4,120 tokens, $0.0103: tools of hub never called, a, b, c and 1 more (tools[0-3]; t.py::x)"
    assert savings([IDLE], 3) == [said]


def test_a_saving_without_a_price_tells_tokens_alone():
    assert savings([AGAIN], 3) == ["save up to 500 tokens: messages sent again (messages[1-4])"]


def test_what_could_come_from_the_cache_is_not_called_saved_tokens():
    said = "read up to 2,400 tokens from the cache, $0.0054 less: changed: at 1 → at 2 (system[0].text; t.py::x)"
    assert savings([MISSED], 3) == [said]


def test_no_more_savings_are_told_than_asked_for():
    assert len(savings([IDLE, AGAIN, MISSED], 2)) == 2


def test_a_cache_break_is_told_by_call_place_and_tokens():
    test = dataclasses.replace(fresh_test(), id="t.py::x", cache_breaks=(BREAK,))
    said = "cache break: t.py::x, call 2: system[0].text changed since call 1 (at 1 → at 2), 2,400 tokens behind it"
    assert list(cache_breaks([test], 5)) == [(said, True)]


def test_breaks_that_cost_nothing_are_not_told():
    free = dataclasses.replace(BREAK, call=1, tokens=9000, note="too short")
    test = dataclasses.replace(fresh_test(), cache_breaks=(free, BREAK))
    assert [text for text, _ in cache_breaks([test], 1)] == [f"cache break: {test.id}, {cache_break(BREAK)}"]


def test_a_break_tells_what_it_costs_where_that_is_known():
    assert cache_break(BREAK, 0.0054).endswith("2,400 tokens behind it, up to $0.0054")


def test_the_rest_of_many_breaks_is_counted():
    test = dataclasses.replace(fresh_test(), cache_breaks=(BREAK,) * 7)
    assert list(cache_breaks([test], 5))[-1] == ("  and 2 more cache breaks", False)


def test_tools_are_told_by_server_where_there_is_one():
    assert tools([ServerUse(None, 2, 1, 300)]) == ""
    both = [ServerUse("hub", 12, 1, 4120), ServerUse(None, 2, 2, 310)]
    assert tools(both) == "tools: hub 1 of 12 called, 4,120 · own 2 of 2 called, 310"


def test_hostile_names_are_made_harmless():
    evil = dataclasses.replace(IDLE, names=("\x1b[31mx",), server="a\nb", test="\u202e")
    assert "\x1b" not in savings([evil], 1)[0]
    assert "\n" not in savings([evil], 1)[0]
    test = dataclasses.replace(fresh_test(), cache_breaks=(dataclasses.replace(BREAK, detail="\x1b[2J"),))
    assert "\x1b" not in next(iter(cache_breaks([test], 1)))[0]


def test_the_table_shows_three_savings_below_the_run_and_the_breaks(results):
    run = dataclasses.replace(results.run, savings=(IDLE, MISSED, AGAIN, AGAIN))
    tests = (dataclasses.replace(fresh_test(), cache_breaks=(BREAK,)),)
    shown = [row.text for row in table(dataclasses.replace(results, run=run, tests=tests), 100, 0)]
    at = next(place for place, text in enumerate(shown) if text.startswith("run, "))
    assert sum("save up to" in text or "read up to" in text for text in shown[at:]) == 3
    assert any(text.startswith("cache break: ") for text in shown)
