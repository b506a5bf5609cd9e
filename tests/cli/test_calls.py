"""`altax calls` prints what was recorded: one row a call, stable fields, the ledger if asked for."""

import json

import pytest
from click.testing import CliRunner

from pytest_altax.capture.recording import Recording
from pytest_altax.capture.storage import cassette
from pytest_altax.cli import main
from pytest_altax.cli.calls import FIELDS
from pytest_altax.records import Request, Response

URL = "https://api.openai.com/v1/chat/completions"
USAGE = {
    "prompt_tokens": 90,
    "completion_tokens": 12,
    "total_tokens": 102,
    "prompt_tokens_details": {"cached_tokens": 64},
    "completion_tokens_details": {"reasoning_tokens": 5},
}


def call(question="Why?", answer="Because.", answered_by="gpt-4o-2024-08-06", **more):
    sent = {"model": "gpt-4o", "messages": [{"role": "user", "content": question}], **more}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}
    body = {"object": "chat.completion", "model": answered_by, "choices": [choice], "usage": USAGE}
    response = Response(200, (("content-type", "application/json"),), json.dumps(body).encode())
    return Recording(Request("POST", URL, (), json.dumps(sent).encode()), response)


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "one.json").write_bytes(cassette.dump([call(), call("And?")], {}))
    (tmp_path / "package.json").write_text('{"name": "tower"}')
    return tmp_path


def calls(*arguments):
    return CliRunner().invoke(main, ["calls", *map(str, arguments)])


def rows(*arguments):
    result = calls(*arguments, "--format", "jsonl")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_row_has_the_fields_in_their_order(tree):
    first, second = rows(tree)
    assert tuple(first) == FIELDS
    assert [first["index"], second["index"]] == [0, 1]
    told = {name: first[name] for name in FIELDS if name not in ("file", "index")}
    assert told == {
        "provider": "openai", "endpoint": "chat", "model": "gpt-4o", "streaming": False, "status": 200,
        "stop_reason": "stop", "input_tokens": 90, "output_tokens": 12, "cached_tokens": 64, "reasoning_tokens": 5,
        "total_tokens": 102, "tools": 0, "messages": 1, "tool_calls": 0, "refusal": None,
    }  # fmt: skip


def test_the_ledger_of_a_row_sums_to_its_tokens(tree):
    for row in rows(tree, "--ledger"):
        assert sum(row["ledger"]["input"].values()) == row["input_tokens"]
        assert sum(row["ledger"]["output"].values()) == row["output_tokens"]


def test_the_ledger_of_a_row_tells_the_dollars_of_each_line(tree):
    # gpt-4o: 26 x 2.50 + 64 x 1.25 + 12 x 10 dollars a million
    for row in rows(tree, "--ledger"):
        assert set(row["ledger"]["usd"]) == {*row["ledger"]["input"], *row["ledger"]["output"]}
        assert sum(row["ledger"]["usd"].values()) == pytest.approx(265e-6)


def test_the_ledger_of_a_call_without_a_price_has_no_dollars(tmp_path):
    (tmp_path / "one.json").write_bytes(cassette.dump([call(model="local-llm", answered_by="local-llm")], {}))
    assert [row["ledger"]["usd"] for row in rows(tmp_path, "--ledger")] == [None]


def test_json_is_one_list_of_the_same_rows(tree):
    assert json.loads(calls(tree, "--format", "json").stdout) == rows(tree)


def test_a_table_has_a_line_a_call_and_their_number(tree):
    head, *lines, end = calls(tree).stdout.splitlines()
    assert head.split()[:3] == ["file", "index", "provider"]
    assert len(lines) == 2
    assert end == "2 calls"


def test_the_table_tells_the_ledger_below_each_call(tree):
    assert calls(tree, "--ledger").stdout.count("    task 2 · framing 88 · ") == 2


def test_the_layers_of_the_project_stand_in_the_ledger(tree):
    config = tree / "pyproject.toml"
    config.write_text("[tool.pytest-altax.layers]\nrule = { regex = 'Be kind' }\n")
    (tree / "one.json").write_bytes(cassette.dump([call("Be kind")], {}))
    [row] = rows(tree / "one.json", "--ledger", "--config", config)
    assert row["ledger"]["input"]["layer:rule"] == 2


def test_what_cannot_be_read_below_a_folder_is_named_and_left_out(tree):
    (tree / "broken.json").write_text('{"altax-cassette": 2, "interactions": [}')
    result = calls(tree, "--format", "jsonl")
    assert len(result.stdout.splitlines()) == 2
    assert "left out:" in result.stderr
    assert "broken.json" in result.stderr
    assert result.exit_code == 0


def test_where_nothing_is_recorded_that_is_said(tmp_path):
    result = calls(tmp_path)
    assert result.exit_code == 2
    assert "no recordings in" in result.stderr


def test_a_file_named_that_cannot_be_read_is_an_error(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    result = calls(path)
    assert result.exit_code == 2
    assert "notes.txt" in result.stderr


def test_hostile_names_are_made_harmless_in_the_table_and_kept_in_json(tree):
    model = "gpt\x1b[31m‮evil\ud800"
    (tree / "one.json").write_bytes(cassette.dump([call(**{"model": model})], {}))
    assert "\x1b" not in calls(tree).stdout
    assert "‮" not in calls(tree).stdout
    assert rows(tree)[0]["model"].startswith("gpt\x1b[31m")


TOOL = {"type": "function", "function": {"name": "mcp__hub__search", "parameters": {"type": "object"}}}
RULES = " ".join(f"rule {number}" for number in range(60))


def asks(rules, *talk):
    said = [{"role": role, "content": text} for role, text in zip(["user", "assistant", "user"], talk, strict=False)]
    return call(messages=[{"role": "system", "content": rules}, *said], tools=[TOOL])


@pytest.fixture
def broken(tmp_path):
    held = [asks(f"At 12:01. {RULES}", "Why?"), asks(f"At 12:02. {RULES}", "Why?", "Because.", "And?")]
    (tmp_path / "one.json").write_bytes(cassette.dump(held, {}))
    return rows(tmp_path, "--ledger")


def test_a_cache_break_stands_in_the_ledger_of_its_call(broken):
    first, second = (row["ledger"]["cache_break"] for row in broken)
    assert first is None
    assert (second["place"], second["change"], second["earlier"]) == ("messages[0].content", "changed", 0)
    assert second["tokens"] > 100
    assert broken[1]["ledger"]["cacheable"]["system"] < 10


def test_savings_and_the_tools_of_each_server_stand_in_the_ledger(broken):
    ledger = broken[1]["ledger"]
    assert {one["kind"]: one["place"] for one in ledger["savings"]} == {
        "idle_tools": "tools[0]", "transcript": "messages[1-2]",
    }  # fmt: skip
    assert all(one["tokens"] > 0 and one["usd"] > 0 for one in ledger["savings"])
    assert [(one["server"], one["tools"], one["called"]) for one in ledger["tools"]] == [("hub", 1, 0)]


def test_a_tool_that_the_file_calls_later_is_no_saving(tmp_path):
    called = {"id": "c", "type": "function", "function": {"name": "mcp__hub__search", "arguments": "{}"}}
    answer = asks(RULES, "Why?")
    body = json.loads(answer.response.body)
    body["choices"][0]["message"] = {"role": "assistant", "content": None, "tool_calls": [called]}
    last = Recording(answer.request, Response(200, answer.response.headers, json.dumps(body).encode()))
    (tmp_path / "one.json").write_bytes(cassette.dump([asks("Be kind.", "And?"), last], {}))
    assert all(not row["ledger"]["savings"] for row in rows(tmp_path, "--ledger"))


def test_the_table_tells_cache_breaks_and_savings_below_the_lines(broken, tmp_path):
    shown = calls(tmp_path, "--ledger").stdout
    assert "    cache break: call 1: messages[0].content changed since call 0 (" in shown
    assert "    save up to " in shown
