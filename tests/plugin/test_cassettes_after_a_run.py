"""`altax cassettes` reads what a run wrote: its results and its cassettes."""

import json

import pytest
from click.testing import CliRunner

from pytest_altax.cli import main

TWO = (
    "from app import ask\n\ndef test_it():\n    assert ask('one?') and ask('two?')\n\ndef test_gone():\n    ask('x')\n"
)
ONE = "from app import ask\n\ndef test_it():\n    assert ask('two?')\n"


@pytest.fixture
def cassettes(suite, monkeypatch):
    monkeypatch.chdir(suite.path)
    suite.write("test_shop.py", TWO)
    suite.record().assert_outcomes(passed=2)
    suite.write("test_shop.py", ONE)
    return lambda *arguments: CliRunner().invoke(main, ["cassettes", *arguments])


def test_what_the_run_did_not_play_is_pruned_and_the_suite_still_replays(suite, cassettes):
    suite.run().assert_outcomes(passed=1)
    result = cassettes("prune", "--orphans")
    assert result.exit_code == 0, result.output
    assert "cassettes/test_shop/test_it.json: removed 1 of 2 recordings (0)" in result.output
    assert "test_gone.json: removed, no test opened it" in result.output
    (left,) = suite.path.glob("cassettes/**/*.json")
    assert len(json.loads(left.read_text())["interactions"]) == 1
    suite.run().assert_outcomes(passed=1)
    assert cassettes("prune").output == ""


def test_a_run_of_some_tests_prunes_nothing(suite, cassettes):
    suite.write("test_other.py", "def test_more():\n    pass\n")
    suite.run("-k", "test_it")
    result = cassettes("prune")
    assert result.exit_code == 2
    assert "partial run" in result.output
    assert len(list(suite.path.glob("cassettes/**/*.json"))) == 2


def test_what_a_run_recorded_checks_clean(suite, cassettes):
    result = cassettes("check", "cassettes")
    assert (result.exit_code, result.output) == (0, "2 files: nothing found\n")


@pytest.mark.parametrize("scope", ["module", "session"])
def test_the_cassette_that_a_fixture_has_just_recorded_stays(suite, monkeypatch, scope):
    monkeypatch.chdir(suite.path)
    fixture = f"@pytest.fixture(scope='{scope}')\ndef shop():\n    return ask('Open?')\n"
    suite.write(
        "test_shop.py", f"import pytest\nfrom app import ask\n\n{fixture}\ndef test_it(shop):\n    ask('it?')\n"
    )
    suite.record().assert_outcomes(passed=1)
    assert CliRunner().invoke(main, ["cassettes", "prune", "--orphans"]).output == ""
    assert len(list(suite.path.glob("cassettes/**/*.json"))) == 2
