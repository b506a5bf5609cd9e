"""GitHub annotations: at most ten of a kind, escaped, within GitHub's limits."""

import dataclasses

from report_results import fresh_test, verdict

from pytest_altax.report.github import GitHub


def with_failures(results, count, **fields):
    run = dataclasses.replace(results.run, verdicts=())
    tests = tuple(fresh_test(f"{n:02}", verdicts=(verdict(**fields),)) for n in range(count))
    return dataclasses.replace(results, tests=tests, run=run)


def commands(results):
    return GitHub().render(results).splitlines()


def test_a_run_budget_stands_on_its_line_of_the_config_file(results):
    assert commands(results)[0].startswith("::error file=pyproject.toml,line=14,title=altax[tax_ratio]::tax_ratio 0.36")


def test_a_test_budget_stands_on_the_line_of_its_test(results):
    (command,) = commands(with_failures(results, 1))
    assert command.startswith("::error file=tests/test_tone.py,line=12,title=")


def test_many_failures_give_the_eight_worst_and_count_the_rest(results):
    found = commands(with_failures(results, 30))
    assert len(found) == 9
    assert "22 more" in found[-1]


def test_the_worst_come_first(results):
    run = dataclasses.replace(results.run, verdicts=())
    tests = (fresh_test("near", verdicts=(verdict(value=0.4),)), fresh_test("far", verdicts=(verdict(value=0.9),)))
    first, second = commands(dataclasses.replace(results, tests=tests, run=run))
    assert "far" in first
    assert "near" in second


def test_commands_inside_a_message_are_only_text(results):
    hostile = "over\n::error::pwned\r\n%0A::set-output name=x::y"
    found = commands(with_failures(results, 1, message=hostile))
    assert len(found) == 1
    assert "%0A::error::pwned" in found[0]
    assert "%250A" in found[0]


def test_a_title_cannot_end_its_property(results):
    run = dataclasses.replace(results.run, verdicts=())
    test = dataclasses.replace(fresh_test("a,file=x::y"), verdicts=(verdict(),))
    (command,) = commands(dataclasses.replace(results, tests=(test,), run=run))
    assert "title=tests/test_tone.py%3A%3Atest_refund[a%2Cfile=x%3A%3Ay]" in command


def test_a_message_stays_within_githubs_limit(results):
    (command,) = commands(with_failures(results, 1, message="%é" * 5000))
    assert len(command.split("::", 2)[2].encode()) < 4096


def test_a_warning_is_a_warning(results):
    (command,) = commands(with_failures(results, 1, fails=False, warns=True))
    assert command.startswith("::warning ")
