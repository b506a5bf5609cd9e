"""What a user sees of savings and cache breaks: below the run, and in the results file."""

import json

import pytest

TOOLS = """
def tool(name):
    return {"type": "function", "function": {"name": name, "description": "Looks for it.", "parameters": {}}}

HUB = [tool("mcp__hub__search"), tool("mcp__hub__issues")]
"""
CHAT = f"""
from app import ask
{TOOLS}
RULES = " ".join(f"Rule {{n}} is to be kept." for n in range(40))

def test_chat():
    said = ask("Where is the door?", system="It is 12:01. " + RULES, tools=HUB)
    history = [{{"role": "user", "content": "Where is the door?"}}, {{"role": "assistant", "content": said}}]
    ask("And the stairs?", system="It is 12:02. " + RULES, history=history, tools=HUB)
"""
CALLED = f"""
from app import ask
{TOOLS}
def test_search(altax):
    ask("Where?", tools=HUB[:1])
    altax.tool_called("mcp__hub__search")
"""


def results(suite, **tests):
    for name, text in tests.items():
        suite.write(f"test_{name}.py", text)
    suite.record()
    shown = suite.run("--altax-report=jsonl").stdout.str()
    rows = [json.loads(line) for line in (suite.path / "altax-results.jsonl").read_text().splitlines()]
    return shown, {row.get("id", row["kind"]): row for row in rows}


def test_savings_stand_below_the_run_and_no_break_that_costs_nothing(suite):
    shown, _ = results(suite, chat=CHAT)
    assert "tools: hub 0 of 2 called" in shown
    assert (
        "tools of hub never called, mcp__hub__search, mcp__hub__issues (tools[0-1]; test_chat.py::test_chat)" in shown
    )
    assert "messages sent again (messages[1-2]; test_chat.py::test_chat)" in shown
    assert "cache break" not in shown


def test_a_cache_break_stands_below_the_run_with_the_tokens_of_its_saving(suite):
    shown, rows = results(suite, chat=CHAT.replace("range(40)", "range(240)"))
    (missed,) = (one for one in rows["run"]["savings"] if one["kind"] == "cache_break")
    (line,) = (line for line in shown.splitlines() if line.startswith("cache break: "))
    assert line.startswith("cache break: test_chat.py::test_chat, call 1: messages[0].content changed since call 0")
    assert f"{missed['tokens']:,} tokens behind it" in line


def test_savings_and_the_cache_break_stand_in_the_results_file(suite):
    _, rows = results(suite, chat=CHAT)
    test = rows["test_chat.py::test_chat"]
    assert {one["kind"] for one in test["savings"]} == {one["kind"] for one in rows["run"]["savings"]}
    assert {one["kind"] for one in test["savings"]} == {"idle_tools", "transcript"}
    assert [one["call"] for one in test["cache_breaks"]] == [1]
    assert [(one["server"], one["tools"]) for one in rows["run"]["servers"]] == [("hub", 2)]


def test_a_tool_that_another_test_calls_is_no_saving(suite):
    _, rows = results(suite, chat=CHAT, search=CALLED)
    (idle,) = (one for one in rows["run"]["savings"] if one["kind"] == "idle_tools")
    assert idle["names"] == ["mcp__hub__issues"]


def test_a_run_cut_short_cannot_say_that_a_tool_is_never_called(suite):
    results(suite, chat=CHAT, search=CALLED)
    shown = suite.run("-k", "chat").stdout.str()
    assert "never called" not in shown
    assert "messages sent again" in shown


def test_the_lines_of_each_test_and_of_the_run_have_dollars_that_sum_to_the_cost(suite):
    _, rows = results(suite, chat=CHAT, search=CALLED)
    tests = [row for row in rows.values() if row["kind"] == "test"]
    assert len(tests) == 2
    measured = [one for row in tests for one in row["measurements"] if one["metric"] == "cost_usd"]
    costs = [one["samples"][0]["numerator"] for one in measured]
    for row, cost in zip([*tests, rows["run"]], [*costs, sum(costs)], strict=True):
        assert cost > 0
        assert sum(line["usd"] for line in row["lines"]) == pytest.approx(cost, rel=1e-9)
