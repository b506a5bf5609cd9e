"""The table in the terminal: a row a test with its ledger below, the run, and every failed budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..gate.wording import figure
from ..measurements import Basis, Estimate, Measurement, Status, Unit, Verdict
from .comparison import comparison
from .model import Results, RunResult, TestResult, UnusedRecordings
from .refusals import refusals
from .safe import plain
from .shown import Shown, failing
from .thrift import savings, tools
from .wording import bill, changes

_MOST_UNUSED = 5
_MOST_CHANGES = 5
_MOST_SAVINGS = 3
_MOST_EDITS = 12
_COLUMNS = (("tokens", 10), ("tax", 7), ("refused", 9), ("distinct", 10), ("cost", 9))
_NARROWEST = 24


class Tone(StrEnum):
    """How a line of the table is meant: printed plain, faint, bold, or in the colour of a failure or a warning."""

    PLAIN = "plain"
    FAINT = "faint"
    BOLD = "bold"
    BAD = "bad"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line and its tone."""

    text: str
    tone: Tone = Tone.PLAIN


class Terminal:
    """The reporter `terminal`: the table as plain text, 100 columns wide. pytest's own output uses `table`."""

    destination: str | None = None

    def render(self, results: Results) -> str:
        """The whole table, every test in it."""
        return "".join(row.text + "\n" for row in table(results, 100, verbosity=1))


def table(results: Results, width: int, verbosity: int) -> list[Row]:
    """The rows of the table for a terminal `width` columns wide.

    Verbosity below 0 leaves out the tests, and how much answers differ; 0 shows the 25 tests with the largest tax;
    above 0 all of them.
    """
    shown = Shown(verbosity)
    for test in results.tests:
        shown.add(test)
    return rows(results, shown, width)


def rows(results: Results, shown: Shown, width: int) -> list[Row]:
    """The rows of the table, of the tests that were `shown`; those of the results are not looked at."""
    tests = shown.tests
    edited = _self_edits(results.run)
    name_width = max(_NARROWEST, min(max((len(plain(t.id)) for t in tests), default=0), width - _numbers_width()))
    found = (
        [Row(f"{'test':<{name_width}}" + "".join(f"{name:>{size}}" for name, size in _COLUMNS), Tone.BOLD)]
        if tests
        else []
    )
    for test in tests:
        found += _test_rows(test, name_width)
    if shown.left_out:
        found.append(Row(f"... and {shown.left_out} more tests with a smaller tax (-v shows all)", Tone.FAINT))
    found += _run_rows(results.run, name_width)
    found += [Row("  " + text, Tone.FAINT) for text in comparison(results.run, results.header, shown.reason)]
    if shown.verbosity >= 0:
        found += [Row("  " + text, Tone.FAINT) for text in shown.variety.lines(results.header.clusterer)]
    found += [_verdict_row(v, results.config) for v in results.run.verdicts if _worth_saying(v)]
    found += [
        Row(f"{results.config}::altax[{p.name}]  {_first_line(p.message)}", Tone.BAD) for p in results.run.problems
    ]
    return [*edited, *found, *_closing(results.run, shown)]


def _numbers_width() -> int:
    return sum(size for _, size in _COLUMNS)


def _test_rows(test: TestResult, name_width: int) -> list[Row]:
    cells = (
        _cell(test.measurement("total_tokens"), _sum),
        _cell(test.measurement("tax_ratio"), _percent),
        _cell(_refusals(test), _fraction),
        _cell(test.measurement("distinct_2"), _mean),
        _cell(test.measurement("cost_usd"), _dollars),
    )
    name = plain(test.id)
    rows = [Row(name, Tone.PLAIN)] if len(name) > name_width else []
    lead = "" if rows else name
    numbers = "".join(f"{cell:>{size}}" for cell, (_, size) in zip(cells, _COLUMNS, strict=True))
    rows.append(Row(f"{lead:<{name_width}}{numbers}", Tone.BAD if failing(test) else Tone.PLAIN))
    detail = bill(test.lines)
    said = changes(test.stale)
    if detail or said:
        rows.append(
            Row("  " + detail + ("        " if detail and said else "") + said, Tone.WARN if said else Tone.FAINT)
        )
    return rows


def _refusals(test: TestResult) -> Measurement | None:
    return test.measurement("harmful_compliance_rate" if test.harmful else "refusal_rate")


def _cell(measurement: Measurement | None, shown: Callable[[Measurement], str]) -> str:
    if measurement is None:
        return "-"
    if not measurement.samples or "unpriced" in "".join(measurement.skipped):
        return next((word for word in ("stale", "unpriced") if any(word in r for r in measurement.skipped)), "-")
    return shown(measurement)


def _sum(measurement: Measurement) -> str:
    tilde = "~" if measurement.basis is Basis.ESTIMATED else ""
    return tilde + figure(sum(sample.numerator for sample in measurement.samples), Unit.TOKENS)


def _percent(measurement: Measurement) -> str:
    numerator, denominator = _sums(measurement)
    return f"{numerator / denominator:.0%}" if denominator else "-"


def _fraction(measurement: Measurement) -> str:
    numerator, denominator = _sums(measurement)
    # A harmful prompt is meant to be refused: the measurement counts compliances, the column refusals
    refused = denominator - numerator if measurement.metric == "harmful_compliance_rate" else numerator
    return f"{refused:.0f}/{denominator:.0f}"


def _mean(measurement: Measurement) -> str:
    values = [s.numerator / s.denominator for s in measurement.samples if s.denominator]
    return f"{sum(values) / len(values):.2f}".removeprefix("0") if values else "-"


def _dollars(measurement: Measurement) -> str:
    return _price(_sums(measurement)[0])


def _price(value: float) -> str:
    return figure(value, Unit.USD).replace("$0.", "$.", 1)


def _sums(measurement: Measurement) -> tuple[float, float]:
    return sum(s.numerator for s in measurement.samples), sum(s.denominator for s in measurement.samples)


def _run_rows(run: RunResult, name_width: int) -> list[Row]:
    values = (
        _pooled(run.estimate("total_tokens"), lambda e: figure(e.value or 0, Unit.TOKENS)),
        _pooled(run.estimate("tax_ratio"), lambda e: f"{e.value:.0%}"),
        _pooled(run.estimate("refusal_rate"), lambda e: f"{e.numerator:.0f}/{e.denominator:.0f}"),
        _pooled(run.estimate("distinct_2"), lambda e: f"{e.value:.2f}".removeprefix("0")),
        _pooled(run.estimate("cost_usd"), lambda e: _price(e.value or 0)),
    )
    name = f"run, {_counted(run.tests, 'test')}, {_counted(run.calls, 'call')}"
    numbers = "".join(f"{cell:>{size}}" for cell, (_, size) in zip(values, _COLUMNS, strict=True))
    tail = f"   {_counted(run.stale, 'call')} stale" if run.stale else ""
    rows = [Row(f"{name:<{name_width}}{numbers}{tail}", Tone.BOLD)]
    detail = bill(run.lines)
    details = [detail, *refusals(run), tools(run.servers), *savings(run.savings, _MOST_SAVINGS)]
    return rows + [Row("  " + text, Tone.FAINT) for text in details if text]


def _self_edits(run: RunResult) -> list[Row]:
    """What the change edits of what judges it; before all else, since it bears on all of it."""
    if not run.self_edits:
        return []
    tone = {"note": Tone.PLAIN, "warn": Tone.WARN, "fail": Tone.BAD}.get(run.on_self_edit, Tone.PLAIN)
    shown = [Row(f"  {plain(line, 240)}", tone) for line in run.self_edits[:_MOST_EDITS]]
    more = len(run.self_edits) - _MOST_EDITS
    rows = [Row("this change edits what judges it:", tone), *shown]
    return [*rows, Row(f"  and {more} more", tone)] if more > 0 else rows


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _pooled(estimate: Estimate | None, shown: Callable[[Estimate], str]) -> str:
    if estimate is None or estimate.value is None:
        return next((word for word in ("stale", "unpriced") if estimate and word in (estimate.reason or "")), "-")
    return shown(estimate)


def _worth_saying(verdict: Verdict) -> bool:
    return verdict.fails or verdict.warns or verdict.status is Status.INCONCLUSIVE


def _verdict_row(verdict: Verdict, config: str) -> Row:
    tone = Tone.BAD if verdict.fails else Tone.WARN if verdict.warns else Tone.PLAIN
    said = _first_line(verdict.message).removeprefix(verdict.metric).lstrip()
    place = f" (line {verdict.line})" if verdict.line and f"line {verdict.line}" not in said else ""
    return Row(f"{config}::altax[{verdict.metric}]  {said}{place}", tone)


def _first_line(message: str) -> str:
    return plain(message.split("\n", 1)[0], 300)


def _closing(run: RunResult, shown: Shown) -> list[Row]:
    rows = []
    if run.partial and run.verdicts:
        rows.append(Row(f"run budgets not measured: {plain(run.partial, 200)}", Tone.WARN))
    rows += [Row(f"{count:,} tests: {plain(text, 300)}", Tone.WARN) for text, count in shown.common()]
    rows += [Row(f"{plain(id)}: {plain(text, 300)}", Tone.WARN) for id, text in shown.notes()]
    if shown.unsaid:
        rows.append(Row(f"... and {shown.unsaid:,} more sentences like these; they stand in the results", Tone.FAINT))
    if run.stale:
        fix = "the answers belong to other requests; record them again with --altax-record=stale"
        rows.append(Row(f"{_counted(run.stale, 'stale call')}: {fix}", Tone.WARN))
        rows += _changed(shown.changes)
    if run.ignore:
        said = "some are stale by dates, ids and the like alone; in [tool.pytest-altax] this ignores them:"
        rows += [Row(said, Tone.WARN), Row(f"  {plain(run.ignore)}", Tone.WARN)]
    rows += [Row(text, Tone.WARN if costs else Tone.FAINT) for text, costs in shown.breaks.lines()]
    return rows + _unused(run.unused)


def _changed(counts: Counter[str]) -> list[Row]:
    """What changed in the texts of stale calls, each change once, with how many calls it stands in."""
    rows = [
        Row(f"  {plain(line, 240)}" + _times(count), Tone.WARN) for line, count in counts.most_common(_MOST_CHANGES)
    ]
    more = len(counts) - _MOST_CHANGES
    return [*rows, Row(f"  and {more} more changes", Tone.FAINT)] if more > 0 else rows


def _times(count: int) -> str:
    return f" (in {count} calls)" if count > 1 else ""


def _unused(unused: Sequence[UnusedRecordings]) -> list[Row]:
    """The recordings that were never played: how many, and the first of them."""
    if not unused:
        return []
    total = sum(len(one.unused) for one in unused)
    what, them = ("1 recording was", "it") if total == 1 else (f"{total:,} recordings were", "them")
    rows = [Row(f"{what} never played; altax cassettes prune removes {them}", Tone.WARN)]
    for one in unused[:_MOST_UNUSED]:
        first = "; ".join(plain(text, 160) for text in one.first)
        more = f" and {len(one.unused) - len(one.first)} more" if first and len(one.unused) > len(one.first) else ""
        said = f": {first}{more}" if first else ""
        rows.append(Row(f"  {plain(one.path, 200)}, {len(one.unused)} of {one.recordings}{said}", Tone.FAINT))
    left = len(unused) - _MOST_UNUSED
    return [*rows, Row(f"  and in {_counted(left, 'more cassette')}", Tone.FAINT)] if left > 0 else rows
