"""What goes wrong while fixtures are torn down, and what a failed test leaves behind."""

import json

import pytest

LATE = """
import pytest
from app import ask

DONE = []

@pytest.fixture(scope="SCOPE")
def outer():
    yield
    DONE.append("outer")

@pytest.fixture(scope="SCOPE")
def shop(outer):
    yield
    LATE

@pytest.fixture(scope="SCOPE")
def inner(shop):
    yield
    DONE.append("inner")

@pytest.mark.parametrize("turn", [1, 2])
def test_one(inner, turn):
    ask("one?")

"""
AFTER = """
def test_all_were_torn_down():
    import test_a
    assert test_a.DONE == EXPECTED
"""
FAILING = """
import pytest
from app import ask

@pytest.fixture
def before():
    ask("before?")

def test_red(before):
    ask("red?")
    assert ask("red again?") == "no"

def test_never(before, missing_fixture):
    pass

@pytest.mark.xfail
def test_expected():
    assert ask("expected?") == "no"
"""


def cassettes(suite):
    return sorted(path.name for path in suite.path.rglob("cassettes/**/*.json"))


@pytest.mark.parametrize(
    ("scope", "done", "errors"),
    [("function", ["inner", "outer"] * 2, 2), ("module", ["inner", "outer"], 1)],
)
def test_an_unrecorded_call_in_a_teardown_leaves_no_other_teardown_undone(suite, scope, done, errors):
    source = LATE.replace("SCOPE", scope)
    suite.write("test_a.py", source.replace("LATE\n", "pass\n"))
    suite.write("test_b.py", AFTER.replace("EXPECTED", repr(done)))
    suite.record().assert_outcomes(passed=3)
    suite.write("test_a.py", source.replace("LATE\n", "ask('late?')\n"))
    result = suite.run()
    result.assert_outcomes(passed=3, errors=errors)
    result.stdout.fnmatch_lines(["*no recording for POST*"])


def test_an_unrecorded_call_is_still_an_unmatched_call_to_the_test(suite):
    source = """
    import pickle
    import pytest
    from app import ask
    from pytest_altax.errors import UnmatchedCall

    def test_one():
        with pytest.raises(UnmatchedCall) as caught:
            ask("one?")
        assert type(pickle.loads(pickle.dumps(caught.value))) is UnmatchedCall
    """
    suite.write("test_shop.py", source)
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["no recording for POST*", "*altax explain unmatched-call*"])


def test_what_failed_tests_recorded_is_not_kept(suite):
    suite.write("test_shop.py", FAILING)
    suite.record().assert_outcomes(failed=1, errors=1, xfailed=1)
    assert cassettes(suite) == ["test_expected.json"]


@pytest.mark.parametrize("option", [True, False])
def test_failures_are_kept_when_asked_for(suite, option):
    suite.config("" if option else "keep-failures = true\n")
    suite.write("test_shop.py", FAILING)
    suite.record(*["--altax-keep-failures"] * option).assert_outcomes(failed=1, errors=1, xfailed=1)
    assert cassettes(suite) == ["test_expected.json", "test_never.json", "test_red.json"]
    kept = json.loads((suite.path / "cassettes/test_shop/test_red.json").read_text())
    assert len(kept["interactions"]) == 3
    suite.run().assert_outcomes(failed=1, errors=1, xfailed=1)
    assert suite.tests()["test_shop.py::test_red"]["replayed"] == 3


def test_a_failed_attempt_of_an_earlier_recording_changes_nothing(suite):
    suite.write("test_shop.py", "from app import ask\n\ndef test_one():\n    ask('one?')\n")
    suite.record()
    before = (suite.path / "cassettes/test_shop/test_one.json").read_bytes()
    suite.write("test_shop.py", "from app import ask\n\ndef test_one():\n    ask('one?')\n    assert 0\n")
    suite.record().assert_outcomes(failed=1)
    assert (suite.path / "cassettes/test_shop/test_one.json").read_bytes() == before


def test_a_cassette_that_cannot_be_written_fails_its_test_with_the_reason(suite):
    suite.write("cassettes", "a file where the folder is to be")
    suite.write("test_shop.py", "from app import ask\n\ndef test_one():\n    ask('one?')\n")
    result = suite.record()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*test_one.json cannot be written*", "*altax explain cassette-error*"])
    assert "INTERNALERROR" not in result.stdout.str()
