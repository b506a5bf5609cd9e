"""What a run could save: the savings of its tests, and the tools that no test of it calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..meters.savings import Saving, merged, unused_tools
from ..report.model import TestResult


def with_unused_tools(tests: Sequence[TestResult]) -> tuple[TestResult, ...]:
    """The tests, each with the tools among its savings that are called in none of them."""
    called = {use.name for test in tests for use in test.tools if use.called}
    return tuple(
        dataclasses.replace(test, savings=merged((*test.savings, *unused_tools(test.tools, called))))
        if any(use.name not in called for use in test.tools)
        else test
        for test in tests
    )


def run_savings(tests: Sequence[TestResult]) -> tuple[Saving, ...]:
    """The savings of all tests by kind and place, the dearest first; each names the test with most of it."""
    return merged(dataclasses.replace(one, test=test.id) for test in tests for one in test.savings)
