"""The run as a whole, in the one process that sees all of it: results, run budgets, reports.

With pytest-xdist this is the controller; each worker sends its results on the reports of its tests.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from ..capture.storage.saving import write_whole
from ..errors import AltaxException
from ..gate.baseline import read, write
from ..report.blessing import blessed, revision, told
from ..report.model import Header, Results, TestResult
from ..run.shards import SHARD
from ..run.summary import header, summarise
from .completeness import Completeness
from .entries import log_entries
from .outlet import print_reports, write_reports
from .recompute import HANDED, RECOMPUTE
from .sharding import Sharding
from .state import Run, config_file
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
        if self.run.samples:
            parts += f", samples={self.run.samples}"
        file = config_file(self.config)
        where = os.path.relpath(file, self.config.rootpath) if file else "no pyproject.toml"
        return f"altax: {where}, {parts}{note}"

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note what this process deselected."""
        self.completeness.deselected.update(item.nodeid for item in items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand a worker of pytest-xdist the baseline that was recomputed here, which takes a whole run."""
        against = self.run.against
        if (self.run.asked_baseline or "").endswith(RECOMPUTE):
            known = against.baseline and write(against.baseline, self.run.meters.metrics)
            node.workerinput[HANDED] = (known, against.reason)

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
            if self._has_run(session) and not session.config.option.collectonly:
                self._finish(session, interrupted)
        return outcome

    def _has_run(self, session: pytest.Session) -> bool:
        """Whether there is anything to tell: of a shard there is, though the suite may have no test left for it."""
        shard = self.config.pluginmanager.get_plugin("altax-shard")
        return bool(session.testscollected or (shard is not None and shard.is_empty))

    def _finish(self, session: pytest.Session, interrupted: bool) -> None:
        partial = self.completeness.partial(session, interrupted)
        tests = tuple(TestResult.from_json(self.tests[id_]) for id_ in sorted(self.tests))
        if partial is None and session.testsfailed and not any(test.calls for test in tests):
            partial = "no test that called a model came through"
        shard = self.config.pluginmanager.get_plugin("altax-shard")
        if shard is not None:
            partial = f"{SHARD}{shard.shard}" + (f"; {partial}" if partial else "")
        tests, result = summarise(self.run, tests, self.completeness.known, partial)
        self.results = Results(
            self._header(shard), tests, result, self.run.meters.metrics, _config_name(self.config), _root(self.config)
        )
        written, unwritten = write_reports(self.config, self.run, self.results)
        saved, unsaved = self._saved_baseline()
        self.written = [*recorded(tests), *written, *saved]
        log_entries(session, self.results, [*unwritten, *unsaved])

    def _header(self, shard: Sharding | None) -> Header:
        made = header(self.run)
        if shard is None:
            return made
        return dataclasses.replace(made, shard=str(shard.shard), suite=shard.suite, revision=revision(self.run.root))

    def _saved_baseline(self) -> tuple[list[str], list[str]]:
        """With --altax-save-baseline, the baseline made of this run: what to say of it, or why there is none."""
        if self.results is None or not self.config.getoption("altax_save_baseline"):
            return [], []
        path, metrics = self.run.baseline, self.run.meters.metrics
        try:
            before = read(path.read_text(encoding="utf-8"), path.name, metrics) if path.exists() else None
            after = blessed(self.results, before, metrics, path.parent)
            write_whole(path, write(after, metrics).encode("utf-8"))
            return told(Path(os.path.relpath(path)), self.results, before, after), []
        except (AltaxException, OSError, UnicodeError) as error:
            return [], [f"the baseline was not saved: {error}"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, the printed reports, and what was written where."""
        if self.results is not None:
            print_reports(terminalreporter, self.config, self.run, self.results, self.written)


def _root(config: pytest.Config) -> str:
    """The root folder as seen from where annotations count from: GitHub's checkout, or where pytest was started."""
    checkout = os.environ.get("GITHUB_WORKSPACE")
    start = Path(checkout) if checkout else config.invocation_params.dir
    return config.rootpath.relative_to(start).as_posix() if config.rootpath.is_relative_to(start) else ""


def _config_name(config: pytest.Config) -> str:
    path = config_file(config)
    if path is None:
        return "pyproject.toml"
    return Path(os.path.relpath(path, config.rootpath)).as_posix()
