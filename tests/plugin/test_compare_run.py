"""`altax compare` over runs of a suite."""

import json
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from pytest_altax.cli import main

TEST = """
import pytest
from app import ask
from prompt import SYSTEM, VERB

@pytest.mark.parametrize("thing", ["door", "stairs", "keys"])
def test_find(thing):
    ask(f"{VERB} the {thing}?", system=SYSTEM)
"""
LIMIT = '[tool.pytest-altax.budget]\ninput_tokens = { max-increase = "5%" }\n'


@pytest.fixture
def runs(suite, monkeypatch):
    """A suite with two runs: base.jsonl, and altax-results.jsonl after its system prompt has grown."""
    monkeypatch.chdir(suite.path)
    suite.config(LIMIT)
    suite.write("prompt.py", "SYSTEM, VERB = 'You are a careful assistant of a small shop.', 'Where is'\n")
    suite.write("test_shop.py", TEST)
    suite.record()
    shutil.copy("altax-results.jsonl", "base.jsonl")
    suite.write("prompt.py", "SYSTEM, VERB = 'You are a careful assistant of a shop that sells doors.', 'Where is'\n")
    suite.run()
    return suite


def compare(*arguments):
    return CliRunner().invoke(main, ["compare", *arguments])


def test_a_run_beside_itself_did_not_move(runs):
    result = compare("base.jsonl", "base.jsonl")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "nothing moved")


def test_what_moved_is_told_with_its_line_and_reason(runs):
    result = compare("base.jsonl")
    assert "  system_tokens" in result.output
    assert "test_shop.py::test_find[door]  +" in result.output
    assert "(system prompt changed)" in result.output


def test_a_limit_that_is_not_kept_fails_both_verdicts(runs):
    result = compare("base.jsonl")
    assert result.exit_code == 1
    assert "project: fail\n  input_tokens " in result.output
    assert " is above its budget of +5% (" in result.output
    assert "patch: fail" in result.output


def test_the_patch_is_judged_over_the_tests_that_moved_alone(runs):
    test = TEST.replace(
        "system=SYSTEM", "system=SYSTEM if thing == 'door' else 'You are a careful assistant of a small shop.'"
    )
    runs.write("test_shop.py", test)
    runs.config('[tool.pytest-altax.budget]\ninput_tokens = { max-increase = "9%" }\n')
    runs.run()
    found = json.loads(compare("base.jsonl", "--format=json").output)
    assert (found["project"]["verdict"], found["patch"]["verdict"]) == ("pass", "pass")
    assert [one["id"] for one in found["tests"]] == ["test_shop.py::test_find[door]"]
    project, patch = (found[name]["limits"][0]["base"] for name in ("project", "patch"))
    assert project > 2 * patch


def test_a_baseline_file_and_a_revision_compare_as_a_run_does(runs):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    CliRunner().invoke(main, ["baseline", "update", "base.jsonl"])
    for arguments in (["init", "-q"], ["add", "altax-baseline.json"], [*identity, "commit", "-qm", "start"]):
        subprocess.run(["git", *arguments], cwd=runs.path, check=True)
    of_file, of_commit = (compare(name, "--format=json").output for name in ("altax-baseline.json", "HEAD"))
    assert json.loads(of_file)["metrics"] == json.loads(of_commit)["metrics"]
    assert json.loads(of_file)["metrics"] == json.loads(compare("base.jsonl", "--format=json").output)["metrics"]


@pytest.mark.parametrize(("name", "said"), [("nowhere", "'nowhere' is no file, and"), ("prompt.py", "not JSON")])
def test_what_is_no_run_is_named(runs, name, said):
    result = compare(name)
    assert result.exit_code == 2
    assert said in result.output


def test_a_refused_prompt_is_told_by_its_counts_and_goes_first(runs):
    results = runs.path / "altax-results.jsonl"
    rows = [json.loads(line) for line in (runs.path / "base.jsonl").read_text().splitlines()]
    for row in rows:
        if row.get("id", "").endswith("[keys]"):
            rate = next(one for one in row["measurements"] if one["metric"] == "refusal_rate")
            rate["samples"][0]["numerator"] = 1.0
    results.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = compare("base.jsonl").output.splitlines()
    assert "test_shop.py::test_find[keys]  0 tokens" in lines
    assert any(line.startswith("  refusal_rate 0/1 → 1/1  prompt ") for line in lines)


def edited(path, edit):
    """Rewrite each line of a results file."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        edit(row)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_what_is_stale_is_said_to_be_so(runs):
    runs.config("[tool.pytest-altax.budget]\nrefusal_rate = { max-increase = 0 }\n")
    lines = compare("base.jsonl").output.splitlines()
    assert "project: not measured" in lines
    assert "  the change of refusal_rate is not measured: stale" in lines


def test_the_expected_error_of_a_count_counts_as_it_does_in_the_run(runs):
    def doubt(row):
        for one in row.get("measurements", ()):
            if one["metric"] == "input_tokens":
                one["error"], one["basis"] = 500.0, "anchored"

    edited(runs.path / "altax-results.jsonl", doubt)
    result = compare("base.jsonl")
    assert (result.exit_code, "project: inconclusive" in result.output) == (0, True)


def test_an_answer_that_is_another_touches_no_test(runs):
    def refuse(row):
        for one in row.get("measurements", ()):
            if one["metric"] == "refusal_rate" and row["id"].endswith("[keys]"):
                one["samples"][0]["numerator"] = 1.0

    shutil.copy("base.jsonl", "altax-results.jsonl")
    edited(runs.path / "altax-results.jsonl", refuse)
    found = json.loads(compare("base.jsonl", "--format=json").output)
    assert found["patch"] == {"verdict": "no test was touched", "limits": []}


def test_a_test_that_asks_another_model_is_touched(runs):
    def upgrade(row):
        if row.get("id", "").endswith("[keys]"):
            row["models"] = ["gpt-4.1"]

    shutil.copy("base.jsonl", "altax-results.jsonl")
    edited(runs.path / "altax-results.jsonl", upgrade)
    assert json.loads(compare("base.jsonl", "--format=json").output)["patch"]["verdict"] == "pass"


def test_what_both_verdicts_say_is_said_once(runs):
    assert compare("base.jsonl").output.count("is above its budget") == 1


def test_a_metric_that_is_not_known_here_is_left_alone(runs):
    CliRunner().invoke(main, ["baseline", "update", "altax-results.jsonl"])
    path = runs.path / "altax-baseline.json"
    path.write_text(path.read_text().replace('"metrics": [', '"metrics": ["mood", '))
    assert compare("altax-baseline.json", "altax-baseline.json").exit_code == 0


def test_a_partial_run_is_named_as_one(runs):
    runs.run("-k", "keys")
    assert "altax-results.jsonl is a part of its suite: 2 tests were deselected by -k" in compare("base.jsonl").output
