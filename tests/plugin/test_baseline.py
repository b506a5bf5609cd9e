"""Changes against a baseline, as users make and meet them."""

import json

import pytest
from baseline_shop import LIMIT, LONG, TEST, bless, git, longer, recorded
from click.testing import CliRunner

from pytest_altax.cli import main


@pytest.fixture
def shop(suite):
    return recorded(suite)


def test_the_first_run_has_no_baseline_and_passes_and_says_how_to_make_one(shop):
    result = shop.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*no baseline*altax baseline update*"])


def test_an_increase_beyond_its_limit_fails_and_tells_both_values(shop):
    bless(shop)
    longer(shop)
    result = shop.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["input_tokens *, +* since the baseline's *, is above its budget of +5% (*"])


def test_an_unchanged_run_passes_and_names_its_baseline(shop):
    bless(shop)
    result = shop.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*baseline: altax-baseline.json (today), 1 test in both"])


def test_a_limit_of_one_test_is_judged_against_its_own_line(shop):
    shop.config('[[tool.pytest-altax.budgets]]\nmatch = "*"\ninput_tokens = { max-increase = 0 }\n')
    bless(shop)
    longer(shop)
    shop.run().assert_outcomes(failed=1)


def test_tests_that_are_new_or_gone_are_named(shop):
    bless(shop)
    shop.write("test_shop.py", TEST.replace("test_door", "test_window").replace("the door", "the window"))
    with shop.up():
        result = shop.run("--altax-record=once")
    result.stdout.fnmatch_lines(["*new since: test_shop.py::test_window*", "*gone since: test_shop.py::test_door*"])


def test_a_test_that_asks_the_same_under_another_name_is_renamed(shop):
    bless(shop)
    shop.write("test_shop.py", TEST.replace("test_door", "test_entrance"))
    with shop.up():
        result = shop.run("--altax-record=once")
    result.stdout.fnmatch_lines(["*renamed since: test_shop.py::test_door → test_shop.py::test_entrance*"])


def test_another_detector_is_not_comparable_and_that_is_said_once(shop):
    limits = "refusal_rate = { max-increase = 0 }\nrefusal_tokens = { max-increase = 0 }\n"
    shop.config(f"[tool.pytest-altax.budget]\n{limits}")
    bless(shop)
    path = shop.path / "altax-baseline.json"
    path.write_text(path.read_text().replace('"detector": "', '"detector": "other-'))
    result = shop.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["the baseline is not comparable: the detector was other-*"])


@pytest.mark.parametrize(
    ("created", "said"),
    [
        ("2020-01-01T00:00:00+00:00", "*is * days old, more than baseline-max-age = 30"),
        ("2020-01-01", "*is * days old, more than baseline-max-age = 30"),
        ("2999-01-01T00:00:00+00:00", "*is dated in the future: 2999-*"),
        ("yesterday", "*has no date: 'yesterday' is none"),
    ],
)
def test_a_baseline_that_is_too_old_or_of_no_believable_age_fails(shop, created, said):
    shop.config("baseline-max-age = 30\n" + LIMIT)
    bless(shop)
    path = shop.path / "altax-baseline.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "created": created}))
    result = shop.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([said])


def test_a_baseline_of_another_clock_is_said_to_be_so(shop):
    bless(shop)
    path = shop.path / "altax-baseline.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "created": "2999-01-01T00:00:00+00:00"}))
    result = shop.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*baseline: altax-baseline.json (dated 2999-01-01, in the future of this clock)*"])


def test_a_baseline_that_cannot_be_saved_fails_the_run(shop):
    shop.config('baseline = "conftest.py/altax-baseline.json"\n')
    shop.write("conftest.py", "")
    result = shop.run("--altax-save-baseline")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*the baseline was not saved: *"])


@pytest.mark.parametrize("text", ["", "{", '{"version": 9}', "<<<<<<< HEAD\n"])
def test_a_baseline_that_cannot_be_read_stops_the_run(shop, text):
    shop.write("altax-baseline.json", text)
    result = shop.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*altax-baseline.json*"])


def test_a_baseline_that_was_asked_for_has_a_name(shop):
    result = shop.run("--altax-baseline=")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--altax-baseline is empty*"])


def test_a_baseline_that_was_named_must_be_there(shop):
    result = shop.run("--altax-baseline=nowhere.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*there is no baseline *nowhere.json*"])


def test_the_baseline_of_the_merge_base_counts_whatever_the_change_made_of_its_own(shop):
    git(shop.path, "init", "-q", "-b", "main")
    bless(shop)
    git(shop.path, "add", "-A")
    git(shop.path, "commit", "-qm", "start")
    git(shop.path, "checkout", "-qb", "work")
    longer(shop)
    bless(shop)
    shop.run().assert_outcomes(passed=1)
    result = shop.run("--altax-baseline=git:main")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*baseline: altax-baseline.json at *, the merge base with main*"])


def test_a_branch_without_a_baseline_passes_and_says_so(shop):
    git(shop.path, "init", "-q", "-b", "main")
    git(shop.path, "add", "-A")
    git(shop.path, "commit", "-qm", "start")
    result = shop.run("--altax-baseline=git:main")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*no baseline: there is no altax-baseline.json at *"])


def test_a_branch_that_git_does_not_know_stops_the_run(shop):
    git(shop.path, "init", "-q", "-b", "main")
    git(shop.path, "add", "-A")
    git(shop.path, "commit", "-qm", "start")
    result = shop.run("--altax-baseline=git:origin/main")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*git knows no 'origin/main' here*"])


def test_the_command_blesses_the_last_run_and_tells_what_changed(shop, monkeypatch):
    monkeypatch.chdir(shop.path)
    shop.run()
    assert CliRunner().invoke(main, ["baseline", "update"]).output.endswith("altax-baseline.json: 1 test\n")
    longer(shop)
    shop.run()
    said = CliRunner().invoke(main, ["baseline", "update"]).output.splitlines()
    assert said[1] == "  changed: test_shop.py::test_door"
    shop.run().assert_outcomes(passed=1)
    shown = CliRunner().invoke(main, ["baseline", "show"]).output
    assert "1 test" in shown
    assert "total_tokens" in shown


def test_a_part_of_the_suite_is_blessed_as_one(shop):
    shop.write("test_shop.py", TEST + TEST.replace("test_door", "test_stairs").replace("the door", "the stairs"))
    shop.record()
    part = shop.run("-k", "stairs", "--altax-save-baseline")
    part.stdout.fnmatch_lines(["*a part of the suite (1 test was deselected by -k): the other tests are not in it"])
    shop.run("--altax-save-baseline")
    part = shop.run("-k", "stairs", "--altax-save-baseline")
    part.stdout.fnmatch_lines(["altax-baseline.json: 2 tests", "*: the other tests are as they were"])


def test_a_test_that_failed_is_named_when_it_is_blessed(shop):
    shop.write("test_shop.py", TEST + "    assert False\n")
    shop.run("--altax-save-baseline").stdout.fnmatch_lines(["  1 test of this run failed: test_shop.py::test_door"])


def test_the_command_without_results_says_what_to_run(shop, monkeypatch):
    monkeypatch.chdir(shop.path)
    (shop.path / "altax-results.jsonl").unlink()
    result = CliRunner().invoke(main, ["baseline", "update"])
    assert (result.exit_code, "run pytest --altax first" in result.output) == (2, True)


def test_a_limit_on_the_command_line_fails_the_run(shop):
    result = shop.run("--altax-fail-on=input_tokens > 3 or calls > 5")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["input_tokens * is above its budget of 3", "*set in --altax-fail-on input_tokens > 3"])


def test_a_metric_that_the_baseline_has_not_is_said_to_be_unjudged(shop):
    shop.config("[tool.pytest-altax.budget]\ncost_usd = { max-increase = 0 }\nlayer_tokens = { max-increase = 0 }\n")
    bless(shop)
    path = shop.path / "altax-baseline.json"
    data = json.loads(path.read_text())
    data["metrics"].remove("cost_usd")
    del data["tests"]["test_shop.py::test_door"]["cost_usd"]
    path.write_text(json.dumps(data))
    result = shop.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*changes of cost_usd are not measured: no baseline: nothing of it was measured then"])


def test_another_table_of_prices_is_said(shop):
    shop.config("[tool.pytest-altax.budget]\ncost_usd = { max-increase = 0 }\n")
    bless(shop)
    path = shop.path / "altax-baseline.json"
    path.write_text(path.read_text().replace("genai-prices", "older-prices"))
    result = shop.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*changes of cost_usd are not measured: not comparable: the table of prices was *"])


def test_tests_that_are_called_harmful_now_do_not_escape_the_limit_of_refusals(shop):
    shop.config("[tool.pytest-altax.budget]\nrefusal_rate = { max-increase = 0 }\n")
    bless(shop)
    shop.write("test_shop.py", "import pytest\n" + TEST.replace("def", "@pytest.mark.altax(harmful=True)\ndef"))
    result = shop.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["the change of refusal_rate is not measured: no call of it was made"])


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ('language = "de"', "no test that fits '[*]' has language 'de', so its budget can never fail"),
        ('model = "gpt-5*"', "no test that fits '[*]' has model 'gpt-5[*]', so its budget can never fail"),
    ],
)
def test_a_budget_of_a_language_or_model_that_no_test_has_fails(shop, selector, said):
    shop.config(f'[[tool.pytest-altax.budgets]]\nmatch = "*"\n{selector}\ncalls = 9\n')
    result = shop.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([said])


def test_a_budget_of_a_language_and_model_that_a_test_has_does_not(shop):
    shop.config('[[tool.pytest-altax.budgets]]\nmatch = "*"\nlanguage = "de"\nmodel = "gpt-4o*"\ncalls = 9\n')
    shop.write("test_shop.py", "import pytest\n" + TEST.replace("def", "@pytest.mark.altax(language='de')\ndef"))
    shop.run().assert_outcomes(passed=1)


class TestLayers:
    """Limits of one layer among several."""

    @pytest.fixture
    def layered(self, shop):
        """A shop with two layers, its baseline, and one of the two grown since."""
        shop.write("guard.md", "You are a careful assistant of a small shop.")
        shop.config(
            '[tool.pytest-altax.layers]\ntone = { file = "guard.md" }\nask = { regex = "Where is" }\n'
            '[tool.pytest-altax.budget]\n"layer:tone" = { max-increase = 3 }\n"layer:ask" = { max-increase = 3 }\n'
        )
        bless(shop)
        longer(shop)
        shop.write("guard.md", LONG.split("'")[1])
        return shop

    def test_the_layer_that_grew_fails_alone(self, layered):
        result = layered.run()
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(["layer:tone *, +* since the baseline's *, is above its budget of +3"])

    def test_the_command_line_limits_it_too(self, layered):
        result = layered.run("--altax-fail-on=layer:ask > 0")
        result.assert_outcomes(passed=1, failed=2)
        result.stdout.fnmatch_lines(["layer:ask * is above its budget of 0"])

    def test_a_marker_and_a_pattern_limit_it_too(self, layered):
        layered.write("test_shop.py", TEST.replace("def", "@pytest.mark.altax(**{'layer:tone': 1})\ndef"))
        layered.write("test_shop.py", "import pytest\n" + (layered.path / "test_shop.py").read_text())
        result = layered.run()
        result.stdout.fnmatch_lines(["layer:tone * is above its budget of 1"])

    def test_compare_and_history_know_it(self, layered, monkeypatch):
        monkeypatch.chdir(layered.path)
        layered.run()
        assert "  layer:tone  " in CliRunner().invoke(main, ["compare", "altax-baseline.json"]).output
        CliRunner().invoke(main, ["history", "add"])
        assert "layer:tone  " in CliRunner().invoke(main, ["history", "--metric", "layer:tone"]).output

    def test_it_is_explained(self):
        assert "`layer:NAME`" in CliRunner().invoke(main, ["explain", "layer:tone"]).output
