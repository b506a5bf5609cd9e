"""What has to be known of all tests of a run before the first of them can be counted in."""

from __future__ import annotations

from collections.abc import Iterable

from ..meters.savings import ToolUse
from ..report.model import CassetteUse, TestResult


class Ahead:
    """`called` are the tools that any test calls, `idle` the cassettes of which any test left something unplayed."""

    def __init__(self) -> None:
        self.called: set[str] = set()
        self.idle: set[str] = set()

    def add(self, test: TestResult) -> None:
        """Look at a test; tests come in any order."""
        self.look(test.tools, test.cassettes)

    def look(self, tools: Iterable[ToolUse], cassettes: Iterable[CassetteUse]) -> None:
        """Look at the tools and cassettes of a test."""
        self.called.update(use.name for use in tools if use.called)
        self.idle.update(use.path for use in cassettes if use.unused)
