"""Around each test, in the process that runs it: its cassette, its measurements, its own budget.

A test's budget fails it from inside its call phase, by `pytest.fail`, so that everything built on the outcome of a
test (xfail, reruns, `-x`, `--lf`, unittest) sees an ordinary failure.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import pytest

from ..capture import Tape
from ..capture.matching.volatile import toml_line
from ..config import Mark, marker_limits
from ..errors import AltaxError, AltaxException, ConfigError
from ..gate.budget import Limit
from ..gate.estimate import pool
from ..gate.evaluate import evaluate
from ..measurements import Estimate, Measurement, Metric, Verdict
from ..report.model import TestResult
from ..report.wording import changes, moved
from . import failing, opening, recording
from .metering import measure
from .scopes import FixtureScope
from .state import ATTEMPT, Attempt, Run
from .usage import cassettes_of

_MOST_SHOWN = 3
_OPENED = "_altax_opened"
_MARKED = pytest.StashKey[tuple[tuple[Limit, ...], Mark] | ConfigError]()
_UNOPENED = pytest.StashKey[BaseException | None]()


class Opened:
    """Fails the setup of a test whose cassette could not be opened.

    That is known before the setup of other plugins, which must begin all the same: each of them tears down, too.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Raise why, before any fixture is set up."""
        failure = item.stash.get(_UNOPENED, None)
        if failure is not None:
            raise failure


class Runtest:
    """The hooks around each test. `waiting` holds the results of wider-scoped fixtures until a report carries them."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self.config = config
        self.run = run
        self.waiting: list[TestResult] = []
        self.deselected: list[str] = []
        self._vcr = recording.is_installed(config)
        self._choosing = False

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
            if {"cassette", "cassette_scope"} & set(marker.kwargs):  # of these the nearest marker says both
                arguments = {key: value for key, value in arguments.items() if not key.startswith("cassette")}
            arguments.update(marker.kwargs)
        source = f"@pytest.mark.altax of {item.nodeid}"
        limits, mark = marker_limits(arguments, self.run.meters.metrics, source=source, line=_line(item))
        opening.usual_place(item, self.run, mark)
        return limits, mark

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Open the test's cassette; a rerun begins it anew."""
        item.stash[_UNOPENED] = None
        if ATTEMPT in item.stash:
            del item.stash[ATTEMPT]
        try:
            self._open(item)
        except pytest.fail.Exception as failure:
            item.stash[_UNOPENED] = failure
        return (yield)

    def _open(self, item: pytest.Item) -> None:
        marked = item.stash[_MARKED]
        if isinstance(marked, ConfigError):
            pytest.fail(str(marked), pytrace=False)
        limits, mark = marked
        place = opening.usual_place(item, self.run, mark)
        if self._is_chosen(item):
            # Nothing lies there: what a test opens is known when the fixtures that choose it are set up
            place = dataclasses.replace(place, path=place.path.with_name("(not chosen yet)"))
            if _OPENED not in item.fixturenames:  # type: ignore[attr-defined]
                item.fixturenames = [_OPENED, *item.fixturenames]  # type: ignore[attr-defined]
        item.stash[ATTEMPT] = Attempt(self._tape(place), mark, limits, shared=place.shared)
        self.run.engine.push(item.stash[ATTEMPT].tape)

    def _is_chosen(self, item: pytest.Item) -> bool:
        marked = self._vcr and hasattr(item, "fixturenames") and recording.is_marked(item)
        return marked or bool(opening.overridden(item))

    def _tape(self, place: opening.Place) -> Tape:
        try:
            return self.run.tape(place.path, place.settings, place.more)
        except AltaxError as error:
            raise self._failure(error) from None

    @pytest.fixture(name=_OPENED)
    def _opened(self, request: pytest.FixtureRequest) -> None:
        """Open the cassette that fixtures choose. It is set up before all that a test asks for."""
        item = request.node
        attempt, early = item.stash[ATTEMPT], item.stash[ATTEMPT].tape
        self._choosing = True
        try:
            place = opening.overridden_place(request, self.run, attempt.mark, tuple(opening.overridden(item)))
            if self._vcr and recording.is_marked(item):
                place = recording.place(request, place)
        except ConfigError as error:
            raise self._failure(error) from None
        finally:
            self._choosing = False
        if early.interactions or early.errors:
            pytest.fail(_TOO_EARLY, pytrace=False)
        self.run.engine.pop(early)
        attempt.tape, attempt.shared = self._tape(place), place.shared
        self.run.engine.push(attempt.tape)

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
            self._measure_anyway(item, attempt)
        if getattr(item, "_excinfo", None):  # a unittest.TestCase keeps its failure here instead of raising it
            return outcome
        self._judge(item, attempt)
        return outcome

    def _measure_anyway(self, item: pytest.Item, attempt: Attempt) -> None:
        """Measure, whatever became of the test; one that passed fails when a call of the detector has no recording."""
        failed = sys.exception() is not None
        try:
            self.measure(item, attempt)
        except AltaxError as error:
            if not failed:
                raise self._failure(error) from None

    def _failure(self, error: AltaxError) -> BaseException:
        """An error as a failed test of pytest's own kind, which it keeps for the other tests of a fixture, too."""
        return failing.failure(error, self.config.rootpath)

    def _save(self, attempt: Attempt) -> None:
        try:
            attempt.tape.save()
        except AltaxError as error:
            raise self._failure(error) from None

    def _judge(self, item: pytest.Item, attempt: Attempt) -> None:
        if attempt.tape.errors:
            # The application caught it; the numbers of a test that took another path are not those of the real one
            pytest.fail(str(attempt.tape.errors[0]), pytrace=False)
        self._save(attempt)
        attempt.kept = True
        assert attempt.result is not None
        verdicts = self._verdicts(item, attempt)
        attempt.result = dataclasses.replace(attempt.result, verdicts=verdicts)
        failing = [verdict.message for verdict in verdicts if verdict.fails]
        if attempt.result.stale and self.run.settings.budget.policy.on_stale == "fail":
            standing = [pattern.pattern for pattern in attempt.tape.settings.ignore]
            failing.append(_stale_message(attempt.result, standing))
        if failing:
            pytest.fail("\n".join(failing), pytrace=False)

    def _verdicts(self, item: pytest.Item, attempt: Attempt) -> tuple[Verdict, ...]:
        budget, metrics = self.run.settings.budget, self.run.meters.metrics
        result = attempt.result
        assert result is not None
        limits = budget.for_test(item.nodeid, attempt.limits, result.language, result.models)
        estimates = dict(attempt.estimates)
        if not result.calls:
            estimates["calls"] = Estimate("calls", 0.0)
        verdicts = evaluate(
            limits,
            estimates,
            metrics,
            budget.policy,
            scope=item.nodeid,
            moved=moved(result.lines, result.stale),
            changes=lambda metric: self.run.against.change(metric, _parts(result, metric)),
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
            self._close(item, attempt)
        return outcome

    def _close(self, item: pytest.Item, attempt: Attempt) -> None:
        scored = attempt.result is not None and len(attempt.scores) > len(attempt.result.scores)
        if attempt.result is not None and (scored or attempt.tape.count > attempt.measured):
            verdicts = attempt.result.verdicts
            self.measure(item, attempt)
            attempt.result = dataclasses.replace(attempt.result, verdicts=verdicts)
        if attempt.kept or self.run.settings.keep_failures:
            self._save(attempt)
        if attempt.result is not None:
            used = cassettes_of(self.run, attempt.tape, shared=attempt.shared)
            attempt.result = dataclasses.replace(attempt.result, cassettes=used)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the numbers on the report, as plain JSON data that survives a worker process."""
        report = yield
        attempt = item.stash.get(ATTEMPT, None)
        payload: dict[str, Any] = {}
        if attempt is not None and call.when == "call" and report.skipped and not attempt.tape.errors:
            attempt.kept = True  # it skipped itself or failed as expected, and will again on replay
        if attempt is not None and attempt.result is not None and call.when != "setup":
            attempt.result = dataclasses.replace(attempt.result, outcome=_outcome(report, attempt.result))
            if attempt.result.outcome != "skipped" and attempt.result != attempt.told:
                attempt.told = attempt.result
                payload["test"] = attempt.result.to_json()
        if self.waiting:
            payload["scopes"] = [result.to_json() for result in self.waiting]
            self.waiting.clear()
        if call.when == "teardown" and attempt is not None:
            del item.stash[ATTEMPT]  # pytest keeps its items to the end of the run
        if payload:
            report.altax = json.loads(json.dumps(payload, allow_nan=False))  # type: ignore[attr-defined]
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Give the calls of a wider-scoped fixture a cassette and a session of their own: no one test made them."""
        __tracebackhide__ = True
        scope = None if fixturedef.scope == "function" else self._scope(fixturedef, request)
        if scope is not None:
            # pytest runs the last finalizer first: what is added here ends what is added after the fixture's own
            fixturedef.addfinalizer(lambda: self._wait_for(scope.leave))
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
                self._wait_for(scope.leave)
        if scope is not None:
            self._wait_for(scope.keep)
            fixturedef.addfinalizer(scope.enter)
        return value

    def _wait_for(self, results: Callable[[], list[TestResult]]) -> None:
        try:
            self.waiting += results()
        except AltaxError as error:
            raise self._failure(error) from None

    def _scope(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> FixtureScope:
        try:
            place = opening.fixture_place(fixturedef, request, self.run, ours=not self._choosing)
            return FixtureScope(self.run, fixturedef, request, place)
        except AltaxException as error:
            raise self._failure(error) from None

    def attempt(self, item: pytest.Item) -> Attempt:
        """The attempt of the test that is running."""
        return item.stash[ATTEMPT]

    def measure(self, item: pytest.Item, attempt: Attempt) -> TestResult:
        """The test's result so far; measured again only when calls have been made since."""
        file, line, _ = item.location
        attempt.measured = attempt.tape.count
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
            others=attempt.shared,
        )
        attempt.measured = attempt.tape.count
        metrics, measured = self.run.meters.metrics, attempt.result.measurements
        attempt.estimates = {one.metric: pool(metrics[one.metric], [(item.nodeid, one)]) for one in measured}
        _keep_properties(item, attempt.estimates)
        return attempt.result


_TOO_EARLY = (
    "a call of a model was made before it was known where it is to be recorded\n"
    "  it was made by a fixture that altax_config, altax_cassette_dir or altax_cassette_name asks for\n"
    "  to fix: make the call in a fixture of wider scope, which has a cassette of its own"
)


def _parts(result: TestResult, metric: Metric) -> list[tuple[str, Measurement]]:
    measured = result.measurement(metric.name)
    return [(result.id, measured)] if measured else []


def _attention(attempt: Attempt) -> tuple[str, ...]:
    return tuple(getattr(attempt.tape, "notes", ()))


def _keep_properties(item: pytest.Item, estimates: Mapping[str, Estimate]) -> None:
    """JUnit properties: each metric's value, or why it was not measured."""
    kept = [pair for pair in item.user_properties if not pair[0].startswith("altax.")]
    for metric, estimate in estimates.items():
        kept.append((f"altax.{metric}", estimate.reason if estimate.value is None else f"{estimate.value:.6g}"))
    item.user_properties[:] = kept


def _stale_message(result: TestResult, standing: Sequence[str]) -> str:
    shown = dict.fromkeys(line for call in result.stale for line in call.diff)
    facts = "".join(f"\n  {line}" for line in list(shown)[:_MOST_SHOWN])
    patterns = dict.fromkeys(pattern for call in result.stale for pattern in call.ignore)
    fix = 'record it again with --altax-record=stale, or set on-stale = "warn"'
    if patterns and all(call.ignore for call in result.stale):
        fix = f"what differs changes by itself; ignore it in [tool.pytest-altax]: {toml_line([*standing, *patterns])}"
    return f"{len(result.stale)} of {result.calls} calls are stale: {changes(result.stale)}{facts}\n  to fix: {fix}"


def _outcome(report: pytest.TestReport, result: TestResult) -> str:
    if hasattr(report, "wasxfail"):
        return "xpassed" if report.passed else "xfailed"
    if report.when == "teardown" and report.passed:
        return result.outcome
    return report.outcome


def _line(item: pytest.Item) -> int | None:
    line = item.location[1]
    return None if line is None else line + 1
