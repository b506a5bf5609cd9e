"""Fixtures that several tests share: their calls are recorded and counted once, under a name of their own."""

import pytest

PARAMETRISED = """
import pytest
from app import ask

@pytest.fixture(scope="module", params=COLOURS)
def colour(request):
    return ask(f"What is {request.param}?")

def test_colour(colour):
    assert colour
"""
SAME_NAME = """
import pytest
from app import ask

@pytest.fixture(scope="session")
def answer():
    return ask("Are you NAME?")

def test_answer(answer):
    ask("And now?")
"""
TEARDOWN = """
import pytest
from app import ask

@pytest.fixture(scope="module")
def shop():
    ask("Open?")
    yield
    ask("Closed?")

def test_one(shop):
    ask("one?")

def test_two(shop):
    ask("two?")
"""
MISSING = """
import pytest
from app import ask

@pytest.fixture(scope="SCOPE")
def asked():
    return ask("What?")

def test_one(asked): pass

def test_two(asked): pass
"""


def calls(suite):
    return {id: row.get("calls", 0) for id, row in suite.tests().items()}


def test_each_parameter_of_a_shared_fixture_is_counted(suite):
    suite.write("test_shop.py", PARAMETRISED.replace("COLOURS", "['red', 'green']"))
    suite.record()
    suite.run().assert_outcomes(passed=2)
    counted = {"test_shop.py::module::colour[red]": 1, "test_shop.py::module::colour[green]": 1}
    assert {id: count for id, count in calls(suite).items() if count} == counted


def test_a_parameter_put_before_the_others_leaves_their_recordings_alone(suite):
    suite.write("test_shop.py", PARAMETRISED.replace("COLOURS", "['red', 'green']"))
    suite.record()
    suite.write("test_shop.py", PARAMETRISED.replace("COLOURS", "['blue', 'red', 'green']"))
    suite.run().assert_outcomes(passed=2, errors=1)


def test_session_fixtures_of_one_name_in_two_files_are_two(suite):
    suite.write("test_a.py", SAME_NAME.replace("NAME", "Ann"))
    suite.write("test_b.py", SAME_NAME.replace("NAME", "Ben"))
    suite.record()
    suite.run().assert_outcomes(passed=2)
    assert {id for id in calls(suite) if "session" in id} == {
        "test_a.py::session::answer",
        "test_b.py::session::answer",
    }


@pytest.mark.parametrize("arguments", [[], ["-k", "one"], ["-n2", "--dist=load"]])
def test_calls_made_while_a_shared_fixture_is_torn_down_are_its_own(suite, arguments):
    suite.write("test_shop.py", TEARDOWN)
    suite.record()
    assert suite.run(*arguments).ret == pytest.ExitCode.OK
    assert calls(suite)["test_shop.py::module::shop"] == 2
    assert calls(suite)["test_shop.py::test_one"] == 1


@pytest.mark.parametrize("scope", ["function", "module"])
def test_every_test_of_a_fixture_without_recording_says_what_is_missing(suite, scope):
    suite.write("test_shop.py", MISSING.replace("SCOPE", scope))
    result = suite.run()
    result.assert_outcomes(errors=2)
    assert result.stdout.str().count("read: altax explain unmatched-call") == 2


def test_the_run_counts_tests_and_not_fixtures(suite):
    suite.write("test_shop.py", TEARDOWN)
    suite.record()
    suite.run().stdout.fnmatch_lines(["run, 2 tests, 4 calls *"])
