"""`altax compare BASE [HEAD]`: what moved between two runs, and whether the limits of changes are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from ..config import Settings
from ..errors import GitError, ResultsError
from ..gate.baseline import Baseline, read
from ..gate.budget import CHANGES
from ..gate.change import Against
from ..gate.estimate import pool
from ..gate.evaluate import evaluate
from ..gate.wording import decimals, figure
from ..gitrepo import Repository
from ..measurements import Metric, Status, Unit, Verdict
from ..report import jsonlines
from ..report.blessing import blessed
from ..report.moves import Moves, Snapshot, TestMove, is_shown, moves, parts_of, snapshot, touched
from ..report.safe import plain
from .baseline_update import standing
from .project import CONFIG, counted, meters_of, settings_of, text_of

_MOST_TESTS, _MOST_LINES, _MOST_NAMED = 20, 4, 3
_FAILED = 1


class _Judged(NamedTuple):
    """The verdict over some tests in a word or two, and those of each limit."""

    verdict: str
    limits: tuple[Verdict, ...] = ()


@click.command("compare")
@click.argument("base")
@click.argument("head", default="altax-results.jsonl")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@CONFIG
@click.pass_context
def command(ctx: click.Context, base: str, head: str, form: str, config: Path | None) -> None:
    """Print what moved from BASE to HEAD, for which tests and why, the worst first.

    Each is a results file (altax-results.jsonl), a baseline (altax-baseline.json), or a git revision, whose baseline is
    read. The limits of changes in [tool.pytest-altax.budget] are judged twice: `project` over all tests that both have,
    `patch` over those that the change touched: whose requests or models are others, whatever was answered.

    Exit code 0: all limits are kept, or there are none; 1: one is not; 2: something cannot be read.

    Example: altax compare origin/main
    """
    settings = settings_of(config)
    metrics = meters_of(settings).metrics
    before, after = (_snapshot(name, settings, metrics) for name in (base, head))
    found = moves(before, after, metrics)
    patch = touched(found, before, after) & before.baseline.tests.keys()
    verdicts = {
        "project": _judged(settings, metrics, before, after, after.baseline.tests.keys()),
        "patch": _judged(settings, metrics, before, after, patch) if patch else _Judged("no test was touched"),
    }
    if form == "json":
        click.echo(_json(before, after, found, verdicts))
    else:
        for line in _table(before, after, found, verdicts, metrics):
            click.echo(line)
    if any(verdict.fails for verdict in verdicts["project"].limits):
        ctx.exit(_FAILED)


def _snapshot(name: str, settings: Settings, metrics: Mapping[str, Metric]) -> Snapshot:
    path = Path(name)
    if path.is_file():
        text = text_of(path)
        if text.lstrip().startswith('{"') and '"kind"' in text.split("\n", 1)[0]:
            results = jsonlines.read(text, name, metrics)
            return snapshot(results, blessed(results, None, metrics, path.resolve().parent), name)
        return Snapshot(name, read(text, name, metrics))
    return Snapshot(name, _of_revision(name, standing(settings), metrics))


def _of_revision(name: str, path: Path, metrics: Mapping[str, Metric]) -> Baseline:
    try:
        repository = Repository.of(path.resolve().parent)
        commit = repository.commit(name)
    except GitError as error:
        fix = "give a results file, a baseline, or a revision that git knows"
        raise ResultsError(f"{name!r} is no file, and {error.what}", facts=error.facts, fix=fix) from error
    content = repository.read(commit, path)
    if content is None:
        raise ResultsError(f"there is no {path.name} at {name}", fix="make one there with altax baseline update")
    return read(content.decode("utf-8", "replace"), f"{path.name} at {name}", metrics)


def _judged(
    settings: Settings, metrics: Mapping[str, Metric], base: Snapshot, head: Snapshot, ids: Iterable[str]
) -> _Judged:
    """The verdicts of the limits of changes over some tests."""
    against = Against(base.baseline, readers=head.readers)
    limits = [limit for limit in settings.budget.run if limit.bound in CHANGES]
    parts = {limit.metric: parts_of(head, ids, limit.metric) for limit in limits}
    estimates = {name: pool(metrics[name], known) for name, known in parts.items()}
    verdicts = evaluate(
        limits,
        estimates,
        metrics,
        settings.budget.policy,
        changes=lambda metric: against.change(metric, parts[metric.name]),
    )
    return _Judged(_summed(verdicts), verdicts)


def _json(before: Snapshot, after: Snapshot, found: Moves, verdicts: Mapping[str, _Judged]) -> str:
    named = {"base": before.name, "head": after.name, **found.to_json()}
    judged = {
        name: {"verdict": judged.verdict, "limits": [one.to_json() for one in judged.limits]}
        for name, judged in verdicts.items()
    }
    return json.dumps({**named, **judged}, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _summed(verdicts: Sequence[Verdict]) -> str:
    """The worst of several verdicts; `no limits` without any."""
    order = (Status.FAIL, Status.INCONCLUSIVE, Status.NOT_MEASURED, Status.PASS)
    there = {verdict.status for verdict in verdicts}
    return next((status.value for status in order if status in there), "no limits")


def _table(
    before: Snapshot,
    after: Snapshot,
    found: Moves,
    verdicts: Mapping[str, _Judged],
    metrics: Mapping[str, Metric],
) -> Iterator[str]:
    both = len(before.baseline.tests.keys() & after.baseline.tests.keys())
    yield f"{plain(before.name)} → {plain(after.name)}, {counted(both, 'test', 'tests')} in both"
    for one in (before, after):
        if one.partial:
            yield f"{plain(one.name)} is a part of its suite: {plain(one.partial, 160)}"
    told: set[str] = set()
    for name, judged in verdicts.items():
        yield f"{name}: {judged.verdict}"
        said = [plain(one.message.splitlines()[0], 240) for one in judged.limits if one.status is not Status.PASS]
        yield from (f"  {text}" for text in said if text not in told)
        told.update(said)
    for reason in sorted(set(found.not_comparable.values())):
        names = [name for name, why in found.not_comparable.items() if why == reason]
        yield f"not comparable: {plain(reason, 160)}: {_named(names)}"
    yield from _metric_rows(found, metrics)
    for test in found.tests[:_MOST_TESTS]:
        yield from _test_rows(test)
    if len(found.tests) > _MOST_TESTS:
        yield f"... and {len(found.tests) - _MOST_TESTS} more tests that moved less"
    for what, ids in (("new", found.added), ("gone", found.removed)):
        if ids:
            yield f"{what}: {_named(ids)}"
    if not (found.metrics or found.tests or found.added or found.removed or found.not_comparable):
        yield "nothing moved"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(plain(name, 120) for name in names[:_MOST_NAMED]) + more


def _metric_rows(found: Moves, metrics: Mapping[str, Metric]) -> Iterator[str]:
    shown = [one for one in found.metrics if is_shown(metrics[one.metric])]
    width = max((len(one.metric) for one in shown), default=0)
    for one in shown:
        unit = metrics[one.metric].unit
        ends = [figure(bound, unit) for bound in (one.low, one.high) if bound is not None]
        interval = f" [{', '.join(ends)}]" if ends else ""
        digits = max(decimals(one.base, unit, one.head), decimals(one.head, unit, one.base))
        yield (
            f"  {plain(one.metric):<{width}}  {figure(one.base, unit, digits)} → {figure(one.head, unit, digits)}  "
            f"{'+' * (one.change > 0)}{figure(one.change, unit)}{interval}"
        )


def _test_rows(test: TestMove) -> Iterator[str]:
    sign = "+" * (test.tokens > 0)
    yield f"{plain(test.id, 200)}  {sign}{figure(test.tokens, Unit.TOKENS)} tokens"
    lines = [f"{name} {'+' * (by > 0)}{by:,}" for name, by in list(test.lines.items())[:_MOST_LINES]]
    why = f"  ({plain('; '.join(test.why), 160)})" if test.why else ""
    if lines or why:
        yield f"  {plain(' · '.join(lines), 240)}{why}"
    for metric, group, then, now, of_then, of_now in test.prompts[:_MOST_LINES]:
        yield f"  {metric} {then:g}/{of_then:g} → {now:g}/{of_now:g}  prompt {plain(group, 60)}"
