import dataclasses

from hypothesis import given
from hypothesis import strategies as st
from report_results import fresh_test, measured, verdict

from pytest_altax.report import shown as module
from pytest_altax.report.shown import MOST_ROWS, Shown


def shown(found, verbosity=0):
    result = Shown(verbosity)
    for test in found:
        result.add(test)
    return result


def numbered(*taxes):
    return [
        dataclasses.replace(fresh_test(f"{number:04}"), measurements=measured(2000, tax))
        for number, tax in enumerate(taxes)
    ]


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=200))
def test_the_rows_are_those_of_the_worst_tests_the_failing_ones_first(cases):
    found = [
        dataclasses.replace(test, verdicts=(verdict(),) if fails else ())
        for test, (_, fails) in zip(numbered(*(tax for tax, _ in cases)), cases, strict=True)
    ]
    order = sorted(range(len(cases)), key=lambda n: (not cases[n][1], -cases[n][0], n))
    assert [test.id for test in shown(found).tests] == [found[n].id for n in sorted(order[:MOST_ROWS])]


def test_all_rows_are_shown_where_they_are_asked_for():
    assert len(shown(numbered(*range(60)), verbosity=1).tests) == 60


def test_no_rows_are_shown_where_none_are_wanted():
    result = shown(numbered(*range(60)), verbosity=-1)
    assert (result.tests, result.left_out) == ([], 0)


def test_a_sentence_of_many_tests_is_said_once():
    result = shown([fresh_test(str(n), attention=("half of it", f"own {n // 3}")) for n in range(6)])
    assert result.common() == [("half of it", 6)]
    assert [text for _, text in result.notes()] == ["own 0"] * 3 + ["own 1"] * 3


def test_sentences_beyond_reason_are_counted(monkeypatch):
    monkeypatch.setattr(module, "_MOST_KEPT", 10)
    result = shown([fresh_test(str(n), attention=(f"own {n}",)) for n in range(25)])
    assert (len(list(result.notes())), result.unsaid) == (10, 15)


def test_a_test_that_fails_makes_the_run_fail():
    assert shown([fresh_test(outcome="failed")]).fails
    assert not shown([fresh_test(outcome="xfailed")]).fails
