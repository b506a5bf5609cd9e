"""From the interactions of a test to its result: read the calls, let the meters measure, keep the ledger's lines."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ..config import Mark
from ..meters.base import Layer
from ..meters.bill import is_tax, sum_lines
from ..meters.reading import Reading
from ..records import Call, Interaction
from ..report.model import LedgerLine, StaleCall, TestResult
from .state import Run


def measure(
    run: Run,
    interactions: Sequence[Interaction],
    *,
    id: str,
    file: str,
    line: int | None,
    mark: Mark,
    tools_called: frozenset[str] = frozenset(),
    scores: tuple[float, ...] = (),
    attention: tuple[str, ...] = (),
) -> TestResult:
    """The result of one test or scope, with outcome `passed` and no verdicts yet."""
    calls = tuple(run.providers.read(interaction) for interaction in interactions)
    reading = Reading(calls, run.context(mark, tools_called))
    return TestResult(
        id=id,
        file=file,
        line=line,
        calls=len(calls),
        replayed=sum(interaction.replayed for interaction in interactions),
        harmful=mark.harmful,
        language=mark.language,
        probe=mark.probe,
        scores=scores,
        lines=_lines(reading),
        measurements=run.meters.measure(reading) if calls else (),
        stale=tuple(StaleCall(n, call.stale, call.model) for n, call in enumerate(calls) if call.stale),
        nearest=_nearest(run.settings.layers, reading),
        attention=attention,
    )


def _lines(reading: Reading) -> tuple[LedgerLine, ...]:
    now = sum_lines(reading.bill)
    was = sum_lines(reading.as_recorded().bill) if reading.is_stale else now
    return tuple(
        LedgerLine(
            name,
            now.get(name, 0),
            was.get(name, 0) if now.get(name, 0) != was.get(name, 0) else None,
            is_tax(name, reading.context.tax_lines),
        )
        for name in sorted({*now, *was})
    )


def _nearest(layers: Sequence[Layer], reading: Reading) -> dict[str, str]:
    """For each text layer that none of the requests contain, the line of theirs most like its first line."""
    billed = {name for bill in reading.bill for name in bill.input}
    missing = [layer for layer in layers if layer.text and f"layer:{layer.name}" not in billed]
    texts = _system_lines(reading.calls) if missing else []
    found = {}
    for layer in missing:
        first = next((line.strip() for line in (layer.text or "").splitlines() if line.strip()), "")
        close = difflib.get_close_matches(first[:200], texts, n=1, cutoff=0.0)
        if close:
            found[layer.name] = close[0]
    return found


def _system_lines(calls: Sequence[Call]) -> list[str]:
    texts = [m.text for call in calls for m in call.messages if m.role == "system"]
    return list(dict.fromkeys(line.strip()[:200] for text in texts for line in text.splitlines() if line.strip()))[:50]
