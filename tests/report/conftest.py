"""Results of a run to report on."""

import dataclasses

import pytest
from report_results import HEADER, METRICS, fresh_test, stale_test, verdict

from pytest_altax.measurements import Basis, Estimate
from pytest_altax.report.model import Problem, Results, RunResult


@pytest.fixture
def results() -> Results:
    estimates = (
        Estimate("cost_usd", 0.041),
        Estimate("distinct_2", 0.68, low=0.5, high=0.8, n=2),
        Estimate("refusal_rate", 0.025, low=0.0, high=0.1, numerator=2, denominator=80, n=80),
        Estimate("tax_ratio", 0.36, basis=Basis.REPORTED),
        Estimate("total_tokens", 38120.0),
    )
    run = RunResult(2, 96, 8, estimates=estimates, verdicts=(verdict(),))
    return Results(HEADER, (fresh_test(), stale_test()), run, METRICS)


@pytest.fixture
def with_problem(results: Results) -> Results:
    problem = Problem("layers.guard", "layer 'guard' matches nothing\nin any request", 9)
    return dataclasses.replace(results, run=dataclasses.replace(results.run, problems=(problem,)))
