"""From the results of the tests to those of the run: pool the measurements, judge the run's budget."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from .. import __version__
from ..capture.matching.volatile import toml_line
from ..errors import nearest
from ..gate.budget import Budget
from ..gate.estimate import contributions, pool
from ..gate.evaluate import evaluate
from ..measurements import Estimate, Measurement
from ..meters.base import Layer
from ..meters.savings import servers
from ..report.model import Header, Problem, Results, RunResult, TestResult, sum_lines
from ..report.wording import moved
from .savings import run_savings, with_unused_tools
from .state import Run, config_file
from .usage import unused_recordings

Parts = Mapping[str, Sequence[tuple[str, Measurement]]]


def summarise(
    run: Run, config: pytest.Config, tests: Sequence[TestResult], known: Collection[str], partial: str | None
) -> Results:
    """Everything the reports need, from the results of the tests and the ids of all tests of the suite.

    `partial` says why the run is not whole; its budgets are then not judged.
    """
    # Of a run that was cut short nobody knows which tools its other tests call.
    tests = with_unused_tools(tests) if partial is None else tests
    parts = _parts(tests)
    estimates = _estimates(run, parts)
    lines = sum_lines(tests)
    verdicts = evaluate(
        run.settings.budget.run,
        estimates,
        run.meters.metrics,
        run.settings.budget.policy,
        partial=partial,
        contributions={name: contributions(run.meters.metrics[name], of_tests) for name, of_tests in parts.items()},
        moved=moved(lines, [call for test in tests for call in test.stale]),
    )
    result = RunResult(
        tests=sum(not test.shared for test in tests),
        calls=sum(test.calls for test in tests),
        stale=sum(len(test.stale) for test in tests),
        partial=partial,
        lines=lines,
        estimates=tuple(estimates[name] for name in sorted(estimates)),
        verdicts=verdicts,
        problems=() if partial else _problems(run, tests, known),
        unused=unused_recordings(run, tests, whole=partial is None),
        ignore=_ignore(run, tests),
        savings=run_savings(tests),
        servers=servers(use for test in tests for use in test.tools),
    )
    return Results(_header(run), tuple(tests), result, run.meters.metrics, _config_name(config), _root(config))


def _ignore(run: Run, tests: Sequence[TestResult]) -> str | None:
    """The line of settings that ignores what is ignored already, and what alone makes calls stale."""
    new = {pattern: None for test in tests for call in test.stale for pattern in call.ignore}
    standing = [pattern.pattern for pattern in run.settings.capture.ignore]
    return toml_line([*standing, *(pattern for pattern in new if pattern not in standing)]) if new else None


def _parts(tests: Sequence[TestResult]) -> Parts:
    parts: dict[str, list[tuple[str, Measurement]]] = defaultdict(list)
    for test in tests:
        for measurement in test.measurements:
            parts[measurement.metric].append((test.id, measurement))
    return parts


def _estimates(run: Run, parts: Parts) -> dict[str, Estimate]:
    metrics = run.meters.metrics
    pooled = {name: pool(metrics[name], of_tests) for name, of_tests in parts.items() if name in metrics}
    return {**pooled, **run.meters.derive(pooled)}


def _problems(run: Run, tests: Sequence[TestResult], known: Collection[str]) -> tuple[Problem, ...]:
    if not any(test.calls for test in tests):
        fix = "check that the tests call a model, and that its host is a known one or stands in `hosts`"
        said = f"nothing was measured: no test that ran made an LLM call\n  to fix: {fix}"
        return (Problem("nothing-measured", said),)
    return (*_layer_problems(run.settings.layers, tests), *_pattern_problems(run.settings.budget, known))


def _pattern_problems(budget: Budget, known: Collection[str]) -> Iterator[Problem]:
    for number, entry in enumerate(budget.tests):
        if any(entry.covers(id) for id in known):
            continue
        near = nearest(entry.match, known)
        did_you_mean = f"\n  did you mean {near!r}?" if near else ""
        line = entry.limits[0].line if entry.limits else None
        said = f"the pattern {entry.match!r} matches no test, so its budget can never fail{did_you_mean}"
        fix = "\n  to fix: match is a test id, or a pattern with * and ? for several, such as tests/support/*"
        yield Problem(f"budgets[{number}]", said + fix, line)


def _layer_problems(layers: Sequence[Layer], tests: Sequence[TestResult]) -> list[Problem]:
    matched = {name for test in tests for name in test.layers}
    problems = []
    for layer in layers:
        if layer.name in matched:
            continue
        close = sorted({test.nearest[layer.name] for test in tests if layer.name in test.nearest})
        near = nearest(layer.endpoint or layer.name, close) or (close[0] if close else None)
        said, fact, fix = _unmatched(layer)
        facts = f"\n  {fact}: {near}" if near else ""
        problems.append(
            Problem(f"layers.{layer.name}", f"{said}{facts}\n  set in {layer.source}\n  to fix: {fix}", layer.line)
        )
    return problems


def _unmatched(layer: Layer) -> tuple[str, str, str]:
    """What to say of a layer that was not found, what the nearest thing is called, and how to fix it."""
    if layer.endpoint:
        said = f"layer {layer.name!r}: no call went to the endpoint {layer.endpoint!r}"
        return (
            said,
            "nearest endpoint that was called",
            "name it as `altax calls` does, PROVIDER.ENDPOINT, or remove it",
        )
    if layer.by_tag_alone:
        said = f"layer {layer.name!r}: no call was tagged so"
        return said, "nearest tag that was used", f"make its calls in `with altax.layer({layer.name!r}):`, or remove it"
    said = f"layer {layer.name!r} matches nothing in any request"
    return said, "nearest text in a request", "point it at the text that the app sends, or remove it"


def _header(run: Run) -> Header:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return Header(
        altax=__version__,
        created=now,
        python=platform.python_version(),
        config=run.settings.digest,
        record=run.settings.capture.mode.value,
        detector=run.detector.id,
        clusterer=run.clusterer.id,
        tokenizer=" ".join((run.settings.tokenizer, *run.counter.own)),
        prices=f"genai-prices {importlib.metadata.version('genai-prices')}",
    )


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
