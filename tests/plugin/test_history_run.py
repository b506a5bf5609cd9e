"""`altax history add` after runs of a suite."""

import json

from click.testing import CliRunner

from pytest_altax.cli import main

TEST = "from app import ask\n\ndef test_door():\n    ask('Where is the door?')\n"


def add(*arguments):
    return CliRunner().invoke(main, ["history", "add", *arguments])


def test_each_run_is_appended_once(suite, monkeypatch):
    monkeypatch.chdir(suite.path)
    suite.write("test_shop.py", TEST)
    suite.record()
    assert add().output == "altax-history.jsonl: 1 run\n"
    assert add().output == "altax-history.jsonl: this run stands there already\n"
    [row] = [json.loads(line) for line in (suite.path / "altax-history.jsonl").read_text().splitlines()]
    assert (row["tests"], row["metrics"]["calls"]) == (1, 1)


def test_a_line_that_was_left_unfinished_stays_apart(suite, monkeypatch):
    monkeypatch.chdir(suite.path)
    suite.write("test_shop.py", TEST)
    suite.record()
    add()
    path = suite.path / "altax-history.jsonl"
    path.write_text(path.read_text().rstrip("\n").replace("2026", "2025"))
    add()
    assert len(path.read_text().splitlines()) == 2


def test_a_partial_run_is_not_added(suite, monkeypatch):
    monkeypatch.chdir(suite.path)
    suite.write("test_shop.py", TEST + "\ndef test_stairs():\n    ask('Where are the stairs?')\n")
    suite.record()
    suite.run("-k", "door")
    result = add()
    assert (result.exit_code, "this run is partial" in result.output) == (2, True)
