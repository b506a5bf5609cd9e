"""The table of `altax calls`: a row a call with its ledger below, and the sums at the foot."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..gate.wording import figure
from ..measurements import Unit
from ..meters.cachebreaks import CacheBreak
from ..meters.savings import CACHE, Saving
from ..report.safe import plain
from ..report.thrift import cache_break, savings

Row = Mapping[str, Any]

_NUMBERS = frozenset(
    {"index", "status", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "total_tokens"}
    | {"tools", "messages", "tool_calls"}
)
_ALWAYS = frozenset({"file", "index", "provider", "endpoint", "model", "status", "input_tokens", "output_tokens"})
_HEADS = {"streaming": "stream", "stop_reason": "stop", "messages": "msgs", "tool_calls": "calls"}
_FILE = "file"
_LONGEST, _SHORTEST_FILE = 44, 16
_GAP = "  "
_MOST_SAVINGS = 3
_MOST_LINES = 8


def table(rows: Sequence[Row], fields: Sequence[str]) -> Iterator[str]:
    """The lines of the table. Columns that say nothing in any row are left out, names of files cut to fit the terminal.

    A row has all `fields`, and `ledger` where that was asked for.
    """
    shown = [field for field in fields if field in _ALWAYS or any(row[field] for row in rows)]
    columns = {field: [_head(field), *(_cell(field, row[field]) for row in rows)] for field in shown}
    widths = {field: max(map(len, cells)) for field, cells in columns.items()}
    rest = sum(width + len(_GAP) for field, width in widths.items() if field != _FILE)
    widths[_FILE] = min(widths[_FILE], max(_SHORTEST_FILE, shutil.get_terminal_size().columns - rest))
    for place, row in enumerate((None, *rows)):
        yield _GAP.join(_fitted(field, columns[field][place], widths[field]) for field in shown).rstrip()
        if row and "ledger" in row:
            yield from ("    " + text for text in _told(row["ledger"]))
    yield from _foot(rows)


def _head(field: str) -> str:
    return _HEADS.get(field, field.removesuffix("_tokens"))


def _cell(field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int):
        return f"{value:,}"
    text = plain(str(value))
    return text if field == _FILE else _end_of(text, _LONGEST)


def _fitted(field: str, cell: str, width: int) -> str:
    return f"{cell:>{width}}" if field in _NUMBERS else f"{_end_of(cell, width):<{width}}"


def _end_of(text: str, most: int) -> str:
    return text if len(text) <= most else "…" + text[1 - most :]


def _told(ledger: Mapping[str, Any]) -> Iterator[str]:
    yield _lines(ledger)
    found = [Saving(**one) for one in ledger["savings"]]
    broken = ledger["cache_break"]
    if broken and broken["note"] is None:
        usd = next((one.usd for one in found if one.kind == CACHE), None)
        yield f"cache break: {cache_break(CacheBreak(**broken), usd)}"
    yield from savings([one for one in found if one.kind != CACHE], _MOST_SAVINGS)


def _lines(ledger: Mapping[str, Any]) -> str:
    sides = (
        f"{lead} {_named(ledger[side].items())}" for lead, side in (("in", "input"), ("out", "output")) if ledger[side]
    )
    basis = "" if ledger["basis"] == "reported" else f" ({ledger['basis']})"
    return (" | ".join(sides) or "no tokens billed") + basis


def _named(lines: Iterable[tuple[str, int]]) -> str:
    return " · ".join(f"{plain(name)} {tokens:,}" for name, tokens in lines)


def _foot(rows: Sequence[Row]) -> Iterator[str]:
    """What the calls sum to: with ledgers their lines, the largest first, and their dollars; their tokens."""
    ledgers = [row["ledger"] for row in rows if "ledger" in row]
    said = " · ".join(filter(None, (_sums(ledgers), _dollars(ledgers))))
    if said:
        yield f"  {said}"
    given, cached, answered = (
        sum(row[field] or 0 for row in rows) for field in ("input_tokens", "cached_tokens", "output_tokens")
    )
    billed = sum(bool(row["input_tokens"] or row["output_tokens"]) for row in rows)
    tokens = f"{given:,} input ({cached:,} cached), {answered:,} output tokens"
    yield f"{_calls(len(rows))}, {billed:,} billed: {tokens}"


def _calls(number: int) -> str:
    return f"{number:,} {'call' if number == 1 else 'calls'}"


def _sums(ledgers: Sequence[Mapping[str, Any]]) -> str:
    sums: Counter[str] = Counter()
    for ledger in ledgers:
        sums.update(ledger["input"])
        sums.update(ledger["output"])
    largest = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    more = len(largest) - _MOST_LINES
    return _named(largest[:_MOST_LINES]) + (f" · and {more} more" if more > 0 else "")


def _dollars(ledgers: Sequence[Mapping[str, Any]]) -> str:
    """What has a price, and how many calls have none; empty where nothing has one."""
    priced = [sum(ledger["usd"].values()) for ledger in ledgers if ledger["usd"]]
    without = sum(ledger["usd"] is None for ledger in ledgers)
    said = f", {_calls(without)} without a price" if without else ""
    return figure(sum(priced), Unit.USD) + said if priced else ""
