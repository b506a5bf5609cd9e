"""The terminal table: what stands in it, and how much of it is shown."""

import dataclasses

from report_results import fresh_test, verdict

from pytest_altax.report.model import RunResult
from pytest_altax.report.terminal import Terminal, Tone, table


def texts(results, width=100, verbosity=0):
    return [row.text for row in table(results, width, verbosity)]


def test_a_test_has_one_row_of_numbers_and_one_of_its_ledger(results):
    header, row, ledger = texts(results)[:3]
    assert header.split() == ["test", "tokens", "tax", "refused", "distinct", "cost"]
    assert row.split() == ["tests/test_tone.py::test_refund[de]", "1,842", "41%", "0/8", ".71", "$.0021"]
    assert ledger == "  guardrail 372 · idle tools 121"


def test_a_stale_test_says_stale_and_what_changed_and_both_numbers(results):
    row, ledger = texts(results)[3:5]
    assert row.split() == ["tests/test_tone.py::test_refund[fr]", "2,142", "49%", "stale", "stale", "$.0021"]
    assert ledger == "  guardrail 372 → 672 · resent 48        system prompt changed"


def test_lines_that_are_no_tax_stay_out_of_the_ledger_row(results):
    assert not any("task" in text for text in texts(results))


def test_the_run_has_a_row_of_its_own(results):
    row = next(text for text in texts(results) if text.startswith("run, "))
    assert " ".join(row.split()) == "run, 2 tests, 96 calls 38,120 36% 2/80 .68 $.0410 8 calls stale"


def test_a_failed_run_budget_stands_below_with_its_line(results):
    row = next(row for row in table(results, 100, 0) if "::altax[" in row.text)
    assert row.text == "pyproject.toml::altax[tax_ratio]  0.36 is above its budget of 0.35 (line 14)"
    assert row.tone is Tone.BAD


def test_quiet_leaves_the_tests_out(results):
    assert not any("test_refund" in text for text in texts(results, verbosity=-1))


def test_a_large_suite_shows_its_largest_taxes_and_counts_the_rest(results):
    many = dataclasses.replace(results, tests=tuple(fresh_test(f"{n:03}") for n in range(40)))
    assert sum("::test_refund" in text for text in texts(many)) == 25
    assert "... and 15 more tests with a smaller tax (-v shows all)" in texts(many)
    assert sum("::test_refund" in text for text in texts(many, verbosity=1)) == 40


def test_a_failing_test_is_shown_however_small_its_tax(results):
    tests = [fresh_test(f"{n:03}") for n in range(40)]
    tests[-1] = dataclasses.replace(tests[-1], verdicts=(verdict(),), measurements=tests[-1].measurements[:3])
    many = dataclasses.replace(results, tests=tuple(tests))
    assert any("[039]" in text for text in texts(many))


def test_an_id_too_long_for_its_column_gets_a_line_of_its_own(results):
    long = dataclasses.replace(results, tests=(fresh_test("x" * 90),))
    assert texts(long, width=80)[1].endswith("x]")


def test_hostile_names_print_as_plain_text(results):
    hostile = dataclasses.replace(results, tests=(fresh_test("\x1b[31m\u202egnp"),))
    printed = Terminal().render(hostile)
    assert "\x1b" not in printed
    assert "\u202e" not in printed


def test_a_partial_run_says_why_its_budgets_were_not_measured(results):
    cut = dataclasses.replace(
        results, run=RunResult(2, 16, 0, partial="stopped after 2 of 9 tests", verdicts=(verdict(fails=False),))
    )
    assert "run budgets not measured: stopped after 2 of 9 tests" in texts(cut)


def test_problems_of_the_run_stand_below(with_problem):
    assert "pyproject.toml::altax[layers.guard]  layer 'guard' matches nothing" in texts(with_problem)
