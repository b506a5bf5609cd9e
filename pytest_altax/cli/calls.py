"""`altax calls PATH...`: what was recorded, a row a call, with its ledger if asked for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..capture.storage.formats import looks_like_cassette
from ..capture.upkeep.inspect import files
from ..capture.upkeep.reading import interactions
from ..errors import CassetteError
from ..meters.base import Context
from ..meters.cost import by_line
from ..meters.reading import Reading
from ..meters.savings import Saving, call_savings, merged, servers, tool_uses, unused_tools
from ..meters.semantic import chosen
from ..providers.registry import ProviderRegistry
from ..records import Call
from ..report.safe import plain
from ..text.tokens import Tokens
from .extensions import clusterers, detector_of, embedders, providers, vocabularies
from .project import CONFIG, settings_of
from .table import Row, table

# The fields of a row, in order. They are a stable interface; README tells what each holds.
FIELDS = (
    "file", "index", "provider", "endpoint", "model", "streaming", "status", "stop_reason", "input_tokens",
    "output_tokens", "cached_tokens", "reasoning_tokens", "total_tokens", "tools", "messages", "tool_calls", "refusal",
)  # fmt: skip
_LONGEST_REASON = 160
_DIGITS = 10


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
        for line in table(list(rows), FIELDS):
            click.echo(line)


def _context(config: Path | None) -> Context:
    settings = settings_of(config)
    return Context(
        counter=Tokens(vocabularies()),
        detector=detector_of(settings.detector, settings.phrases),
        clusterer=clusterers()[settings.clusterer],
        embedder=chosen(settings.embedder, embedders(), clusterers()[settings.clusterer]),
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
        if not strict:
            click.echo(f"left out: {plain(str(path))}: {_reason(path, error)}", err=True)
            return
        if looks_like_cassette(path) or isinstance(error.__cause__, OSError):
            raise
        raise CassetteError(f"{plain(str(path))} holds no recording") from error
    reading = Reading(calls, context) if context else None
    ledgers = list(_ledgers(reading)) if reading else []
    for place, call in enumerate(calls):
        row = _row(path, place, call)
        yield {**row, "ledger": ledgers[place]} if ledgers else row


def _reason(path: Path, error: CassetteError) -> str:
    """Why a file was not read, in a few words without its name."""
    said = error.facts[0] if error.facts else error.what.removeprefix(str(path)).lstrip()
    return plain(said, _LONGEST_REASON)


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
    return json.dumps(_rounded(row))


def _rounded(value: Any) -> Any:
    """Plain data with its floats, which are dollars and expected errors, in so many significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
