"""The history of a project: `altax-history.jsonl`, one line a run, appended; the lines of two branches merge by union.

A line holds when the run was made, at which commit, with what, and the run's estimates. Lines may stand in any order
and twice: they are sorted by time and counted once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ResultsError
from ..measurements import Metric
from ..plain import Record
from ..stats.changepoint import ChangePoint, change_point
from .model import Results
from .safe import plain

HISTORY_FORMAT = 1
"""1: created, revision, tests, calls, readers, metrics (0.1.0)."""
NAME = "altax-history.jsonl"
_TOO_LARGE = 1e100
_READERS = ("detector", "clusterer", "tokenizer", "prices")


@dataclass(frozen=True, slots=True)
class Entry(Record):
    """A run: `metrics` maps names to values, `readers` are the ids of what they rest on."""

    created: str
    tests: int
    calls: int
    revision: str = ""
    readers: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Trend(Record):
    """A metric over the runs that are comparable: its values, and where it moved, if it did.

    `moved` is the run in which the later values began; `first` and `last` are the earliest and the latest that the data
    do not exclude. `p` is None where both sides are constant.
    """

    metric: str
    values: tuple[float, ...]
    moved: Entry | None = None
    first: Entry | None = None
    last: Entry | None = None
    before: float | None = None
    after: float | None = None
    p: float | None = None


def entry(results: Results, revision: str | None) -> Entry:
    """The line of a run. Raises ResultsError for a partial one, whose numbers are not those of the suite."""
    if results.run.partial:
        fix = "add a run of the whole suite"
        raise ResultsError(f"this run is partial: {results.run.partial}; its numbers would look like a fall", fix=fix)
    values = {one.metric: one.value for one in results.run.estimates if one.value is not None}
    readers = {name: getattr(results.header, name) for name in _READERS}
    return Entry(
        results.header.created, results.run.tests, results.run.calls, revision or "", readers, values, HISTORY_FORMAT
    )


def line(one: Entry) -> str:
    """The line of the file, with its newline."""
    return json.dumps(one.to_json(), sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def read(text: str, name: str) -> list[Entry]:
    """The runs of a history by time, each once; `name` is the file's, for errors.

    Raises ResultsError with the line: a merge conflict, not JSON, another version, a field that does not fit.
    """
    found: dict[tuple[str, str], Entry] = {}
    for number, text_line in enumerate(text.splitlines(), 1):
        if text_line.strip():
            one = _parse(text_line, f"{name}:{number}")
            found[one.created, one.revision] = one
    return [found[key] for key in sorted(found)]


def _parse(text: str, where: str) -> Entry:
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise ResultsError(
            f"{where}: a merge conflict is left in it", fix="keep the lines of both sides; order is free"
        )
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ResultsError(
            f"{where}: not JSON: {error}", fix="remove the line; the others stand by themselves"
        ) from error
    version = data.get("version") if isinstance(data, dict) else None
    if version != HISTORY_FORMAT:
        fix = "read it with the version of pytest-altax that wrote it"
        raise ResultsError(f"{where}: format version {version!r}, this is version {HISTORY_FORMAT}", fix=fix)
    one = Entry.from_json(data, where)
    bad = next((metric for metric, value in one.metrics.items() if not abs(value) < _TOO_LARGE), None)
    if bad is not None:
        raise ResultsError(f"{where}: {plain(bad, 80)} is {str(one.metrics[bad])[:40]}, which no run measures")
    return one


def trends(entries: list[Entry], metrics: Mapping[str, Metric], names: tuple[str, ...]) -> list[Trend]:
    """How these metrics went, in the order given; a metric that only few runs have is told over these.

    Runs with another detector, clusterer, tokenizer or prices than the last one are left out of what rests on it.
    """
    return [
        _trend(metrics[name], [one for one in _alike(entries, metrics[name]) if name in one.metrics]) for name in names
    ]


def _alike(entries: list[Entry], metric: Metric) -> list[Entry]:
    last = entries[-1].readers
    return [one for one in entries if all(one.readers.get(name) == last.get(name) for name in metric.depends)]


def _trend(metric: Metric, entries: list[Entry]) -> Trend:
    name = metric.name
    values = tuple(one.metrics[name] for one in entries)
    found: ChangePoint | None = change_point(values, counted=not metric.pooling.sampled)
    if found is None:
        return Trend(name, values)
    moved, first, last = (entries[place] for place in (found.at, found.first, found.last))
    return Trend(name, values, moved, first, last, found.before, found.after, found.p)
