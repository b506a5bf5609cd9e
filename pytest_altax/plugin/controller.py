"""The run as a whole, in the one process that sees all of it: results, run budgets, reports.

With pytest-xdist this is the controller; each worker sends its results on the reports of its tests.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest

from ..report.model import Results, TestResult
from .completeness import Completeness
from .entries import log_entries
from .outlet import print_reports, write_reports
from .state import Run, config_file
from .summary import summarise
from .usage import recorded


class Controller:
    """Gathers the results of the tests; after the last one it judges the run and writes the reports."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self.config = config
        self.run = run
        self.completeness = Completeness(config)
        self.tests: dict[str, Any] = {}
        self.results: Results | None = None
        self.written: list[str] = []

    def pytest_report_header(self) -> str:
        """One line above the tests: what is recorded, and with what the answers are judged."""
        settings = self.run.settings
        note = f" ({self.run.note})" if self.run.note else ""
        parts = (
            f"record={settings.capture.mode.value}, detector {self.run.detector.id}, clusterer {self.run.clusterer.id}"
        )
        file = config_file(self.config)
        where = os.path.relpath(file, self.config.rootpath) if file else "no pyproject.toml"
        return f"altax: {where}, {parts}{note}"

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note what this process deselected."""
        self.completeness.deselected.update(item.nodeid for item in items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Note what a worker of pytest-xdist deselected."""
        output = getattr(node, "workeroutput", {})
        self.completeness.deselected.update(output.get("altax_deselected", ()))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the results that a report carries; of a rerun test the last attempt counts."""
        self.completeness.seen.add(report.nodeid)
        if report.when == "setup":
            self.tests.pop(report.nodeid, None)
        payload = getattr(report, "altax", None) or {}
        for data in (*payload.get("scopes", ()), *([payload["test"]] if "test" in payload else ())):
            self.tests[data["id"]] = data

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judge the run after its last test; a run budget that fails is logged as a failing entry of its own."""
        interrupted = True
        try:
            outcome = yield
            interrupted = False
        except session.Failed:  # -x or --maxfail: whether tests are missing is to be seen
            interrupted = False
            raise
        finally:
            if session.testscollected and not session.config.option.collectonly:
                self._finish(session, interrupted)
        return outcome

    def _finish(self, session: pytest.Session, interrupted: bool) -> None:
        partial = self.completeness.partial(session, interrupted)
        tests = tuple(TestResult.from_json(self.tests[id_]) for id_ in sorted(self.tests))
        if partial is None and session.testsfailed and not any(test.calls for test in tests):
            partial = "no test that called a model came through"
        self.results = summarise(self.run, self.config, tests, self.completeness.known, partial)
        written, unwritten = write_reports(self.config, self.run, self.results)
        self.written = [*recorded(tests), *written]
        log_entries(session, self.results, unwritten)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, the printed reports, and what was written where."""
        if self.results is not None:
            print_reports(terminalreporter, self.config, self.run, self.results, self.written)
