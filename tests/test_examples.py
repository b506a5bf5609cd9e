"""The shipped examples, run as a user runs them: offline, without a key, green as they are and red when changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
# Loading every plugin that is installed takes as long as the tests; the examples as shipped are run with all of them
ALTAX_ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_altax.plugin"}
SILENT = {"http_proxy", "https_proxy", "OPENAI_API_KEY", "OPENAI_BASE_URL", "CI", "GITHUB_ACTIONS", "SUPPORT_BOT_MODEL"}
NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        raise AssertionError(f"a socket was opened: {arguments[1]}")

sys.addaudithook(refuse)
"""


def run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`pytest --altax` in a folder, without keys and with every connection forbidden."""
    environment = {name: value for name, value in os.environ.items() if name not in SILENT} | {"COLUMNS": "150"}
    (folder / "no_network.py").write_text(NO_NETWORK)
    command = [sys.executable, "-m", "pytest", "--altax", "-p", "no_network", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, env=environment | variables, capture_output=True, text=True, check=False)


def copy(name: str, folder: Path) -> Path:
    """A copy of an example that a test may change."""
    ignored = shutil.ignore_patterns("__pycache__", "altax-results.jsonl", ".pytest_cache")
    return Path(shutil.copytree(EXAMPLES / name, folder / name, ignore=ignored))


def rows(folder: Path) -> list[dict]:
    """The rows of the results file."""
    return [json.loads(line) for line in (folder / "altax-results.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def green(tmp_path_factory):
    folder = copy("support_bot", tmp_path_factory.mktemp("green"))
    return folder, run(folder)


@pytest.fixture(scope="module")
def red(tmp_path_factory):
    folder = copy("support_bot", tmp_path_factory.mktemp("red"))
    guardrail = folder / "prompts" / "guardrail.md"
    longer = (folder / "prompts" / "proposed.md").read_text(encoding="utf-8")
    guardrail.write_text(guardrail.read_text(encoding="utf-8") + longer, encoding="utf-8")
    return folder, run(folder, **ALTAX_ALONE)


def test_the_support_bot_is_green_as_it_is_shipped(green):
    _, result = green
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed in " in result.stdout


def test_every_token_of_the_support_bot_stands_on_one_line(green):
    folder, _ = green
    *_, the_run = rows(folder)
    total = next(one["value"] for one in the_run["estimates"] if one["metric"] == "total_tokens")
    assert sum(line["tokens"] for line in the_run["lines"]) == total


def test_a_guardrail_300_tokens_longer_turns_the_build_red(red):
    _, result = red
    assert result.returncode == 1, result.stdout + result.stderr


def test_the_red_build_names_a_test_and_the_budget_it_broke(red):
    _, result = red
    assert "FAILED tests/test_scary.py::test_a_harmless_question_gets_an_answer[shoot] - " in result.stdout
    assert "is above its budget of 600" in result.stdout


def test_the_red_build_names_the_budget_of_the_run_and_its_line(red):
    folder, result = red
    lines = (folder / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("tax_ratio"))
    assert "FAILED pyproject.toml::altax[tax_ratio] - " in result.stdout
    assert f"set in pyproject.toml [tool.pytest-altax.budget] tax_ratio = 0.60 (line {line})" in result.stdout


def test_the_red_build_gives_old_and_new_numbers_and_the_reason(red, green):
    (red_folder, result), (green_folder, _) = red, green
    now = {line["name"]: line for line in rows(red_folder)[-1]["lines"]}["layer:guardrail"]
    before = {line["name"]: line for line in rows(green_folder)[-1]["lines"]}["layer:guardrail"]
    assert now["was"] == before["tokens"]
    assert 250 <= (now["tokens"] - now["was"]) / 24 <= 350
    assert f"guardrail {now['was']:,} → {now['tokens']:,}" in result.stdout
    assert "(layer guardrail changed)" in result.stdout


def test_answers_of_changed_calls_are_not_measured_and_say_so(red):
    folder, result = red
    *tests, the_run = rows(folder)[1:]
    stale = [test for test in tests if test.get("stale")]
    assert len(stale) == len(tests)
    for test in stale:
        refusals = [one for one in test["measurements"] if one["metric"] in ("refusal_rate", "harmful_compliance_rate")]
        assert all("stale" in one["skipped"] and not one.get("samples") for one in refusals)
        assert all(call["changes"] == ["layer guardrail changed"] for call in test["stale"])
    assert "refusal_rate]  is not measured: stale" in result.stdout
    assert the_run["stale"] == sum(len(test["stale"]) for test in stale)


def test_an_edited_guardrail_is_still_billed_as_it_was_recorded(green, tmp_path):
    folder = copy("support_bot", tmp_path)
    guardrail = folder / "prompts" / "guardrail.md"
    guardrail.write_text(guardrail.read_text(encoding="utf-8").replace("customer", "client"), encoding="utf-8")
    assert run(folder, **ALTAX_ALONE).returncode == 0
    now = {line["name"]: line for line in rows(folder)[-1]["lines"]}["layer:guardrail"]
    before = {line["name"]: line for line in rows(green[0])[-1]["lines"]}["layer:guardrail"]
    assert now.get("was", now["tokens"]) == before["tokens"]


def test_the_quickstart_is_green_as_it_is_shipped(tmp_path):
    result = run(copy("quickstart", tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_cassette_of_an_example_holds_a_key_or_a_path():
    for cassette in EXAMPLES.rglob("cassettes/**/*.json"):
        text = cassette.read_text(encoding="utf-8").lower()
        assert not [word for word in ("authorization", "not-needed", "/root", "/home", "set-cookie") if word in text]


def shown(text: str, heading: str) -> list[str]:
    """The lines of the first block of text after a heading, white space as one blank, without what is cut."""
    block = text.partition(heading)[2].partition("```text\n")[2].partition("```")[0]
    lines = [" ".join(line.split()) for line in block.splitlines()]
    return [
        line.partition(" ...")[0].partition(" - ")[0] for line in lines if line.strip("._= ") and line[0] not in "_="
    ]


def test_the_readme_shows_the_red_build_as_it_is(red):
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    _, result = red
    printed = " ".join(result.stdout.split())
    expected = shown(readme, "## What a failure looks like")
    assert len(expected) > 15
    assert [line for line in expected if line not in printed] == []


def test_the_readme_of_the_example_shows_its_table_as_it_is(green):
    readme = (EXAMPLES / "support_bot" / "README.md").read_text(encoding="utf-8")
    _, result = green
    run_row = next(line for line in readme.splitlines() if line.startswith("run, 13 tests"))
    assert " ".join(run_row.split()) in " ".join(result.stdout.split())


@pytest.fixture(scope="module")
def languages(tmp_path_factory):
    folder = copy("languages", tmp_path_factory.mktemp("languages"))
    return folder, run(folder, **ALTAX_ALONE)


def test_the_example_of_languages_is_green_as_it_is_shipped(languages):
    _, result = languages
    assert result.returncode == 0, result.stdout + result.stderr


def test_its_answers_are_labelled_by_a_model_that_is_replayed(languages):
    folder, _ = languages
    header, *tests, the_run = rows(folder)
    assert header["detector"].startswith("judge-")
    assert all(test["calls"] == test["replayed"] == 2 for test in tests)
    assert {line["name"]: line["tokens"] for line in the_run["lines"]}["judge"] > 1000


def test_its_readme_shows_the_run_as_it_is(languages):
    readme = (EXAMPLES / "languages" / "README.md").read_text(encoding="utf-8")
    printed = " ".join(languages[1].stdout.split())
    block = readme.partition("...\n")[2].partition("```")[0]
    assert [line for line in block.splitlines() if " ".join(line.split()) not in printed] == []
    assert "language gap" in block
