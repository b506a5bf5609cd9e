"""`altax history`: how the metrics of a project went, and at which commit one moved."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from ..errors import UnknownName, nearest
from ..gate.wording import decimals, figure
from ..measurements import Metric, Unit
from ..meters.ledger import layer_metrics
from ..meters.lines import LAYER, family
from ..report import jsonlines
from ..report.blessing import revision
from ..report.history import NAME, Entry, Trend, entry, line, read, trends
from ..report.safe import plain
from .extensions import meters
from .project import counted, text_of

_SHOWN = (
    "total_tokens",
    "tax_tokens",
    "tax_ratio",
    "refusal_rate",
    "harmful_compliance_rate",
    "distinct_2",
    "cost_usd",
)
_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 40
_CERTAIN = 0.05
_MAKE = "make it with: pytest --altax && altax history add"


@click.group("history", invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--file", default=NAME, show_default=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--metric", "chosen", multiple=True, help="Only these; may be repeated. By default the main ones.")
@click.option("--last", type=click.IntRange(min=1), help="Only the last N runs.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def command(ctx: click.Context, file: Path, chosen: tuple[str, ...], last: int | None, form: str) -> None:
    """Print how the metrics went over the runs of altax-history.jsonl, and at which commit one moved.

    `altax history add` appends the last run. A move is told with the span of commits that the data do not exclude and
    its p (permutations), or without where the metric was constant on either side. A run with another detector,
    clusterer, tokenizer or price table is left out of what rests on it.

    Example: pytest --altax && altax history add && altax history --metric tax_tokens
    """
    ctx.obj = file
    if ctx.invoked_subcommand is not None:
        return
    entries = read(text_of(file, _MAKE), str(file))[-(last or 0) :]
    lines = {name.partition(":")[2] for one in entries for name in one.metrics if family(name) == LAYER}
    metrics = {**meters().metrics, **layer_metrics(lines)}
    for name in chosen:
        if name not in metrics:
            raise UnknownName(f"no metric is called {name!r}", did_you_mean=nearest(name, metrics))
    if not entries:
        raise click.UsageError(f"{file} holds no run; add one with altax history add")
    found = trends(entries, metrics, chosen or tuple(name for name in _SHOWN if name in metrics))
    if form == "json":
        click.echo(json.dumps([one.to_json() for one in found], sort_keys=True, ensure_ascii=False, allow_nan=False))
        return
    for text in _table(entries, found, metrics):
        click.echo(text)


@command.command("add")
@click.argument("results", default="altax-results.jsonl", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def add(file: Path, results: Path) -> None:
    """Append the run that RESULTS tells of; a run that stands there already is not added twice.

    Example: altax history add
    """
    found = jsonlines.read(text_of(results, _MAKE), str(results), meters().metrics)
    one = entry(found, revision(Path.cwd()))
    known = read(text_of(file), str(file)) if file.exists() else []
    if any((one.created, one.revision) == (other.created, other.revision) for other in known):
        click.echo(f"{file}: this run stands there already")
        return
    _append(file, line(one))
    click.echo(f"{file}: {counted(len(known) + 1, 'run', 'runs')}")


def _append(file: Path, text: str) -> None:
    """Append a line in one write, which no other process can come into; a last line without its end is ended first."""
    begun = file.exists() and file.stat().st_size and not file.read_bytes().endswith(b"\n")
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, (("\n" if begun else "") + text).encode("utf-8"))
    finally:
        os.close(handle)


def _table(entries: list[Entry], found: list[Trend], metrics: Mapping[str, Metric]) -> Iterator[str]:
    runs = counted(len(entries), "run", "runs")
    yield f"{runs}, {plain(entries[0].created[:10])} to {plain(entries[-1].created[:10])}"
    width = max(len(plain(one.metric)) for one in found)
    for one in found:
        if one.values:
            unit = metrics[one.metric].unit
            ends = _ends(one.values[0], one.values[-1], unit)
            yield f"{plain(one.metric):<{width}}  {_bars(one.values)}  {ends}"
            if one.moved and (one.p is None or one.p <= _CERTAIN):
                yield f"{'':<{width}}  {_moved(one, metrics[one.metric])}"


def _moved(one: Trend, metric: Metric) -> str:
    at, first, last = (_named(run) for run in (one.moved, one.first, one.last))
    span = f", between {first} and {last}" if first != last else ""
    chance = "" if one.p is None else f", p={one.p:.3f}"
    return f"moved at {at}{span}: {_ends(one.before or 0.0, one.after or 0.0, metric.unit)}{chance}"


def _ends(first: float, last: float, unit: Unit) -> str:
    """`0.35 → 0.36`, with the decimals that tell them apart."""
    others = () if first == last else (first, last)
    digits = max(decimals(first, unit, *others[1:]), decimals(last, unit, *others[:1]))
    return f"{figure(first, unit, digits)} → {figure(last, unit, digits)}"


def _named(run: Entry | None) -> str:
    return "" if run is None else plain(run.revision[:9] or run.created, 40)


def _bars(values: tuple[float, ...]) -> str:
    """The last values as a row of bars, from their smallest to their largest."""
    shown = values[-_WIDTH:]
    low, high = min(shown), max(shown)
    if high == low:
        return _BARS[3] * len(shown)
    return "".join(_BARS[round((value - low) / (high - low) * (len(_BARS) - 1))] for value in shown)
