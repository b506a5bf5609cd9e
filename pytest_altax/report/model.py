"""The results of a run: a header, one record a test, and the run as a whole. Every report is drawn from these.

Volatile fields (dates, versions, paths) stand in the header alone; everything else depends only on the tests, the
recordings and the configuration, so two runs of the same tree give the same records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from ..measurements import Estimate, Measurement, Metric, Verdict
from ..meters.cachebreaks import CacheBreak
from ..meters.grading import Graded
from ..meters.savings import Saving, ServerUse, ToolUse
from ..meters.variety.record import GroupVariety
from ..plain import Record

FORMAT_VERSION = 1
"""1: header, test and run records (0.1.0)."""


@dataclass(frozen=True, slots=True)
class Header(Record):
    """What made the results. Numbers of two runs are comparable when detector, clusterer and tokenizer agree.

    `created` is UTC, ISO 8601; `config` the digest of the settings that change numbers or verdicts. Of a part of a
    suite `shard` says which (`2/4`), `suite` is a digest of the ids of all tests and `revision` the tested commit.
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
    shard: str = ""
    suite: str = ""
    revision: str = ""
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
    `refusals` counts its refusals by the hash of their text. `sampled` are the prompts with samples enough to tell how
    much their answers differ. `graded` are the scores, each with the uncertainty of the answers that it is about.
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
    refusals: Mapping[str, int] = dataclasses.field(default_factory=dict)
    sampled: tuple[GroupVariety, ...] = ()
    graded: tuple[Graded, ...] = ()
    models: tuple[str, ...] = ()

    def measurement(self, metric: str) -> Measurement | None:
        """The measurement of a metric in this test, if there is one."""
        return next((one for one in self.measurements if one.metric == metric), None)


@dataclass(frozen=True, slots=True)
class Compared(Record):
    """The baseline that changes were measured against: where it was read, when and at which commit it was made.

    `tests` counts those that both have. `added` and `removed` are the ids of tests of this run alone and of the
    baseline alone, `renamed` those that look like each other, (then, now).
    """

    source: str
    created: str
    tests: int
    revision: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult(Record):
    """The run as a whole. `partial` says why it was cut short, if it was; run budgets are then not judged.

    `problems` are failing entries that are no budget: nothing measured, a layer that matches nothing. `unused` are the
    recordings that were never played, `ignore` the line of settings under which calls would not be stale that are so by
    dates, ids and the like alone. `savings` are those of its tests by kind, the dearest first; `servers` groups the
    tools by MCP server. `compared` is the baseline that changes were measured against, if there was one.
    `self_edits` are what the change edits of what judges it, and `on_self_edit` what that does (note, warn, fail).
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
    compared: Compared | None = None
    self_edits: tuple[str, ...] = ()
    on_self_edit: str = "note"

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
