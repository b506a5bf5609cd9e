"""Around each test, in the process that runs it: its cassette, its measurements, its own budget.

A test's budget fails it from inside its call phase, by `pytest.fail`, so that everything built on the outcome of a
test (xfail, reruns, `-x`, `--lf`, unittest) sees an ordinary failure.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from ..config import Mark, marker_limits
from ..errors import AltaxError, ConfigError
from ..gate.budget import Limit
from ..gate.estimate import pool
from ..gate.evaluate import evaluate
from ..measurements import Estimate, Metric, Verdict
from ..report.model import TestResult
from ..report.wording import changes, moved
from .metering import measure
from .paths import cassette_path
from .scopes import FixtureScope
from .state import ATTEMPT, Attempt, Run

_MARKED = pytest.StashKey[tuple[tuple[Limit, ...], Mark] | ConfigError]()


class Runtest:
    """The hooks around each test. `waiting` holds the results of wider-scoped fixtures until a report carries them."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self.config = config
        self.run = run
        self.waiting: list[TestResult] = []
        self.deselected: list[str] = []

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note what was deselected here, for the controller of pytest-xdist."""
        self.deselected += [item.nodeid for item in items]

    def pytest_sessionfinish(self) -> None:
        """Send their ids to the controller, when this is a worker."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["altax_deselected"] = self.deselected

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse markers that cannot be used, before any test runs. Raises pytest.UsageError."""
        for item in items:
            try:
                item.stash[_MARKED] = self._marked(item)
            except ConfigError as error:
                # A worker that stops while collecting loses its message; there the test itself fails with it
                if not hasattr(self.config, "workerinput"):
                    raise pytest.UsageError(str(error)) from error
                item.stash[_MARKED] = error

    def _marked(self, item: pytest.Item) -> tuple[tuple[Limit, ...], Mark]:
        arguments: dict[str, Any] = {}
        for marker in reversed(list(item.iter_markers("altax"))):
            if marker.args:
                fix = "write limits by name, such as @pytest.mark.altax(tax_tokens=1200)"
                raise ConfigError(f"{item.nodeid}: the altax marker takes no positional arguments", fix=fix)
            if not marker.kwargs:
                fix = "give it a limit, such as @pytest.mark.altax(tax_tokens=1200), or remove it"
                raise ConfigError(f"{item.nodeid}: an altax marker that says nothing can never fail", fix=fix)
            arguments.update(marker.kwargs)
        return marker_limits(
            arguments, self.run.meters.metrics, source=f"@pytest.mark.altax of {item.nodeid}", line=_line(item)
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Open the test's cassette; a rerun begins it anew."""
        marked = item.stash[_MARKED]
        if isinstance(marked, ConfigError):
            pytest.fail(str(marked), pytrace=False)
        limits, mark = marked
        tape = self.run.tape(cassette_path(item, self.run.settings.cassette_dir))
        item.stash[ATTEMPT] = Attempt(tape, mark, limits)
        self.run.engine.push(tape)
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Measure what the test did and, if it passed, keep its recordings and apply its budget."""
        __tracebackhide__ = True
        attempt = item.stash[ATTEMPT]
        try:
            outcome = yield
        except AltaxError as error:
            raise self._failure(error) from None
        finally:
            self.measure(item, attempt)
        if getattr(item, "_excinfo", None):  # a unittest.TestCase keeps its failure here instead of raising it
            return outcome
        self._judge(item, attempt)
        return outcome

    def _failure(self, error: AltaxError) -> BaseException:
        """An error as a failed test of pytest's own kind, which it keeps for the other tests of a fixture, too."""
        failure = pytest.fail.Exception(str(error))
        return failure.with_traceback(_users_own(error.__traceback__, self.config.rootpath))

    def _judge(self, item: pytest.Item, attempt: Attempt) -> None:
        if attempt.tape.errors:
            # The application caught it; the numbers of a test that took another path are not those of the real one
            pytest.fail(str(attempt.tape.errors[0]), pytrace=False)
        attempt.passed = True
        attempt.tape.save()
        assert attempt.result is not None
        verdicts = self._verdicts(item, attempt)
        attempt.result = dataclasses.replace(attempt.result, verdicts=verdicts)
        failing = [verdict.message for verdict in verdicts if verdict.fails]
        if attempt.result.stale and self.run.settings.budget.policy.on_stale == "fail":
            failing.append(_stale_message(attempt.result))
        if failing:
            pytest.fail("\n".join(failing), pytrace=False)

    def _verdicts(self, item: pytest.Item, attempt: Attempt) -> tuple[Verdict, ...]:
        budget, metrics = self.run.settings.budget, self.run.meters.metrics
        limits = budget.for_test(item.nodeid, attempt.limits)
        result = attempt.result
        assert result is not None
        estimates = {one.metric: pool(metrics[one.metric], [(item.nodeid, one)]) for one in result.measurements}
        if not result.calls:
            estimates["calls"] = Estimate("calls", 0.0)
        verdicts = evaluate(
            limits, estimates, metrics, budget.policy, scope=item.nodeid, moved=moved(result.lines, result.stale)
        )
        # A pattern or a class's marker may cover tests that a metric does not apply to; a test's own marker means it
        own = {name for marker in item.own_markers if marker.name == "altax" for name in marker.kwargs}
        return tuple(v for v in verdicts if v.metric in own or v.metric in estimates)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Close the cassette after the test's fixtures are gone; calls they made then are recorded and counted too."""
        __tracebackhide__ = True
        attempt = item.stash.get(ATTEMPT, None)
        if attempt is None:
            return (yield)
        try:
            outcome = yield
        except AltaxError as error:
            raise self._failure(error) from None
        finally:
            self.run.engine.pop(attempt.tape)
        if attempt.result is not None and len(attempt.tape.interactions) > attempt.measured:
            verdicts = attempt.result.verdicts
            self.measure(item, attempt)
            attempt.result = dataclasses.replace(attempt.result, verdicts=verdicts)
            if attempt.passed:
                attempt.tape.save()
        return outcome

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the numbers on the report, as plain JSON data that survives a worker process."""
        report = yield
        attempt = item.stash.get(ATTEMPT, None)
        payload: dict[str, Any] = {}
        if attempt is not None and call.when == "call" and report.skipped and not attempt.tape.errors:
            attempt.tape.save()  # it skipped itself or failed as expected, and will again on replay
        if attempt is not None and attempt.result is not None and call.when != "setup":
            attempt.result = dataclasses.replace(attempt.result, outcome=_outcome(report, attempt.result))
            if attempt.result.outcome != "skipped":
                payload["test"] = attempt.result.to_json()
        if self.waiting:
            payload["scopes"] = [result.to_json() for result in self.waiting]
            self.waiting.clear()
        if payload:
            report.altax = json.loads(json.dumps(payload, allow_nan=False))  # type: ignore[attr-defined]
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Give the calls of a wider-scoped fixture a cassette and a session of their own: no one test made them."""
        __tracebackhide__ = True
        scope = None if fixturedef.scope == "function" else FixtureScope(self.run, fixturedef, request)
        if scope is not None:
            # pytest runs the last finalizer first: what is added here ends what is added after the fixture's own
            fixturedef.addfinalizer(lambda: self.waiting.extend(scope.leave()))
            scope.enter()
        try:
            value = yield
        except AltaxError as error:
            failure = self._failure(error)
            # pytest itself keeps only failures of its own kinds for the other tests that ask for the fixture
            fixturedef.cached_result = (None, getattr(request, "param", None), (failure, failure.__traceback__))
            raise failure from None
        finally:
            if scope is not None:
                self.waiting += scope.leave()
        if scope is not None:
            scope.keep()
            fixturedef.addfinalizer(scope.enter)
        return value

    def attempt(self, item: pytest.Item) -> Attempt:
        """The attempt of the test that is running."""
        return item.stash[ATTEMPT]

    def measure(self, item: pytest.Item, attempt: Attempt) -> TestResult:
        """The test's result so far; measured again only when calls have been made since."""
        file, line, _ = item.location
        attempt.measured = len(attempt.tape.interactions)
        attempt.result = measure(
            self.run,
            attempt.tape,
            id=item.nodeid,
            file=file,
            line=None if line is None else line + 1,
            mark=attempt.mark,
            tools_called=frozenset(attempt.tools_called),
            scores=tuple(attempt.scores),
            attention=_attention(attempt),
        )
        _keep_properties(item, attempt.result, self.run.meters.metrics)
        return attempt.result


def _attention(attempt: Attempt) -> tuple[str, ...]:
    unused = len(attempt.tape.unused)
    if not unused or not attempt.tape.interactions:
        return ()
    what = "1 recording was" if unused == 1 else f"{unused} recordings were"
    return (f"{what} never played; record the test again to drop them",)


def _keep_properties(item: pytest.Item, result: TestResult, metrics: Mapping[str, Metric]) -> None:
    """JUnit properties: each metric's value, or why it was not measured."""
    kept = [pair for pair in item.user_properties if not pair[0].startswith("altax.")]
    for one in result.measurements:
        estimate = pool(metrics[one.metric], [(item.nodeid, one)])
        kept.append((f"altax.{one.metric}", estimate.reason if estimate.value is None else f"{estimate.value:.6g}"))
    item.user_properties[:] = kept


def _stale_message(result: TestResult) -> str:
    fix = 'record it again with --altax-record=stale, or set on-stale = "warn"'
    return f"{len(result.stale)} of {result.calls} calls are stale: {changes(result.stale)}\n  to fix: {fix}"


def _outcome(report: pytest.TestReport, result: TestResult) -> str:
    if hasattr(report, "wasxfail"):
        return "xpassed" if report.passed else "xfailed"
    if report.when == "teardown" and report.passed:
        return result.outcome
    return report.outcome


def _line(item: pytest.Item) -> int | None:
    line = item.location[1]
    return None if line is None else line + 1


def _users_own(traceback: TracebackType | None, root: Path) -> TracebackType | None:
    """The frames of the user's own code: those of SDKs, between the call and our error, help nobody."""
    kept: TracebackType | None = None
    frames = []
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    for one in reversed(frames):
        path = Path(one.tb_frame.f_code.co_filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept
