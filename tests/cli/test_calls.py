"""`altax calls` prints what was recorded: one row a call, stable fields, the ledger if asked for."""

import dataclasses
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
    assert end == "2 calls, 2 billed: 180 input (128 cached), 24 output tokens"


def test_a_table_leaves_out_the_columns_that_say_nothing(tree):
    shown = "file index provider endpoint model status stop input output cached reasoning total msgs"
    assert calls(tree).stdout.splitlines()[0].split() == shown.split()


def test_columns_that_every_table_has_stand_there_empty(tmp_path):
    failed = dataclasses.replace(call(), response=Response(500, (), b""))
    (tmp_path / "one.json").write_bytes(cassette.dump([failed], {}))
    head, _, end = calls(tmp_path).stdout.splitlines()
    shown = "file index provider endpoint model status input output msgs"
    assert head.split() == shown.split()
    assert end == "1 call, 0 billed: 0 input (0 cached), 0 output tokens"


@pytest.mark.parametrize(("columns", "width"), [("130", 130), ("40", None), ("500", None)])
def test_the_name_of_a_file_is_cut_so_that_rows_fit_the_terminal(tree, monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    name = (tree / "one.json").rename(tree / f"{'long' * 25}.json")
    head, row, *_ = calls(tree).stdout.splitlines()
    file = row.split("  ")[0]
    assert max(len(head), len(row)) == width or width is None
    assert (len(file) == 16 and file.startswith("…")) or columns != "40"
    assert file == name.as_posix() or columns != "500"


def test_the_table_tells_the_ledger_below_each_call(tree):
    assert calls(tree, "--ledger").stdout.count("    in task 2 · framing 88 | out answer 2 · reasoning 5 · ") == 2


def test_the_foot_sums_the_lines_and_the_dollars(tree):
    lines, end = calls(tree, "--ledger").stdout.splitlines()[-2:]
    assert lines.startswith("  framing 176 · ")
    assert lines.endswith(" · $0.0005")
    assert end.startswith("2 calls, 2 billed")


def test_the_foot_says_what_has_no_price(tree):
    (tree / "two.json").write_bytes(cassette.dump([call(model="local-llm", answered_by="local-llm")], {}))
    assert calls(tree, "--ledger").stdout.splitlines()[-2].endswith(" · $0.0005, 1 call without a price")


def test_dollars_in_json_have_ten_digits_at_most(broken):
    ledger = broken[1]["ledger"]
    amounts = [*ledger["usd"].values(), *(one["usd"] for one in (*ledger["savings"], *ledger["tools"]))]
    assert amounts
    assert all(amount == float(f"{amount:.10g}") for amount in amounts)


def test_the_saving_of_tools_that_are_all_idle_is_their_whole_line(broken):
    (idle,) = (one for one in broken[1]["ledger"]["savings"] if one["kind"] == "idle_tools")
    line = broken[1]["ledger"]["input"]["idle_tools"]
    assert idle["tokens"] == line == sum(one["tokens"] for one in broken[1]["ledger"]["tools"])


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
    assert result.stderr.startswith(f"left out: {tree}/broken.json: Expecting value: line 1 column 40")
    assert result.exit_code == 0


def test_what_is_left_out_is_told_in_a_short_line_without_the_formats_that_are_read(tree):
    keys = ", ".join(f'"{"key" * 9}{number}": 0' for number in range(90))
    (tree / "other.json").write_text(f'{{"requests": 1, {keys}}}')
    (line,) = calls(tree, "--format", "jsonl").stderr.splitlines()
    lead = f"left out: {tree}/other.json: "
    assert line.startswith(lead)
    assert len(line) <= len(lead) + 160
    assert "what is read" not in line


def test_where_nothing_is_recorded_that_is_said(tmp_path):
    result = calls(tmp_path)
    assert result.exit_code == 2
    assert "no recordings in" in result.stderr


def test_a_file_named_that_cannot_be_read_is_an_error(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    result = calls(path)
    assert result.exit_code == 2
    assert f"{path} holds no recording" in result.stderr
    assert "delete" not in result.stderr


def test_a_recording_named_that_is_damaged_is_told_how_to_mend(tmp_path):
    path = tmp_path / "broken.json"
    path.write_text('{"altax-cassette": 2, "interactions": [}')
    result = calls(path)
    assert result.exit_code == 2
    assert "to fix: " in result.stderr


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
    assert second["tokens"] == 90 - 64
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


def test_the_table_tells_savings_below_the_lines_and_no_break_that_costs_nothing(broken, tmp_path):
    assert broken[1]["ledger"]["cache_break"]["note"]
    shown = calls(tmp_path, "--ledger").stdout
    assert "cache break" not in shown
    assert "    save up to " in shown


def test_the_table_tells_a_cache_break_once_with_its_dollars(tmp_path):
    rules = " ".join(f"rule {number}" for number in range(900))
    held = [asks(f"At 12:01. {rules}", "Why?"), asks(f"At 12:02. {rules}", "Why?", "Because.", "And?")]
    usage = {"prompt_tokens": 2000, "completion_tokens": 2, "total_tokens": 2002}
    for place, one in enumerate(held):
        body = {**json.loads(one.response.body), "usage": usage}
        held[place] = Recording(one.request, Response(200, one.response.headers, json.dumps(body).encode()))
    (tmp_path / "one.json").write_bytes(cassette.dump(held, {}))
    shown = calls(tmp_path, "--ledger").stdout
    (line,) = (line for line in shown.splitlines() if "12:02" in line)
    assert line.startswith("    cache break: call 1: messages[0].content changed since call 0 (")
    assert "tokens behind it, up to $0.00" in line
    assert "from the cache" not in shown
