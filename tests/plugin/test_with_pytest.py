"""The plugin among pytest's own habits: xfail, skip, reruns, selection, interruption, caches, unittest, async."""

import pytest

THREE = """
import pytest
from app import ask

def test_one():
    ask("one?")

def test_two():
    ask("two?")

def test_three():
    ask("three?")
"""
RUN_BUDGET = "[tool.pytest-altax.budget]\ntotal_tokens = 1\n"


def recorded(suite, source=THREE, name="test_shop.py"):
    suite.write(name, source)
    suite.record()
    return suite


def test_a_budget_that_fails_an_xfail_test_is_an_expected_failure(suite):
    source = """
    import pytest
    from app import ask

    @pytest.mark.xfail
    @pytest.mark.altax(total_tokens=1)
    def test_one():
        ask("one?")
    """
    recorded(suite, source).run().assert_outcomes(xfailed=1)
    assert suite.tests()["test_shop.py::test_one"]["outcome"] == "xfailed"


def test_a_skipped_test_is_not_measured(suite):
    recorded(suite, THREE + "\n@pytest.mark.skip\ndef test_four():\n    ask('four?')\n").run().assert_outcomes(
        passed=3, skipped=1
    )
    assert "test_shop.py::test_four" not in suite.tests()


def test_a_test_that_skips_itself_after_a_call_is_not_measured(suite):
    recorded(suite)
    suite.write("test_shop.py", THREE + "    pytest.skip('no')\n")
    suite.run().assert_outcomes(passed=2, skipped=1)
    assert list(suite.tests()) == ["test_shop.py::test_one", "test_shop.py::test_two"]


def test_a_test_that_skips_itself_after_a_call_is_recorded(suite):
    source = "import pytest\nfrom app import ask\n\ndef test_one():\n    ask('one?')\n    pytest.skip('no')\n"
    recorded(suite, source + "\ndef test_two():\n    ask('two?')\n").run().assert_outcomes(passed=1, skipped=1)


def test_a_single_file_is_no_whole_run(suite):
    suite.config(RUN_BUDGET)
    assert recorded(suite).run("test_shop.py").ret == pytest.ExitCode.OK
    assert suite.the_run()["partial"] == "only test_shop.py was asked for"


def test_x_on_the_last_test_leaves_the_run_whole(suite):
    suite.config('[[tool.pytest-altax.budgets]]\nmatch = "*test_three"\ntotal_tokens = 1\n')
    recorded(suite).run("-x").assert_outcomes(passed=2, failed=1)
    assert suite.the_run().get("partial") is None


def test_a_rerun_test_counts_once_by_its_last_attempt(suite):
    source = """
    from app import ask
    attempts = []

    def test_flaky():
        attempts.append(1)
        ask("one?")
        if len(attempts) > 1:
            ask("two?")
        assert len(attempts) > 1
    """
    suite.write("test_shop.py", source)
    suite.record("--reruns=1")
    suite.run("--reruns=1").stdout.fnmatch_lines(["*1 passed, 1 rerun*"])
    assert suite.tests()["test_shop.py::test_flaky"]["calls"] == 2


def test_a_unittest_testcase_is_measured_and_budgeted(suite):
    source = """
    import unittest
    import pytest
    from app import ask

    class ShopTest(unittest.TestCase):
        @pytest.mark.altax(total_tokens=1)
        def test_over(self):
            ask("one?")

        def test_wrong(self):
            ask("two?")
            self.fail("wrong")
    """
    suite.write("test_shop.py", source)
    suite.record()
    result = suite.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*test_over*above its budget*", "*test_wrong*"])


def test_an_async_test_is_measured(suite):
    source = """
    import asyncio, os
    import httpx
    import pytest

    @pytest.mark.asyncio
    async def test_async():
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello?"}]}
        async with httpx.AsyncClient() as client:
            reply = await client.post(os.environ["LLM_URL"] + "/v1/chat/completions", json=body)
        assert reply.json()["choices"]
    """
    recorded(suite, source).run().assert_outcomes(passed=1)
    assert suite.tests()["test_shop.py::test_async"]["calls"] == 1


@pytest.mark.parametrize(
    "selection",
    [
        ["-k", "one"],
        ["-qk", "one"],
        ["--ignore=none.py"],
        ["test_shop.py::test_one"],
        ["--deselect", "test_shop.py::test_one"],
    ],
)
def test_a_selected_part_reports_run_budgets_as_not_measured(suite, selection):
    suite.config(RUN_BUDGET)
    result = recorded(suite).run(*selection)
    assert result.ret == pytest.ExitCode.OK
    verdict = suite.the_run()["verdicts"][0]
    assert verdict["status"] == "not measured"
    assert suite.the_run()["partial"]


def test_tests_deselected_by_addopts_leave_the_run_whole(suite):
    suite.config(RUN_BUDGET, 'addopts = "-k one"')
    result = recorded(suite).run()
    result.assert_outcomes(passed=1, failed=1, deselected=2)


def test_a_part_of_testpaths_is_not_the_whole_run(suite):
    suite.config(RUN_BUDGET, 'testpaths = ["a", "b"]')
    suite.write("a/test_a.py", "from app import ask\ndef test_a():\n    ask('a?')\n")
    suite.write("b/test_b.py", "from app import ask\ndef test_b():\n    ask('b?')\n")
    suite.record()
    assert suite.run("a").ret == pytest.ExitCode.OK
    suite.run().assert_outcomes(passed=2, failed=1)


def test_x_stops_at_a_budget_and_leaves_run_budgets_alone(suite):
    suite.config(RUN_BUDGET + '[[tool.pytest-altax.budgets]]\nmatch = "*test_one"\ntotal_tokens = 1\n')
    result = recorded(suite).run("-x")
    result.assert_outcomes(failed=1)
    assert suite.the_run()["partial"] == "stopped after 1 of 3 tests"


def test_an_interrupted_run_writes_what_it_has_and_fails_no_budget(suite):
    suite.config(RUN_BUDGET)
    recorded(suite)
    suite.write("test_shop.py", THREE.replace('ask("two?")', "raise KeyboardInterrupt"))
    result = suite.run_apart()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert list(suite.tests()) == ["test_shop.py::test_one"]
    assert suite.the_run()["partial"].startswith("stopped after")


@pytest.mark.parametrize("option", ["--lf", "--sw"])
def test_entries_of_the_run_stay_out_of_the_caches(suite, option):
    suite.config(RUN_BUDGET)
    recorded(suite)
    suite.run_cached().assert_outcomes(passed=3, failed=1)
    again = suite.run_cached(option)
    assert "not found" not in again.stdout.str()
    assert "rerun previous" not in again.stdout.str()
    again.assert_outcomes(passed=3, failed=1)


def test_lf_runs_a_test_again_that_was_over_its_budget(suite):
    suite.config('[[tool.pytest-altax.budgets]]\nmatch = "*test_two"\ntotal_tokens = 1\n')
    recorded(suite)
    suite.run_cached()
    suite.run_cached("--lf").assert_outcomes(failed=1)
    assert suite.the_run()["partial"] == "only the tests that failed before were run"


def test_progress_never_passes_a_hundred_percent(suite):
    suite.config(RUN_BUDGET)
    output = recorded(suite).run().stdout.str()
    percentages = [int(word.strip("[]%")) for word in output.split() if word.endswith("%]") and word[:-2].isdigit()]
    assert all(one <= 100 for one in percentages)
    assert suite.the_run()["tests"] == 3


def test_collect_only_judges_nothing(suite):
    suite.config(RUN_BUDGET)
    result = recorded(suite)
    (suite.path / "altax-results.jsonl").unlink()
    result = suite.run("--collect-only", "-q")
    assert result.ret == pytest.ExitCode.OK
    assert not (suite.path / "altax-results.jsonl").exists()


def test_nothing_collected_is_no_pass(suite):
    assert suite.run().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_calls_of_a_session_fixture_are_a_session_of_their_own(suite):
    source = """
    import pytest
    from app import ask

    @pytest.fixture(scope="session")
    def greeting():
        return ask("Say hello?")

    def test_one(greeting):
        ask("one?")

    def test_two(greeting):
        ask("two?")
    """
    recorded(suite, source).run().assert_outcomes(passed=2)
    assert {id: row["calls"] for id, row in suite.tests().items()} == {
        "test_shop.py::session::greeting": 1,
        "test_shop.py::test_one": 1,
        "test_shop.py::test_two": 1,
    }
    assert (suite.path / "cassettes" / "test_shop").is_dir()


def test_calls_made_while_a_fixture_is_torn_down_are_counted(suite):
    source = """
    import pytest
    from app import ask

    @pytest.fixture
    def shop():
        yield
        ask("Bye?")

    def test_one(shop):
        ask("one?")
    """
    recorded(suite, source).run().assert_outcomes(passed=1)
    assert suite.tests()["test_shop.py::test_one"]["calls"] == 2


def test_junit_and_terminal_and_exit_code_agree_on_a_run_budget(suite):
    suite.config(RUN_BUDGET)
    result = recorded(suite).run("--junitxml=junit.xml")
    junit = (suite.path / "junit.xml").read_text()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert 'name="altax[total_tokens]"' in junit
    assert "is above its budget of 1" in junit
    assert 'failures="1"' in junit


def test_junit_holds_the_numbers_of_each_test(suite):
    recorded(suite).run("--junitxml=junit.xml")
    assert '<property name="altax.total_tokens" value="' in (suite.path / "junit.xml").read_text()


def test_annotations_are_printed_for_github_on_the_line_of_the_test(suite, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    suite.config('[[tool.pytest-altax.budgets]]\nmatch = "*test_two"\ntotal_tokens = 1\n')
    recorded(suite).run().stdout.fnmatch_lines(["::error file=test_shop.py,line=8,title=*::total_tokens*"])


def test_recording_is_not_done_under_ci_because_of_a_setting(suite, monkeypatch):
    monkeypatch.setenv("CI", "true")
    suite.config('record = "once"\n')
    suite.write("test_shop.py", THREE)
    result = suite.run()
    result.stdout.fnmatch_lines(["altax: *record=none*CI is set*"])
    assert not (suite.path / "cassettes").exists()
