"""The run as a whole, in the one process that sees all of it: results, run budgets, reports.

With pytest-xdist this is the controller; each worker sends its results on the reports of its tests.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ..errors import AltaxException
from ..report.model import Results, TestResult
from .completeness import Completeness
from .entries import log_entries
from .outlet import print_reports, write_reports
from .state import Run
from .summary import summarise


class Controller:
    """Gathers the results of the tests; after the last one it judges the run and writes the reports."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self.config = config
        self.run = run
        self.completeness = Completeness(config)
        self.tests: dict[str, TestResult] = {}
        self.results: Results | None = None
        self.written: list[str] = []

    def pytest_report_header(self) -> str:
        """One line above the tests: what is recorded, and with what the answers are judged."""
        settings = self.run.settings
        note = f" ({self.run.note})" if self.run.note else ""
        parts = (
            f"record={settings.capture.mode.value}, detector {self.run.detector.id}, clusterer {self.run.clusterer.id}"
        )
        return f"altax: {parts}{note}"

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note what this process deselected."""
        self.completeness.deselected += len(items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Note what a worker of pytest-xdist deselected. Workers collect alike, so the largest number counts."""
        output = getattr(node, "workeroutput", {})
        self.completeness.deselected = max(self.completeness.deselected, output.get("altax_deselected", 0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the results that a report carries; of a rerun test the last attempt counts."""
        self.completeness.seen.add(report.nodeid)
        if report.when == "setup":
            self.tests.pop(report.nodeid, None)
        payload = getattr(report, "altax", None) or {}
        for data in (*payload.get("scopes", ()), *([payload["test"]] if "test" in payload else ())):
            result = TestResult.from_json(data)
            self.tests[result.id] = result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judge the run after its last test; a run budget that fails is logged as a failing entry of its own."""
        stopped = True
        try:
            outcome = yield
            stopped = False
        finally:
            if session.testscollected and not session.config.option.collectonly:
                self._finish(session, stopped)
        return outcome

    def _finish(self, session: pytest.Session, stopped: bool) -> None:
        partial = self.completeness.partial(session, stopped)
        tests = tuple(sorted(self.tests.values(), key=lambda test: test.id))
        self.results = summarise(self.run, self.config, tests, self.completeness.seen, partial)
        log_entries(session, self.results)
        try:
            self.written = write_reports(self.config, self.run, self.results)
        except AltaxException as error:
            raise pytest.UsageError(str(error)) from error

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, the printed reports, and where the others were written."""
        if self.results is not None:
            print_reports(terminalreporter, self.config, self.run, self.results, self.written)
