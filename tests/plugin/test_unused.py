"""Recordings that no test played: listed in the terminal, named in the results for `altax cassettes prune`."""

import hashlib

import pytest

TWO = """
from app import ask

def test_one():
    ask("Where is the \\x1b[31m door?")
    ask("And the window?")
"""
ONE = TWO.replace('    ask("Where is the \\x1b[31m door?")\n', "")
SHARED = """
import pytest
from app import ask

pytestmark = pytest.mark.altax(cassette="shop")

def test_one():
    ask("one?")

def test_two():
    ask("two?")
    EXTRA
"""


def digest(path):
    return hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()


def test_unused_recordings_are_listed_with_place_model_and_prompt(suite):
    suite.write("test_shop.py", TWO)
    suite.record()
    suite.write("test_shop.py", ONE)
    result = suite.run()
    result.stdout.fnmatch_lines(
        [
            "1 recording was never played; altax cassettes prune removes it",
            "  cassettes/test_shop/test_one.json, 1 of 2: 0: gpt-4o-mini, “Where is the ?[[]31m door?”",
        ]
    )
    assert "\x1b[31m door" not in result.stdout.str()


def test_each_test_tells_which_recordings_of_which_file_it_left(suite):
    suite.write("test_shop.py", TWO)
    suite.record()
    suite.write("test_shop.py", ONE)
    suite.run()
    path = "cassettes/test_shop/test_one.json"
    told = {"path": path, "digest": digest(suite.path / path), "recordings": 2, "unused": [0]}
    assert suite.tests()["test_shop.py::test_one"]["cassettes"] == [told]


def test_a_cassette_that_was_written_is_told_as_it_is_now(suite):
    suite.write("test_shop.py", TWO)
    suite.record()
    path = "cassettes/test_shop/test_one.json"
    told = {"path": path, "digest": digest(suite.path / path), "recordings": 2}
    assert suite.tests()["test_shop.py::test_one"]["cassettes"] == [told]


def test_a_cassette_that_was_added_to_is_told_as_it_was_read(suite):
    suite.write("test_shop.py", ONE)
    suite.record()
    path = "cassettes/test_shop/test_one.json"
    before = digest(suite.path / path)
    suite.write("test_shop.py", TWO)
    suite.record("--altax-record=new_episodes")
    assert suite.tests()["test_shop.py::test_one"]["cassettes"][0]["digest"] == before
    assert digest(suite.path / path) != before


def test_a_recording_of_a_shared_cassette_is_unused_when_no_test_played_it(suite):
    suite.write("test_shop.py", SHARED.replace("EXTRA", "ask('three?')"))
    suite.record()
    suite.write("test_shop.py", SHARED.replace("EXTRA", ""))
    suite.run()
    unused = suite.the_run()["unused"]
    assert [(one["path"], one["recordings"], one["unused"]) for one in unused] == [("cassettes/shop.json", 3, [2])]
    assert suite.tests()["test_shop.py::test_one"]["cassettes"][0]["unused"] == [1, 2]


def test_a_part_of_a_run_says_nothing_of_a_shared_cassette(suite):
    suite.write("test_shop.py", SHARED.replace("EXTRA", ""))
    suite.record()
    assert "never played" not in suite.run("-k", "one").stdout.str()


def test_a_test_that_failed_says_nothing_of_what_it_left(suite):
    suite.write("test_shop.py", TWO)
    suite.record()
    suite.write("test_shop.py", ONE.replace("window?", "roof of this house over there?"))
    result = suite.run()
    result.assert_outcomes(failed=1)
    assert "never played" not in result.stdout.str()


@pytest.mark.parametrize("mode", ["once", "new_episodes", "stale", "all"])
@pytest.mark.parametrize("mark", ["cassette='shop'", "cassette_scope='module'"])
def test_what_tests_of_one_cassette_have_just_recorded_is_not_unused(suite, mode, mark):
    tests = "".join(f"\ndef test_{name}():\n    ask('{name}?')\n" for name in ("one", "two", "three"))
    suite.write(
        "test_shop.py", f"import pytest\nfrom app import ask\n\npytestmark = pytest.mark.altax({mark})\n{tests}"
    )
    with suite.up():
        result = suite.run(f"--altax-record={mode}")
    result.assert_outcomes(passed=3)
    assert "never played" not in result.stdout.str()
    assert suite.the_run().get("unused", []) == []


def test_a_cassette_that_was_added_to_says_nothing_of_what_is_unused(suite):
    suite.write("test_shop.py", TWO)
    suite.record()
    suite.write("test_shop.py", ONE.replace("And the window?", "And the roof?"))
    with suite.up():
        result = suite.run("--altax-record=new_episodes")
    assert "never played" not in result.stdout.str()


def test_several_unused_recordings_are_them(suite):
    suite.write("test_shop.py", TWO)
    suite.record()
    suite.write("test_shop.py", "def test_one(): pass\n")
    suite.run().stdout.fnmatch_lines(["2 recordings were never played; altax cassettes prune removes them"])


def test_a_fixture_that_failed_says_nothing_of_what_it_left(suite):
    fixture = "@pytest.fixture(scope='module')\ndef shop():\n    ask('Open?')\n    FAIL\n    ask('Closed?')\n"
    source = f"import pytest\nfrom app import ask\n\n{fixture}\ndef test_it(shop):\n    pass\n"
    suite.write("test_shop.py", source.replace("    FAIL\n", ""))
    suite.record()
    suite.write("test_shop.py", source.replace("FAIL", "assert 0"))
    result = suite.run()
    result.assert_outcomes(errors=1)
    assert "never played" not in result.stdout.str()


def test_what_a_fixture_no_longer_asks_is_unused(suite):
    fixture = "@pytest.fixture(scope='module')\ndef shop():\n    ask('Open?')\n    ask('Closed?')\n"
    source = f"import pytest\nfrom app import ask\n\n{fixture}\ndef test_it(shop):\n    pass\n"
    suite.write("test_shop.py", source)
    suite.record()
    suite.write("test_shop.py", source.replace("    ask('Closed?')\n", ""))
    suite.run()
    assert [one["unused"] for one in suite.the_run()["unused"]] == [[1]]


@pytest.mark.parametrize(("chosen", "said"), [("one or two", "1 test was"), ("one", "2 tests were")])
def test_the_tests_that_were_deselected_are_counted(suite, chosen, said):
    tests = "".join(f"\ndef test_{name}():\n    ask('{name}?')\n" for name in ("one", "two", "three"))
    suite.write("test_shop.py", f"from app import ask\n{tests}")
    suite.record("-k", chosen)
    assert suite.the_run()["partial"] == f"{said} deselected by -k"
