"""What a run could save beyond what each of its tests tells: the tools that no test of it calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from ..meters.savings import merged, unused_tools
from ..report.model import TestResult


def with_unused_tools(test: TestResult, called: Collection[str]) -> TestResult:
    """A test with the tools among its savings that are not among those that any test has `called`."""
    if all(use.name in called for use in test.tools):
        return test
    return dataclasses.replace(test, savings=merged((*test.savings, *unused_tools(test.tools, called))))
