"""Requests that changed since they were recorded: what is told, what is proposed, what is recorded again."""

import json
import re

import pytest

ONE = """
from app import ask

def test_door():
    ask("Where is the door?", system="SYSTEM")
"""
GUARD = "Never speak of the weather, of politics, or of gold."
DATED = "You are kind. Today is 2026-01-01, session 3f2b8c1d-4e5f-4a6b-8c7d-9e0f1a2b3c4d."
LATER = "You are kind. Today is 2026-11-23, session aaaab1c2-4e5f-4a6b-8c7d-000000000001."
THREE = """
from app import ask

def test_three():
    ask("one?")
    ask("two?", system="SYSTEM")
    ask("three?")
"""


def system(text, source=ONE):
    return source.replace("SYSTEM", text)


def drifted(suite, old, new, source=ONE):
    suite.write("test_shop.py", system(old, source))
    suite.record()
    suite.write("test_shop.py", system(new, source))
    return suite.run()


def cassette(suite, name="test_door"):
    return suite.path / "cassettes" / "test_shop" / f"{name}.json"


def test_the_report_shows_what_changed_in_a_text(suite):
    result = drifted(suite, "You are kind. Be brief.", "You are kind. Be very careful.")
    result.stdout.fnmatch_lines(["*system prompt: You are kind. Be [[]-brief-]{+very careful+}*"])


def test_a_change_inside_a_layer_is_told_by_its_name(suite):
    suite.config('[tool.pytest-altax.layers]\nguardrail = { file = "guard.md" }\n')
    suite.write("guard.md", GUARD)
    suite.write("test_shop.py", system(f"You are kind. {GUARD} Bye."))
    suite.record()
    longer = GUARD.replace("gold", "silver")
    suite.write("guard.md", longer)
    suite.write("test_shop.py", system(f"You are kind. {longer} Bye."))
    result = suite.run()
    assert suite.tests()["test_shop.py::test_door"]["stale"][0]["changes"] == ["layer guardrail changed"]
    result.stdout.fnmatch_lines(["*layer guardrail: *or of [[]-gold-]{+silver+}*"])


def test_a_hostile_prompt_is_shown_without_its_control_characters(suite):
    drifted(suite, "You are kind.", "You are \\x1b[31m::error::\\u202e kind.")
    line = suite.tests()["test_shop.py::test_door"]["stale"][0]["diff"][0]
    assert line.isprintable()


@pytest.mark.parametrize("policy", ["warn", "fail", "pass"])
def test_stale_calls_do_to_the_build_what_on_stale_says(suite, policy):
    suite.config(f'on-stale = "{policy}"\n[tool.pytest-altax.budget]\nrefusal_rate = 0.5\n')
    result = drifted(suite, "Be kind.", "Be brief.")
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if policy == "fail" else pytest.ExitCode.OK)
    if policy == "fail":
        result.stdout.fnmatch_lines(["1 of 1 calls are stale: *", "  system prompt: Be [[]-kind-]{+brief+}"])
    said = "altax[refusal_rate]  is not measured: stale" in result.stdout.str()
    assert said == (policy != "pass")


def test_the_line_that_the_report_proposes_makes_the_call_match_exactly(suite):
    suite.config("match = { ignore = ['x+y'] }\n")
    output = drifted(suite, DATED, LATER).stdout.str()
    assert suite.the_run()["stale"] == 1
    line = re.search(r"^  (match = .*)$", output, re.MULTILINE)[1]
    assert "'x+y'" in line
    assert "2026" not in line
    suite.config(line)
    suite.run().assert_outcomes(passed=1)
    assert "stale" not in suite.tests()["test_shop.py::test_door"]


def test_the_line_that_an_error_proposes_makes_the_call_match_exactly(suite):
    source = ONE.replace("Where is the door?", "What was on SYSTEM?").replace(', system="SYSTEM"', "")
    result = drifted(suite, "2026-01-01", "2026-11-23", source)
    result.assert_outcomes(failed=1)
    line = re.search(r"ignore it in \[tool.pytest-altax\]: (match = \{.*?\] \})", result.stdout.str())[1]
    suite.config(line)
    suite.run().assert_outcomes(passed=1)


def test_on_stale_fail_proposes_the_line_too(suite):
    suite.config('on-stale = "fail"\n')
    drifted(suite, DATED, LATER).stdout.fnmatch_lines(["*to fix: what differs changes by itself; *: match = *"])


def test_a_tie_of_two_recordings_that_differ_in_dates_proposes_to_ignore_them(suite):
    source = """
    from app import ask

    def test_door():
        for day in DAYS:
            ask("Where is the door?", system=f"You are kind. Today is {day}.")
    """
    suite.write("test_shop.py", source.replace("DAYS", "['2026-01-01', '2026-02-02']"))
    suite.record()
    suite.write("test_shop.py", source.replace("DAYS", "['2026-03-03', '2026-04-04']"))
    result = suite.run()
    result.stdout.fnmatch_lines(["*equally near, with different answers*"])
    line = re.search(r"ignore it in \[tool.pytest-altax\]: (match = \{.*?\] \})", result.stdout.str())[1]
    suite.config(line)
    suite.run().assert_outcomes(passed=1)
    assert not suite.the_run()["stale"]


def test_nothing_is_proposed_that_would_make_two_recordings_one(suite):
    source = """
    from app import ask

    def test_door():
        for day in DAYS:
            ask(f"What was on {day}?")
    """
    suite.write("test_shop.py", source.replace("DAYS", "['2026-01-01', '2026-01-02']"))
    suite.record()
    suite.write("test_shop.py", source.replace("DAYS", "['2026-01-03']"))
    result = suite.run()
    result.assert_outcomes(failed=1)
    assert "match = {" not in result.stdout.str()


def test_stale_records_only_what_drifted_and_leaves_the_rest_as_it_was(suite):
    suite.write("test_shop.py", system("Be kind.", THREE))
    suite.record()
    before = cassette(suite, "test_three").read_text()
    suite.write("test_shop.py", system("Be brief.", THREE))
    suite.record("--altax-record=stale").assert_outcomes(passed=1)
    assert suite.model.asked == 4
    old, new = (json.loads(text)["interactions"] for text in (before, cassette(suite, "test_three").read_text()))
    assert [old[0], old[2]] == [new[0], new[2]]
    assert "Be brief." in json.dumps(new[1])
    assert "number 4:" in json.dumps(new[1])
    suite.run().assert_outcomes(passed=1)
    assert not suite.the_run()["stale"]


def test_stale_writes_nothing_where_nothing_drifted(suite):
    suite.write("test_shop.py", system("Be kind.", THREE))
    suite.record()
    before = cassette(suite, "test_three").read_bytes()
    suite.record("--altax-record=stale").assert_outcomes(passed=1)
    assert (suite.model.asked, cassette(suite, "test_three").read_bytes()) == (3, before)
