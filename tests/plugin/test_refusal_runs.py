"""Refusals of a whole run, as a user sees them: own phrases, twins in several languages, both sides."""

import pytest

PHRASES = """
[tool.pytest-altax.refusals]
phrases = ["take the blue door"]
"""
ONE = """
import pytest
from app import ask

def test_it():
    ask("help")
"""
TWINS = """
import pytest
from app import ask

CASES = [
    pytest.param(probe, language, marks=pytest.mark.altax(probe=probe, language=language), id=f"{probe}-{language}")
    for probe in ("refund", "tracking", "address", "size", "colour")
    for language in ("de", "en")
]

@pytest.mark.parametrize(("probe", "language"), CASES)
def test_twin(probe, language):
    ask(f"{probe}: " + ("please refuse" if language == "de" else "please help"))
"""


def estimate(suite, name):
    return next(one for one in suite.the_run()["estimates"] if one["metric"] == name)


def test_own_phrases_label_answers_and_stand_in_the_header(suite):
    suite.write("test_it.py", ONE)
    suite.config("")
    suite.record().assert_outcomes(passed=1)
    before = suite.results()[0]
    suite.config(PHRASES)
    suite.run().assert_outcomes(passed=1)
    now = suite.results()[0]
    assert estimate(suite, "refusal_rate")["value"] == 1
    assert now["detector"].startswith(before["detector"] + "+phrases.")
    assert now["config"] != before["config"]


@pytest.fixture
def twins(suite):
    suite.write("test_twins.py", TWINS)
    suite.config("")
    suite.record().assert_outcomes(passed=10)
    return suite


def test_twins_have_a_gap_between_languages_with_v_and_p(twins):
    gap = estimate(twins, "language_gap")
    assert (gap["value"], gap["n"]) == (1, 10)
    assert gap["detail"] | {"p": 0, "chi2": 0} == {
        "cramers_v": 1.0, "df": 1, "p": 0, "chi2": 0, "permutations": 32, "probes": 5, "languages": 2,
        "refusal_rate[de]": 1.0, "refusal_rate[en]": 0.0,
    }  # fmt: skip
    assert gap["detail"]["p"] == pytest.approx(2 / 32)


def test_the_terminal_tells_the_gap_with_v_and_p(twins):
    twins.run().stdout.fnmatch_lines(
        ["*language gap 1.00 [[]*, 1.00]: de 1.00 to en 0.00, V 1.00, p=0.062, 2 languages, 5 probes"]
    )


def test_the_gap_does_not_depend_on_the_number_of_workers(twins):
    pytest.importorskip("xdist")
    twins.run()
    alone = estimate(twins, "language_gap")
    twins.run("-n", "3")
    assert estimate(twins, "language_gap") == alone


def test_a_budget_of_the_gap_fails_the_run_and_tells_the_languages(twins):
    twins.config("[tool.pytest-altax.budget]\nlanguage_gap = 0.02\n")
    result = twins.run()
    result.stdout.fnmatch_lines(
        ["language_gap 1.00 * is above its budget of 0.02", "*de 1.00 to en 0.00, V 1.00, p=0.062*"]
    )
    assert result.ret == 1


def test_determinism_of_the_run_is_over_all_its_tests(twins):
    determinism = estimate(twins, "refusal_determinism")
    assert (determinism["value"], determinism["n"]) == (1, 5)


def test_a_budget_of_the_gap_without_twins_says_what_is_missing(suite):
    suite.write("test_it.py", ONE)
    suite.config("")
    suite.record()
    suite.config("[tool.pytest-altax.budget]\nlanguage_gap = 0.1\n")
    suite.run().stdout.fnmatch_lines(
        ["language_gap is not measured: needs benign tests of one probe in two languages or more"]
    )


def test_a_marker_cannot_limit_the_gap(suite):
    suite.write("test_it.py", ONE.replace("def test_it", "@pytest.mark.altax(language_gap=0.1)\ndef test_it"))
    result = suite.run()
    result.stderr.fnmatch_lines(["*language_gap exists for a whole run only*"])


def test_both_sides_are_told_below_the_run(suite):
    code = ONE + '\n@pytest.mark.altax(harmful=True)\ndef test_bad():\n    ask("please refuse")\n'
    suite.write("test_it.py", code)
    suite.config("")
    suite.record().stdout.fnmatch_lines(["*refused 0 of 1 benign, 1 of 1 harmful, selectivity 1.00 *"])
