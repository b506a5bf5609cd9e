"""The results of a run: a header, one record a test, and the run as a whole. Every report is drawn from these.

Volatile fields (dates, versions, paths) stand in the header alone; everything else depends only on the tests, the
recordings and the configuration, so two runs of the same tree give the same records.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..measurements import Estimate, Measurement, Metric, Verdict
from ..meters.cachebreaks import CacheBreak
from ..meters.savings import Saving, ServerUse, ToolUse
from ..plain import Record

FORMAT_VERSION = 1
"""1: header, test and run records (0.1.0)."""


@dataclass(frozen=True, slots=True)
class Header(Record):
    """What made the results. Numbers of two runs are comparable when detector, clusterer and tokenizer agree.

    `created` is UTC, ISO 8601; `config` the digest of the settings that change numbers or verdicts.
    """

    altax: str
    created: str
    python: str
    config: str
    record: str
    detector: str
    clusterer: str
    tokenizer: str
    prices: str = ""
    version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class LedgerLine(Record):
    """A line of the ledger, in tokens; `was` is the number as recorded, when requests have changed since.

    `taxed` says whether the line counts as tax. `usd` is what its tokens cost now, None where none of them has a price;
    over all lines it sums to `cost_usd`.
    """

    name: str
    tokens: int
    was: int | None = None
    taxed: bool = False
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class StaleCall(Record):
    """A call whose answer was recorded for another request: its number in the test (from 0) and what changed.

    `diff` shows the texts that changed, one a line. `ignore` are patterns for `match.ignore` under which the call is
    not stale, where only dates, ids and the like changed.
    """

    call: int
    changes: tuple[str, ...]
    model: str | None = None
    diff: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CassetteUse(Record):
    """A cassette that a test opened: its path from the root folder with `/`, and which recordings it did not play.

    `digest` is that of the file as it was read (blake2b of 8 bytes, 16 hexadecimal digits), for a file that was not
    there that of the one written, None where none was. `recordings` counts what it held, `unused` are numbers from 0.
    `shared` says that other tests may have the same cassette: a recording is unused when none of them played it.
    """

    path: str
    digest: str | None = None
    recordings: int = 0
    unused: tuple[int, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True)
class UnusedRecordings(Record):
    """The recordings of a cassette that no test of the run played, by number; `first` tells what the first were for."""

    path: str
    recordings: int
    unused: tuple[int, ...]
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestResult(Record):
    """What one test cost. `id` is pytest's node id, or `scope::fixture` for the calls of a wider-scoped fixture.

    `line` counts from 1. `shared` marks the calls of a wider-scoped fixture. `layers` are the declared layers that
    stand in the requests, `nearest` gives for each other one the text that comes nearest. `scores` are those given with
    `altax.score`, 0 to 1. `attention` holds sentences the reader should see. `cassettes` are those that it opened.
    `tools` are those in its requests, `cache_breaks` where calls of one conversation stop having the same start, and
    `savings` what could go away, the dearest first; tools are named there only if no test of the run calls them.
    """

    __test__ = False

    id: str
    file: str
    line: int | None = None
    outcome: str = "passed"
    calls: int = 0
    replayed: int = 0
    harmful: bool = False
    language: str | None = None
    probe: str | None = None
    shared: bool = False
    scores: tuple[float, ...] = ()
    lines: tuple[LedgerLine, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    stale: tuple[StaleCall, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    layers: tuple[str, ...] = ()
    nearest: Mapping[str, str] = dataclasses.field(default_factory=dict)
    attention: tuple[str, ...] = ()
    cassettes: tuple[CassetteUse, ...] = ()
    tools: tuple[ToolUse, ...] = ()
    cache_breaks: tuple[CacheBreak, ...] = ()
    savings: tuple[Saving, ...] = ()

    def measurement(self, metric: str) -> Measurement | None:
        """The measurement of a metric in this test, if there is one."""
        return next((one for one in self.measurements if one.metric == metric), None)


@dataclass(frozen=True, slots=True)
class RunResult(Record):
    """The run as a whole. `partial` says why it was cut short, if it was; run budgets are then not judged.

    `problems` are failing entries that are no budget: nothing measured, a layer that matches nothing. `unused` are the
    recordings that were never played, `ignore` the line of settings under which calls would not be stale that are so by
    dates, ids and the like alone. `savings` are those of its tests by kind, the dearest first; `servers` groups the
    tools by MCP server.
    """

    tests: int
    calls: int
    stale: int
    partial: str | None = None
    lines: tuple[LedgerLine, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    problems: tuple[Problem, ...] = ()
    unused: tuple[UnusedRecordings, ...] = ()
    ignore: str | None = None
    savings: tuple[Saving, ...] = ()
    servers: tuple[ServerUse, ...] = ()

    def estimate(self, metric: str) -> Estimate | None:
        """The run's estimate of a metric, if there is one."""
        return next((one for one in self.estimates if one.metric == metric), None)


@dataclass(frozen=True, slots=True)
class Problem(Record):
    """A failing entry of the run that is no budget: `name` stands in `pyproject.toml::altax[name]`."""

    name: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """Everything a report is drawn from.

    `metrics` describes the metrics by name; `config` is the settings' file, from the root folder; `root` the root
    folder from where annotations count files, empty when it is the same.
    """

    header: Header
    tests: tuple[TestResult, ...]
    run: RunResult
    metrics: Mapping[str, Metric]
    config: str = "pyproject.toml"
    root: str = ""


def sum_lines(tests: Sequence[TestResult]) -> tuple[LedgerLine, ...]:
    """The ledger of several tests: lines of the same name added, in the order of their names."""
    tokens: dict[str, int] = {}
    was: dict[str, int] = {}
    usd: dict[str, list[float]] = {}
    for line in (line for test in tests for line in test.lines):
        tokens[line.name] = tokens.get(line.name, 0) + line.tokens
        was[line.name] = was.get(line.name, 0) + (line.tokens if line.was is None else line.was)
        if line.usd is not None:
            usd.setdefault(line.name, []).append(line.usd)
    taxed = {line.name for test in tests for line in test.lines if line.taxed}
    changed = {name for name in tokens if tokens[name] != was[name]}
    return tuple(
        LedgerLine(
            name,
            tokens[name],
            was[name] if name in changed else None,
            name in taxed,
            math.fsum(usd[name]) if name in usd else None,
        )
        for name in sorted(tokens)
    )
