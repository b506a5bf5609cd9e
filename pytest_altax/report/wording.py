"""Ledger lines in words, the same in every report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..gate.wording import figure
from ..measurements import Unit
from .model import LedgerLine, StaleCall
from .safe import plain


def bill(lines: Iterable[LedgerLine]) -> str:
    """The taxed lines, largest first: `guardrail 372 → 672 · guard 214 · resent 48`; empty when there is no tax."""
    taxed = [line for line in lines if line.taxed and (line.tokens or line.was)]
    taxed.sort(key=lambda line: (-line.tokens, line.name))
    return " · ".join(f"{line_name(line.name)} {_tokens(line)}" for line in taxed)


def moved(lines: Iterable[LedgerLine], stale: Sequence[StaleCall]) -> str:
    """What has changed since the recording: the lines that moved most, and why; empty when nothing has."""
    changed = [line for line in lines if line.was is not None]
    changed.sort(key=lambda line: (-abs(line.tokens - (line.was or 0)), line.name))
    named = ", ".join(f"{line_name(line.name)} {_tokens(line)}" for line in changed[:4])
    why = changes(stale)
    return f"{named} ({why})" if named and why else named or why


def changes(stale: Sequence[StaleCall]) -> str:
    """The changes that made calls stale, each once, as one line fit to print."""
    return plain(", ".join(sorted({change for call in stale for change in call.changes})), 120)


def line_name(name: str) -> str:
    """A ledger line as a reader calls it: `guardrail` for `layer:guardrail`, `idle tools` for `idle_tools`."""
    return plain(name.removeprefix("layer:").replace("_", " "), 40)


def _tokens(line: LedgerLine) -> str:
    now = figure(line.tokens, Unit.TOKENS)
    return now if line.was is None else f"{figure(line.was, Unit.TOKENS)} → {now}"
