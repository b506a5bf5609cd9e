"""Mistakes of the user's get an error that says what, where, the nearest valid thing and the fix; exit code 4."""

import pytest

PLAIN = "def test_nothing(): pass\n"


def test_a_wrong_key_names_its_line_and_the_nearest_key(suite):
    suite.config("[tool.pytest-altax.bugdet]\ntax_ratio = 0.3\n")
    suite.write("test_idle.py", PLAIN)
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*pyproject.toml:*bugdet*", "*budget*"])


def test_an_unknown_metric_in_a_marker_is_refused_before_any_test_runs(suite):
    suite.write("test_idle.py", "import pytest\n\n@pytest.mark.altax(tax_token=3)\ndef test_nothing(): pass\n")
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*tax_token*", "*tax_tokens*"])


def test_positional_arguments_of_the_marker_are_refused(suite):
    suite.write("test_idle.py", "import pytest\n\n@pytest.mark.altax(3)\ndef test_nothing(): pass\n")
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no positional arguments*"])


def test_an_unknown_report_names_the_known_ones(suite):
    suite.write("test_idle.py", PLAIN)
    result = suite.run("--altax-report=jsonlines:x")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no report is called 'jsonlines'*", "*github, jsonl, terminal*"])


def test_a_report_that_cannot_be_written_is_said_and_exits_red(suite):
    suite.write("test_idle.py", PLAIN)
    suite.write("folder/file", "")
    result = suite.run("--altax-report=jsonl:folder/file/results.jsonl")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["the report * cannot be written*", "*FAILED *altax?report-1?*"])


def test_a_broken_pyproject_names_line_and_column(suite):
    suite.write("test_idle.py", PLAIN)
    suite.write("conftest.py", "")
    suite.config("budget = {\n")
    result = suite.run()
    assert result.ret != pytest.ExitCode.OK


def test_a_ledger_line_that_does_not_exist_names_the_nearest(suite):
    suite.write(
        "test_shop.py", "from app import ask\n\ndef test_one(altax):\n    ask('one?')\n    altax.ledger['resend']\n"
    )
    result = suite.record()
    result.stdout.fnmatch_lines(["*the ledger has no line 'resend'*", "*did you mean 'resent'*"])


def test_a_marker_that_says_nothing_is_refused(suite):
    suite.write("test_idle.py", "import pytest\n\n@pytest.mark.altax\ndef test_nothing(): pass\n")
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*an altax marker that says nothing can never fail*"])


def test_a_pattern_that_matches_no_test_fails_the_run_and_names_the_nearest(suite):
    suite.config('[[tool.pytest-altax.budgets]]\nmatch = "test_shop.py::test_won"\ntax_tokens = 1\n')
    suite.write("test_shop.py", "from app import ask\n\ndef test_one():\n    ask('one?')\n")
    result = suite.record()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["the pattern 'test_shop.py::test_won' matches no test*", "*test_shop.py::test_one*"])


BROKEN = '{"altax": 1, "interactions": ['
ASKING = "from app import ask\n\ndef test_one():\n    ask('one?')\n"
OURS = ("self = <", "runtest.py:", "scopes.py:", "KeyError", "def pytest_")


def assert_none_of_ours(result):
    assert [one for one in OURS if one in result.stdout.str()] == []


def test_a_broken_cassette_gives_one_error(suite):
    suite.write("cassettes/test_shop/test_one.json", BROKEN)
    suite.write("test_shop.py", ASKING)
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_one.json cannot be read*", "*altax explain cassette-error*"])
    assert_none_of_ours(result)


def test_a_test_after_one_with_a_broken_cassette_runs(suite):
    suite.write("cassettes/test_shop/test_one.json", BROKEN)
    suite.write("test_shop.py", ASKING + "\ndef test_two():\n    pass\n")
    suite.run().assert_outcomes(errors=1, passed=1)


def test_a_cassette_that_was_mended_for_a_rerun_is_opened(suite):
    pytest.importorskip("pytest_rerunfailures")
    suite.write("cassettes/test_shop/test_one.json", BROKEN)
    suite.write("test_shop.py", ASKING)
    mending = """
    import pathlib
    def pytest_runtest_logreport(report):
        pathlib.Path("cassettes/test_shop/test_one.json").unlink(missing_ok=True)
    """
    suite.write("conftest.py", mending)
    with suite.up():
        suite.run("--reruns=1", "--altax-record=once").assert_outcomes(passed=1)


def test_a_save_that_is_refused_shows_none_of_our_code(suite):
    suite.write("cassettes", "a file where the folder is to be")
    suite.write("test_shop.py", ASKING)
    result = suite.record()
    result.assert_outcomes(failed=1)
    assert_none_of_ours(result)


def test_a_save_for_a_fixture_that_is_refused_shows_none_of_our_code(suite):
    suite.write("cassettes", "a file where the folder is to be")
    fixture = "@pytest.fixture(scope='module')\ndef shop():\n    return ask('Open?')\n"
    suite.write("test_shop.py", f"import pytest\nfrom app import ask\n\n{fixture}\ndef test_one(shop):\n    pass\n")
    result = suite.record()
    result.stdout.fnmatch_lines(["*cannot be written*"])
    assert_none_of_ours(result)


def test_a_bad_altax_config_shows_none_of_our_code(suite):
    suite.write("test_shop.py", ASKING)
    suite.write("conftest.py", "import pytest\n\n@pytest.fixture\ndef altax_config():\n    return {'recrod': 'all'}\n")
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*recrod*"])
    assert_none_of_ours(result)


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_recording_without_altax_is_said_to_do_nothing(suite, quiet):
    suite.write("test_idle.py", PLAIN)
    result = suite.run_without("--altax-record=once", *quiet)
    result.stdout.fnmatch_lines(["--altax-record has no effect without --altax"])


@pytest.mark.parametrize("options", [(), ("--altax-record=once", "--no-altax")])
def test_nothing_is_said_where_altax_is_off_on_purpose(suite, options):
    suite.write("test_idle.py", PLAIN)
    assert "no effect" not in suite.run_without(*options).stdout.str()
