"""What moved between two runs: metrics, the lines of each test's bill, and the prompts that are answered otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..gate.baseline import Baseline
from ..gate.change import Against, Change
from ..measurements import Measurement, Metric, Pooling, Sample, Unit
from ..meters.lines import DUPLICATE, FRAMING, INPUT_LINES, LAYER, RESENT, family
from ..plain import Record
from .model import Results

_LABELLED = ("refusal_rate", "harmful_compliance_rate")
_LINE = "_tokens"
_ASKED = frozenset(INPUT_LINES) - {RESENT, DUPLICATE, FRAMING}
"""The lines of what a request asks; the others also move with what was answered."""
_Counts = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run as far as comparing needs it: `lines` are the tokens of each test by line, where they are known.

    `stale` are the tests some of whose answers belong to other requests, with what changed in these. `measured` and
    `models` are the measurements of each test, with what they could not measure and why, and the models that it asked;
    None and empty of a baseline, which does not tell.
    """

    name: str
    baseline: Baseline
    lines: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    partial: str | None = None
    measured: Mapping[str, tuple[Measurement, ...]] | None = None
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def parts(self, metric: str) -> list[tuple[str, Measurement]]:
        """The measurements of a metric by test, sorted by id."""
        if self.measured is None:
            return list(self.baseline.parts(metric))
        return [(id, one) for id, all_ in sorted(self.measured.items()) for one in all_ if one.metric == metric]

    @property
    def readers(self) -> dict[str, str]:
        """The ids of what its numbers rest on."""
        head = self.baseline.header
        return {name: getattr(head, name) for name in ("detector", "clusterer", "tokenizer", "prices")}


@dataclass(frozen=True, slots=True)
class MetricMove(Record):
    """A metric that moved over the tests that both runs have; `low` and `high` where it is sampled."""

    metric: str
    base: float
    head: float
    change: float
    low: float | None = None
    high: float | None = None
    n: int = 0


@dataclass(frozen=True, slots=True)
class TestMove(Record):
    """A test that moved: by how many tokens in all, on which lines, and which prompts are answered otherwise.

    `prompts` are (metric, prompt group, count then, count now, of how many then, of how many now). `why` says what
    changed in its requests, where that is known.
    """

    __test__ = False

    id: str
    tokens: int
    lines: Mapping[str, int] = field(default_factory=dict)
    prompts: tuple[tuple[str, str, float, float, float, float], ...] = ()
    why: tuple[str, ...] = ()

    @property
    def weight(self) -> tuple[float, int, str]:
        """Worse ones first: what is answered otherwise goes before what costs more."""
        flipped = sum(abs(now / of_now - then / of_then) for _, _, then, now, of_then, of_now in self.prompts)
        return -flipped, -abs(self.tokens), self.id


@dataclass(frozen=True, slots=True)
class Moves(Record):
    """All that moved: `metrics` in the order of their names, `tests` the worst first, and what only one run has."""

    metrics: tuple[MetricMove, ...] = ()
    tests: tuple[TestMove, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    not_comparable: Mapping[str, str] = field(default_factory=dict)


def snapshot(results: Results, baseline: Baseline, name: str) -> Snapshot:
    """A run as its results file tells it; `baseline` is what blessing it gives."""
    return Snapshot(
        name,
        baseline,
        {test.id: {line.name: line.tokens for line in test.lines} for test in results.tests},
        {
            test.id: tuple(dict.fromkeys(text for call in test.stale for text in call.changes))
            for test in results.tests
            if test.stale
        },
        results.run.partial,
        {test.id: test.measurements for test in results.tests},
        {test.id: test.models for test in results.tests},
    )


def moves(base: Snapshot, head: Snapshot, metrics: Mapping[str, Metric]) -> Moves:
    """What moved from one run to the other."""
    against = Against(base.baseline, readers=head.readers)
    found = {
        name: against.change(metrics[name], head.parts(name)) for name in sorted(head.baseline.metrics & metrics.keys())
    }
    then, now = base.baseline.tests, head.baseline.tests
    tests = (_test_move(id, base, head) for id in then.keys() & now.keys())
    gone = () if head.partial else sorted(then.keys() - now.keys())
    return Moves(
        tuple(_metric_move(name, change) for name, change in found.items() if change.estimate.value),
        tuple(sorted((one for one in tests if one is not None), key=lambda one: one.weight)),
        tuple(sorted(now.keys() - then.keys())),
        tuple(gone),
        {name: differs for name in found if (differs := against.differs(metrics[name]))},
    )


def touched(found: Moves, base: Snapshot, head: Snapshot) -> frozenset[str]:
    """The tests that a change touched: new ones, and those that ask otherwise, or ask another model.

    What is answered otherwise does not count: to judge the tests that were picked for it would find a change in noise.
    """
    asks = {test.id for test in found.tests if any(family(line) in _ASKED for line in test.lines)}
    other = {id for id, models in head.models.items() if id in base.models and base.models[id] != models}
    return frozenset({*asks, *other, *found.added, *head.stale})


def parts_of(snapshot: Snapshot, ids: Iterable[str], metric: str) -> list[tuple[str, Measurement]]:
    """The measurements of a metric in some tests."""
    chosen = frozenset(ids)
    return [(id, one) for id, one in snapshot.parts(metric) if id in chosen]


def _metric_move(name: str, change: Change) -> MetricMove:
    estimate = change.estimate
    return MetricMove(
        name, change.base or 0.0, change.now or 0.0, estimate.value or 0.0, estimate.low, estimate.high, estimate.n
    )


def _test_move(id: str, base: Snapshot, head: Snapshot) -> TestMove | None:
    lines = _line_moves(base, head, id)
    then, now = base.baseline.tests[id], head.baseline.tests[id]
    prompts = tuple(
        (metric, group, was[0], is_[0], was[1], is_[1])
        for metric in _LABELLED
        for group, was, is_ in _pairs(then.get(metric, ()), now.get(metric, ()))
        if was[0] * is_[1] != is_[0] * was[1]
    )
    tokens = _sum(now.get("total_tokens", ())) - _sum(then.get("total_tokens", ()))
    if not lines and not prompts and not tokens:
        return None
    return TestMove(id, round(tokens), lines, prompts, head.stale.get(id, ()))


def _line_moves(base: Snapshot, head: Snapshot, id: str) -> dict[str, int]:
    """Tokens by line that are more or fewer; by the names of layers where both runs tell them."""
    if id in base.lines and id in head.lines:
        then, now = base.lines[id], head.lines[id]
    else:
        layers = {name for name in base.baseline.metrics & head.baseline.metrics if family(name) == LAYER}
        then, now = (_lines(one.baseline, id, layers) for one in (base, head))
    moved = {name: now.get(name, 0) - then.get(name, 0) for name in sorted({*then, *now})}
    return dict(sorted(((name, by) for name, by in moved.items() if by), key=lambda item: (-abs(item[1]), item[0])))


def _lines(baseline: Baseline, id: str, layers: Collection[str]) -> dict[str, int]:
    """The tokens of a test by line; of these layers each by itself, the others together."""
    skipped = ("total", "tax", "input", "output", "cached")
    found = {
        name.removesuffix(_LINE): round(_sum(samples))
        for name, samples in baseline.tests[id].items()
        if name in layers or (name.endswith(_LINE) and name.removesuffix(_LINE) not in skipped)
    }
    named = sum(found.get(name, 0) for name in layers)
    return {**found, LAYER: found.get(LAYER, 0) - named} if named else found


def _sum(samples: Iterable[Sample]) -> float:
    return sum(sample.numerator for sample in samples)


def _pairs(then: Sequence[Sample], now: Sequence[Sample]) -> Iterator[tuple[str, _Counts, _Counts]]:
    was = {one.group: one for one in then}
    for one in now:
        if one.group in was:
            before = was[one.group]
            yield one.group, (before.numerator, before.denominator), (one.numerator, one.denominator)


def is_shown(metric: Metric) -> bool:
    """Whether a move of the metric is told in a table: shares of tokens follow from the tokens."""
    return not (metric.pooling is Pooling.RATIO and metric.unit is Unit.RATIO and metric.name != "tax_ratio")
