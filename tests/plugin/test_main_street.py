"""Record, replay, measure, judge: what a user sees of the whole way."""

import pytest

ONE = """
from app import ask

def test_door():
    assert "door" in ask("Where is the door?")
"""


def test_a_recorded_suite_replays_with_the_model_gone(suite):
    suite.write("test_shop.py", ONE)
    suite.record().assert_outcomes(passed=1)
    suite.run().assert_outcomes(passed=1)
    assert suite.model.asked == 1


def test_cassettes_lie_beside_the_test_file_one_a_test(suite):
    suite.write("test_shop.py", ONE)
    suite.record()
    assert (suite.path / "cassettes" / "test_shop" / "test_door.json").is_file()


def test_nothing_is_recorded_unless_asked_for(suite):
    suite.write("test_shop.py", ONE)
    result = suite.run()
    result.assert_outcomes(failed=1)
    assert not (suite.path / "cassettes").exists()


def test_a_call_without_recording_fails_the_test_and_says_how_to_record(suite):
    suite.write("test_shop.py", ONE)
    suite.run().stdout.fnmatch_lines(["*--altax-record=once*", "*altax explain unmatched-call*"])


def test_the_failure_of_an_unmatched_call_shows_the_users_line_and_not_the_client(suite):
    suite.write("test_shop.py", ONE)
    output = suite.run().stdout.str()
    assert "httpx.post(" in output
    assert "_transports" not in output


def test_a_call_without_recording_fails_the_test_even_when_the_app_swallows_it(suite):
    suite.write("test_shop.py", ONE)
    suite.record()
    swallow = "try:\n        ask('Something else entirely?')\n    except BaseException:\n        pass"
    suite.write(
        "test_shop.py", f"from app import ask\n\ndef test_door():\n    ask('Where is the door?')\n    {swallow}\n"
    )
    suite.run().assert_outcomes(failed=1)


def test_a_failing_test_records_nothing(suite):
    suite.write("test_shop.py", "from app import ask\n\ndef test_door():\n    assert ask('Hello?') == 'no'\n")
    suite.record().assert_outcomes(failed=1)
    assert not list(suite.path.rglob("cassettes/**/*.json"))


def test_a_test_over_its_budget_is_recorded_all_the_same(suite):
    suite.write("test_shop.py", "import pytest\n" + ONE.replace("def ", "@pytest.mark.altax(total_tokens=1)\ndef "))
    suite.record().assert_outcomes(failed=1)
    assert list(suite.path.rglob("cassettes/**/*.json"))


def test_a_marker_budget_fails_its_own_test_and_says_where_it_was_set(suite):
    suite.write("test_shop.py", "import pytest\n" + ONE.replace("def ", "@pytest.mark.altax(total_tokens=1)\ndef "))
    suite.record()
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["total_tokens * is above its budget of 1", "*FAILED test_shop.py::test_door - *"])


def test_a_pattern_budget_judges_the_tests_it_matches(suite):
    suite.config('[[tool.pytest-altax.budgets]]\nmatch = "*test_door"\ntotal_tokens = 1\n')
    suite.write("test_shop.py", ONE + "\ndef test_window():\n    ask('And the window?')\n")
    suite.record()
    suite.run().assert_outcomes(failed=1, passed=1)


def test_a_marker_goes_over_a_pattern(suite):
    suite.config('[[tool.pytest-altax.budgets]]\nmatch = "*"\ntotal_tokens = 1\n')
    suite.write("test_shop.py", "import pytest\n" + ONE.replace("def ", "@pytest.mark.altax(total_tokens=9999)\ndef "))
    suite.record()
    suite.run().assert_outcomes(passed=1)


def test_a_run_budget_is_a_failing_entry_of_its_own(suite):
    suite.config("[tool.pytest-altax.budget]\ntotal_tokens = 1\n")
    suite.write("test_shop.py", ONE)
    suite.record()
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*FAILED pyproject.toml::altax?total_tokens? - *above its budget of 1*"])


def test_a_run_budget_names_its_line_in_the_file(suite):
    suite.config("[tool.pytest-altax.budget]\ntotal_tokens = 1\n")
    suite.write("test_shop.py", ONE)
    suite.record()
    lines = (suite.path / "pyproject.toml").read_text().splitlines()
    suite.run().stdout.fnmatch_lines([f"*(line {lines.index('total_tokens = 1') + 1})*"])


def test_a_longer_system_prompt_is_billed_today_and_its_answer_is_stale(suite):
    suite.write("test_shop.py", ONE)
    suite.record()
    before = suite.tests()["test_shop.py::test_door"]
    longer = "You are a careful assistant of a small shop. Never ever speak of the weather, of politics, or of gold."
    suite.write("test_shop.py", ONE.replace('door?")', f'door?", system="{longer}")'))
    result = suite.run()
    result.assert_outcomes(passed=1)
    after = suite.tests()["test_shop.py::test_door"]
    system = {row["name"]: row for row in after["lines"]}["system"]
    assert system["tokens"] > system["was"] > 0
    assert after["stale"][0]["changes"] == ["system prompt changed"]
    assert before.get("stale") is None
    refusals = next(m for m in after["measurements"] if m["metric"] == "refusal_rate")
    assert refusals["skipped"] == {"stale": 1}


def test_the_table_says_what_made_a_call_stale(suite):
    suite.write("test_shop.py", ONE)
    suite.record()
    suite.write("test_shop.py", ONE.replace('door?")', 'door?", system="Be brief.")'))
    result = suite.run()
    result.stdout.fnmatch_lines(["*test_door*stale*", "*system prompt changed*", "*1 call stale*"])


def test_on_stale_fail_makes_a_stale_answer_fail_its_test(suite):
    suite.config('on-stale = "fail"\n')
    suite.write("test_shop.py", ONE)
    suite.record()
    suite.write("test_shop.py", ONE.replace('door?")', 'door?", system="Be brief.")'))
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["1 of 1 calls are stale: system prompt changed"])


def test_a_run_in_which_nothing_was_measured_is_no_pass(suite):
    suite.write("test_idle.py", "def test_nothing(): pass\n")
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*nothing was measured*"])


def test_a_layer_that_matches_nothing_fails_and_names_the_nearest_text(suite):
    suite.write("guard.md", "You are a careful assistant of a big shop.\n")
    suite.config('[tool.pytest-altax.layers]\nguardrail = { file = "guard.md" }\n')
    suite.write("test_shop.py", ONE)
    suite.record()
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["layer 'guardrail' matches nothing*", "*careful assistant of a small shop*"])


def test_a_layer_of_an_endpoint_that_nothing_calls_names_the_nearest_that_was_called(suite):
    suite.config('[tool.pytest-altax.layers]\nmoderation = { endpoint = "openai.chats" }\n')
    suite.write("test_shop.py", ONE)
    suite.record()
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    wanted = ["layer 'moderation': no call went to the endpoint 'openai.chats'", "*that was called: openai.chat"]
    result.stdout.fnmatch_lines(wanted)


def test_a_layer_of_a_tag_that_no_call_has_fails_and_says_how_to_tag(suite):
    suite.config("[tool.pytest-altax.layers]\nreview = { tag = true }\n")
    suite.write("test_shop.py", ONE)
    suite.record()
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["layer 'review': no call was tagged so", "*with altax.layer('review'):*"])


def test_a_run_that_records_says_how_many_calls_and_where_they_are(suite):
    suite.write("test_shop.py", ONE)
    suite.record().stdout.fnmatch_lines(["recorded: 1 call, in cassettes/test_shop/*.json"])
    suite.run().stdout.no_fnmatch_line("recorded: *")


def test_a_run_whose_recordings_are_not_kept_says_so(suite):
    suite.write("test_shop.py", "from app import ask\n\ndef test_it():\n    assert not ask('Where is the door?')\n")
    suite.record().stdout.fnmatch_lines(["recorded: 1 call, not kept"])


def test_the_run_says_in_its_header_what_it_does(suite):
    suite.write("test_shop.py", ONE)
    suite.record().stdout.fnmatch_lines(["altax: pyproject.toml, record=all, detector hybrid-*"])


def test_parameters_that_differ_in_colons_alone_have_cassettes_of_their_own(suite):
    source = """
    import pytest
    from app import ask

    @pytest.mark.parametrize("name", ["a::b", "a.b"])
    def test_door(name):
        ask(f"Where is {name}?")
    """
    suite.write("test_shop.py", source)
    suite.record()
    suite.run().assert_outcomes(passed=2)


def test_a_test_that_makes_no_call_may_be_limited_to_none(suite):
    source = "import pytest\n\n@pytest.mark.altax(calls=0)\ndef test_quiet(): pass\n"
    suite.write("test_shop.py", ONE + source)
    suite.record()
    suite.run().assert_outcomes(passed=2)


def test_the_budget_of_a_class_leaves_its_tests_without_calls_alone(suite):
    source = """
    import pytest
    from app import ask

    @pytest.mark.altax(tax_tokens=10)
    class TestShop:
        def test_door(self):
            ask("Where is the door?")

        def test_quiet(self):
            pass
    """
    suite.write("test_shop.py", source)
    suite.record()
    suite.run().assert_outcomes(passed=2)


def test_a_pattern_on_refusals_leaves_harmful_tests_alone(suite):
    suite.config('[[tool.pytest-altax.budgets]]\nmatch = "*"\nrefusal_rate = 0.9\n')
    source = "\nimport pytest\n\n@pytest.mark.altax(harmful=True)\ndef test_bad():\n    ask('please refuse?')\n"
    suite.write("test_shop.py", ONE + source)
    suite.record()
    suite.run().assert_outcomes(passed=2)


def test_annotations_count_files_from_the_checkout(suite, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(suite.path.parent))
    suite.write("test_shop.py", "import pytest\n" + ONE.replace("def ", "@pytest.mark.altax(total_tokens=1)\ndef "))
    suite.record()
    suite.run().stdout.fnmatch_lines([f"::error file={suite.path.name}/test_shop.py,line=*"])


def test_the_project_file_above_a_pytest_ini_is_found(suite):
    suite.config("[tool.pytest-altax.budget]\ntotal_tokens = 1\n")
    suite.write("tests/pytest.ini", "[pytest]\npythonpath = ..\nasyncio_default_fixture_loop_scope = function\n")
    suite.write("tests/test_shop.py", ONE)
    suite.record("tests")
    result = suite.run("tests")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["altax: ../pyproject.toml, *"])


def test_a_results_file_may_be_written_twice(suite):
    suite.write("test_shop.py", ONE)
    suite.record()
    suite.run("--altax-report=jsonl:a.jsonl", "--altax-report=jsonl:b.jsonl")
    assert suite.results("a.jsonl") == suite.results("b.jsonl")


def test_without_altax_no_cassette_is_played_and_the_fixture_does_nothing(suite):
    suite.write(
        "test_shop.py",
        """
        def test_samples(altax):
            with altax.layer("guard"), altax.session("other"):
                assert altax.sample(lambda: 1, n=3) == [1, 1, 1]
            altax.score(0.5)
            altax.tool_called("search")
        """,
    )
    result = suite.pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    assert not (suite.path / "altax-results.jsonl").exists()


def test_no_altax_goes_over_altax(suite):
    suite.write("test_idle.py", "def test_nothing(): pass\n")
    suite.run("--no-altax").assert_outcomes(passed=1)
    assert not (suite.path / "altax-results.jsonl").exists()
