"""`altax calls PATH...`: what was recorded, a row a call, with its ledger if asked for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..capture.storage.formats import looks_like_cassette
from ..capture.upkeep.inspect import files
from ..capture.upkeep.reading import interactions
from ..errors import CassetteError
from ..meters.base import Context
from ..meters.cachebreaks import CacheBreak
from ..meters.cost import by_line
from ..meters.reading import Reading
from ..meters.savings import Saving, call_savings, merged, servers, tool_uses, unused_tools
from ..providers.registry import ProviderRegistry
from ..records import Call
from ..report.safe import plain
from ..report.thrift import cache_break, savings
from ..text.tokens import Tokens
from .extensions import clusterers, detectors, providers
from .project import CONFIG, counted, settings_of

# The fields of a row, in order. They are a stable interface; README tells what each holds.
FIELDS = (
    "file", "index", "provider", "endpoint", "model", "streaming", "status", "stop_reason", "input_tokens",
    "output_tokens", "cached_tokens", "reasoning_tokens", "total_tokens", "tools", "messages", "tool_calls", "refusal",
)  # fmt: skip
_NUMBERS = frozenset(
    {"index", "status", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "total_tokens"}
    | {"tools", "messages", "tool_calls"}
)
_HEADS = {"streaming": "stream", "stop_reason": "stop", "messages": "msgs", "tool_calls": "calls"}
_LONGEST = 44
_MOST_SAVINGS = 3
Row = Mapping[str, Any]


@click.command("calls")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["table", "jsonl", "json"]), default="table", show_default=True)
@click.option("--ledger", is_flag=True, help="Tell on which line each token stands; a file is one session.")
@CONFIG
def command(paths: tuple[Path, ...], form: str, ledger: bool, config: Path | None) -> None:
    """Print the calls in the recordings at PATHS, files or folders, whoever wrote them: a row a call.

    Token counts are what the provider reported, made inclusive: cached within input, reasoning within output. What is
    not told is empty. Layers for --ledger are those of [tool.pytest-altax.layers].

    What cannot be read below a folder is named on standard error and left out. Exit code 2: nothing was read, or a
    file named at PATHS cannot be.

    Example: altax calls tests --format jsonl --ledger
    """
    registry = ProviderRegistry(providers())
    context = _context(config) if ledger else None
    rows = (row for path in _readable(paths) for row in _rows(path, registry, context, strict=path in paths))
    if form == "jsonl":
        for row in rows:
            click.echo(_json(row))
    elif form == "json":
        click.echo("[" + ",\n ".join(map(_json, rows)) + "]")
    else:
        for line in _table(list(rows)):
            click.echo(line)


def _context(config: Path | None) -> Context:
    settings = settings_of(config)
    return Context(
        counter=Tokens(),
        detector=detectors()[settings.detector],
        clusterer=clusterers()[settings.clusterer],
        layers=settings.layers,
        tax_lines=settings.tax_lines,
        prices=settings.prices,
    )


def _readable(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those below folders that look like cassettes. Raises UsageError when there is none."""
    named, some = set(paths), False
    for path in files(paths):
        if path in named or looks_like_cassette(path):
            some = True
            yield path
    if not some:
        raise click.UsageError(f"no recordings in {', '.join(map(str, paths))}")


def _rows(path: Path, registry: ProviderRegistry, context: Context | None, *, strict: bool) -> Iterator[Row]:
    try:
        calls = tuple(registry.read(one) for one in interactions(path))
    except CassetteError as error:
        if strict:
            raise
        click.echo(f"left out: {plain(error.what)}{''.join(f'; {plain(fact)}' for fact in error.facts)}", err=True)
        return
    reading = Reading(calls, context) if context else None
    ledgers = list(_ledgers(reading)) if reading else []
    for place, call in enumerate(calls):
        row = _row(path, place, call)
        yield {**row, "ledger": ledgers[place]} if ledgers else row


def _row(path: Path, place: int, call: Call) -> Row:
    usage, choices = call.usage, call.choices
    values = (
        path.as_posix(),
        place,
        call.provider,
        call.endpoint,
        call.model,
        call.streaming,
        call.status,
        next((choice.stop_reason for choice in choices if choice.stop_reason), None),
        usage and usage.input,
        usage and usage.output,
        usage and usage.cached,
        usage and usage.reasoning,
        usage and (usage.input + usage.output if usage.total is None else usage.total),
        len(call.tools),
        len(call.messages),
        sum(len(choice.tool_calls) for choice in choices),
        next((choice.signal or "refusal" for choice in choices if choice.signal or choice.refusal), None),
    )
    return dict(zip(FIELDS, values, strict=True))


def _ledgers(reading: Reading) -> Iterator[Mapping[str, Any]]:
    """The ledger of each call; its savings are judged by its file alone, which is one session."""
    called = {use.name for use in tool_uses(reading) if use.called}
    for place, (bill, found) in enumerate(zip(reading.bill, call_savings(reading), strict=True)):
        uses = tool_uses(reading, (place,))
        broken = reading.cache_breaks.get(place)
        yield {
            "input": dict(bill.input),
            "output": dict(bill.output),
            "cached": dict(bill.cached),
            "cache_write": dict(bill.cache_write),
            "cacheable": dict(bill.cacheable),
            "usd": None if isinstance(reading.costs[place], str) else by_line([reading.costs[place]]),
            "basis": bill.basis.value,
            "error": round(bill.error, 3),
            "line": bill.line,
            "tools": [dataclasses.asdict(one) for one in servers(uses)],
            "cache_break": broken and dataclasses.asdict(broken),
            "savings": [_saving(one) for one in merged((*found, *unused_tools(uses, called, place)))],
        }


def _saving(one: Saving) -> Mapping[str, Any]:
    named = dataclasses.asdict(one)
    return {name: named[name] for name in ("kind", "place", "tokens", "usd", "names", "server", "detail")}


def _json(row: Row) -> str:
    # ASCII, so that a lone surrogate of a cassette can be printed anywhere
    return json.dumps(row)


def _table(rows: Sequence[Row]) -> Iterable[str]:
    cells = [[_cell(row[field]) for field in FIELDS] for row in rows]
    heads = [_HEADS.get(field, field.removesuffix("_tokens")) for field in FIELDS]
    widths = [max(len(line[column]) for line in (heads, *cells)) for column in range(len(FIELDS))]
    for line, row in zip((heads, *cells), (None, *rows), strict=True):
        told = (
            f"{cell:>{width}}" if field in _NUMBERS else f"{cell:<{width}}"
            for cell, width, field in zip(line, widths, FIELDS, strict=True)
        )
        yield "  ".join(told).rstrip()
        if row and "ledger" in row:
            yield from ("    " + text for text in _told(row["ledger"]))
    yield counted(len(rows), "call", "calls")


def _told(ledger: Mapping[str, Any]) -> Iterator[str]:
    yield _lines(ledger)
    if ledger["cache_break"]:
        yield f"cache break: {cache_break(CacheBreak(**ledger['cache_break']))}"
    yield from savings([Saving(**one) for one in ledger["savings"]], _MOST_SAVINGS)


def _lines(ledger: Mapping[str, Any]) -> str:
    told = [f"{plain(name)} {tokens:,}" for side in ("input", "output") for name, tokens in ledger[side].items()]
    return (" · ".join(told) or "no tokens billed") + ("" if ledger["basis"] == "reported" else f" ({ledger['basis']})")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int):
        return f"{value:,}"
    text = plain(str(value))
    return text if len(text) <= _LONGEST else "…" + text[1 - _LONGEST :]
