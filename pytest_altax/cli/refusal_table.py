"""The counts of `altax refusals`: labels by language, source and model, and how they agree with those given."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from ..meters.base import LabelKind
from ..report.safe import plain
from ..stats.agreement import Agreement
from ..stats.intervals import wilson

ALL = ("", "")
_MOST_ROWS = 40
_WIDEST = 28
_GAP = "  "
_KINDS = (LabelKind.REFUSAL, LabelKind.PARTIAL, LabelKind.COMPLIANCE)
_SCORES = ("precision", "recall", "f1", "kappa", "false_positive_rate")
_HEADS = {"false_positive_rate": "false pos."}

Key = tuple[str, str]
"""A dimension and a value of it, such as ("language", "de")."""
Counts = Counter[tuple[LabelKind | None, LabelKind]]
"""How often (label given, label found) came together."""


class Tally:
    """What was found by a detector, counted as it is found: `counts` by (dimension, value), all of it under `ALL`."""

    def __init__(self, detector: str) -> None:
        self.detector = detector
        self.counts: dict[Key, Counts] = defaultdict(Counter)
        self.known_by: Counter[str] = Counter()

    def add(self, found: LabelKind, given: LabelKind | None, known_by: str, places: Mapping[str, str | None]) -> None:
        """Count an answer under each of its places, such as its language."""
        self.known_by[known_by] += 1
        self.counts[ALL][given, found] += 1
        for dimension, value in places.items():
            if value is not None:
                self.counts[dimension, value][given, found] += 1

    def chosen(self, by: Iterable[str]) -> list[Key]:
        """The keys of the counts to show: each dimension's values, the largest first, then all."""
        keys = [key for key in self.counts if key != ALL]
        order = {dimension: place for place, dimension in enumerate(by)}
        keys = [key for key in keys if key[0] in order]
        return [*sorted(keys, key=lambda key: (order[key[0]], -self.counts[key].total(), key)), ALL]


def agreement(counts: Counts, *, partial: bool = False) -> Agreement:
    """Refusal against compliance, what is labelled partial left out; with `partial` that is refusal, found or given."""
    yes = {LabelKind.REFUSAL, LabelKind.PARTIAL} if partial else {LabelKind.REFUSAL}
    return Agreement.of(
        (given in yes, found in yes, number)
        for (given, found), number in counts.items()
        if given is not None and (partial or given is not LabelKind.PARTIAL)
    )


def figures(tally: Tally, by: Sequence[str]) -> dict[str, Any]:
    """The figures of the table as plain data: the detector's id, how labels are known, and a row for each group."""
    found = [_figures(key, tally.counts[key]) for key in tally.chosen(by) if key != ALL or key in tally.counts]
    return {"detector": tally.detector, "known_by": dict(sorted(tally.known_by.items())), "figures": found}


def _figures(key: Key, counts: Counts) -> dict[str, Any]:
    kinds, n = _kinds(counts), counts.total()
    low, high = wilson(n - kinds[LabelKind.COMPLIANCE], n)
    rate = {"refused": (n - kinds[LabelKind.COMPLIANCE]) / n, "low": low, "high": high}
    row: dict[str, Any] = {"by": key[0] or None, "value": key[1] or None, "n": n, **_named(kinds), **rate}
    if any(given is not None for given, _ in counts):
        row["agreement"] = _scores(agreement(counts))
        row["agreement_partial_refused"] = _scores(agreement(counts, partial=True))
    return row


def _scores(found: Agreement) -> dict[str, Any]:
    return {"n": found.n, "refusals": found.true, **{name: getattr(found, name) for name in _SCORES}}


def _named(kinds: Mapping[LabelKind, int]) -> dict[str, int]:
    return {kind.value: kinds[kind] for kind in _KINDS}


def _kinds(counts: Counts) -> Counter[LabelKind]:
    kinds: Counter[LabelKind] = Counter()
    for (_, found), number in counts.items():
        kinds[found] += number
    return kinds


def table(tally: Tally, by: Sequence[str]) -> Iterator[str]:
    """The lines of the table: counts and rates, then the agreement with the labels given, where there are any."""
    total = tally.counts[ALL].total()
    known = " · ".join(f"{name} {number:,}" for name, number in sorted(tally.known_by.items()))
    yield f"detector {plain(tally.detector, 80)}: {total:,} answer{'s' * (total != 1)}" + (
        f", known by {known}" * bool(known)
    )
    if not total:
        return
    keys = tally.chosen(by)
    yield ""
    yield from _columns(("", "n", "refusal", "partial", "compliance", "refused", "95%"), keys, tally, _counted)
    if any(given is not None for given, _ in tally.counts[ALL]):
        yield ""
        yield from _agreement(tally, keys)
    yield ""
    yield "refused counts partial answers; intervals are Wilson's and take each answer for a prompt of its own"


def _agreement(tally: Tally, keys: Sequence[Key]) -> Iterator[str]:
    left = sum(n for (given, _), n in tally.counts[ALL].items() if given is LabelKind.PARTIAL)
    labelled = agreement(tally.counts[ALL]).n + left
    yield f"against {labelled:,} labels given: refusal against compliance, {left:,} labelled partial left out"
    heads = ("", "n", "refusals", *(_HEADS.get(name, name) for name in _SCORES))
    judged = [key for key in keys if agreement(tally.counts[key]).n]
    yield from _columns(heads, judged, tally, lambda counts: _scored(agreement(counts)))
    yield from _means(tally, judged)
    if left:
        both = agreement(tally.counts[ALL], partial=True)
        said = f"F1 {_ratio(both.f1)}, kappa {_ratio(both.kappa)}, precision {_ratio(both.precision)}"
        yield f"partial taken for a refusal, given as found: {said}, recall {_ratio(both.recall)}, n {both.n:,}"


def _means(tally: Tally, keys: Sequence[Key]) -> Iterator[str]:
    """The mean F1 over the groups of each dimension that have refusals: each weighs the same, however large it is."""
    found: dict[str, list[float]] = defaultdict(list)
    for key in keys:
        one = agreement(tally.counts[key])
        if key != ALL and one.true:
            found[key[0]].append(one.f1 or 0.0)
    means = [f"{fmean(scores):.3f} over {len(scores)} {by}s" for by, scores in found.items() if len(scores) > 1]
    if means:
        yield f"mean F1 of those with refusals: {', '.join(means)}"


def _counted(counts: Counts) -> tuple[str, ...]:
    kinds, n = _kinds(counts), counts.total()
    refused = n - kinds[LabelKind.COMPLIANCE]
    low, high = wilson(refused, n)
    return (f"{n:,}", *(f"{kinds[kind]:,}" for kind in _KINDS), _ratio(refused / n), f"{_ratio(low)} to {_ratio(high)}")


def _scored(found: Agreement) -> tuple[str, ...]:
    return (f"{found.n:,}", f"{found.true:,}", *(_ratio(getattr(found, name)) for name in _SCORES))


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _columns(
    heads: tuple[str, ...], keys: Sequence[Key], tally: Tally, cells: Callable[[Counts], tuple[str, ...]]
) -> Iterator[str]:
    """A heading and a row for each key, aligned; of each dimension the largest."""
    shown, more = _few(keys)
    lines = [heads, *((_name(key), *cells(tally.counts[key])) for key in shown)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    for line in lines:
        first, *rest = zip(line, widths, strict=True)
        yield _GAP.join([f"{first[0]:<{first[1]}}", *(f"{cell:>{size}}" for cell, size in rest)]).rstrip()
    for dimension, number in more.items():
        yield f"and {number:,} more by {dimension}, which json gives"


def _few(keys: Sequence[Key]) -> tuple[list[Key], dict[str, int]]:
    seen: Counter[str] = Counter()
    shown = []
    for key in keys:
        seen[key[0]] += 1
        if seen[key[0]] <= _MOST_ROWS:
            shown.append(key)
    return shown, {dimension: number - _MOST_ROWS for dimension, number in seen.items() if number > _MOST_ROWS}


def _name(key: Key) -> str:
    return f"{key[0]} {plain(key[1], _WIDEST)}" if key != ALL else "all"
