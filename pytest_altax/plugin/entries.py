"""Failing entries of the run: `pyproject.toml::altax[refusal_rate]` in the terminal, in JUnit and in the exit code.

They are logged as the reports of tests are, so that every reporter sees them; only the caches of `--lf` and `--sw`
do not, since no such test can be run again.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ..report.model import Results
from ..report.safe import lines


def log_entries(session: pytest.Session, results: Results, unwritten: Sequence[str] = ()) -> None:
    """Log one failed report for each run budget and each problem that fails the build, and for reports not written."""
    failing = [(verdict.metric, verdict.message, verdict.line) for verdict in results.run.verdicts if verdict.fails]
    failing += [(problem.name, problem.message, problem.line) for problem in results.run.problems]
    failing += [(f"report-{number}", message, None) for number, message in enumerate(unwritten, 1)]
    session.testscollected += len(failing)  # all at once, or the progress goes back and forth
    if failing and (terminal := session.config.pluginmanager.getplugin("terminalreporter")) is not None:
        terminal.currentfspath = None  # or the last line of tests gets a second percentage
    for name, message, line in failing:
        _log(session, _report(results.config, name, message, line))


def _report(config: str, name: str, message: str, line: int | None) -> pytest.TestReport:
    title = f"altax[{name}]"
    try:
        pytest.fail(lines(message), pytrace=False)
    except pytest.fail.Exception:
        excinfo = pytest.ExceptionInfo.from_current()
    return pytest.TestReport(
        nodeid=f"{config}::{title}",
        location=(config, None if line is None else line - 1, title),
        keywords={},
        outcome="failed",
        longrepr=excinfo.getrepr(style="value"),
        when="call",
    )


def _log(session: pytest.Session, report: pytest.TestReport) -> None:
    plugins = session.config.pluginmanager
    caches = [plugins.getplugin(name) for name in ("lfplugin", "stepwiseplugin")]
    present = [plugin for plugin in caches if plugin is not None]
    session.config.hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
    plugins.subset_hook_caller("pytest_runtest_logreport", present)(report=report)
    session.config.hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)
