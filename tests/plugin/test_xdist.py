"""Under pytest-xdist the numbers, the verdicts and the table are those of one process."""

SUITE = """
import pytest
from app import ask

@pytest.fixture(scope="session")
def greeting():
    return ask("Say hello?")

@pytest.mark.parametrize("number", range(6))
def test_one(greeting, number):
    ask(f"What is {number}?")
"""


def volatile(rows):
    return [row for row in rows if row["kind"] != "header"]


def test_two_workers_write_the_same_results(suite):
    suite.config("[tool.pytest-altax.budget]\ntotal_tokens = 1\n")
    suite.write("test_shop.py", SUITE)
    suite.record()
    suite.run()
    alone = volatile(suite.results())
    result = suite.run("-n2")
    result.assert_outcomes(passed=6, failed=1)
    assert volatile(suite.results()) == alone


def test_two_workers_print_one_table(suite):
    suite.write("test_shop.py", SUITE)
    suite.record()
    output = suite.run("-n2").stdout.str()
    assert output.count("alignment tax") == 1


def test_selection_by_a_command_line_option_is_seen_through_the_workers(suite):
    suite.config("[tool.pytest-altax.budget]\ntotal_tokens = 1\n")
    suite.write("test_shop.py", SUITE)
    suite.record()
    suite.run("-n2", "-k", "3").assert_outcomes(passed=1)
    assert suite.the_run()["partial"] == "5 tests were deselected by -k"


def test_a_worker_that_crashes_loses_only_its_own_test(suite):
    suite.write("test_shop.py", SUITE)
    suite.record()
    suite.write("test_shop.py", SUITE + "\ndef test_crash():\n    import os\n    os._exit(1)\n")
    result = suite.run("-n2")
    result.stdout.fnmatch_lines(["*crashed while running*test_crash*"])
    assert len([id for id in suite.tests() if "test_one" in id]) == 6


def test_a_bad_marker_is_refused_from_the_workers_too(suite):
    suite.write("test_shop.py", "import pytest\n\n@pytest.mark.altax(tax_token=3)\ndef test_nothing(): pass\n")
    result = suite.run("-n2")
    assert result.ret != 0
    assert "tax_tokens" in result.stdout.str() + result.stderr.str()


def test_workers_record_each_test_on_its_own_cassette(suite):
    suite.write("test_shop.py", SUITE)
    suite.record("-n2")
    assert len(list((suite.path / "cassettes" / "test_shop").glob("test_*.json"))) == 6
    suite.run().assert_outcomes(passed=6)
