"""From the interactions of a test to its result: read the calls, let the meters measure, keep the ledger's lines."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence

from ..capture import Tape
from ..config import Mark
from ..meters.base import Context, Layer, Score, same_endpoint
from ..meters.bill import is_tax, sum_lines
from ..meters.cost import by_line
from ..meters.grading import graded
from ..meters.layers import layer_spans
from ..meters.lines import layer_line
from ..meters.reading import Reading
from ..meters.refusal import texts
from ..meters.savings import call_savings, merged, tool_uses
from ..providers import drift
from ..providers.textdiff import Marked
from ..records import Call, Interaction
from ..report.model import LedgerLine, StaleCall, TestResult
from .state import Run
from .usage import cassettes_of


def measure(
    run: Run,
    tape: Tape,
    *,
    id: str,
    file: str,
    line: int | None,
    mark: Mark,
    tools_called: frozenset[str] = frozenset(),
    scores: tuple[Score, ...] = (),
    attention: tuple[str, ...] = (),
    shared: bool = False,
    others: bool = False,
) -> TestResult:
    """The result of one test or scope, with outcome `passed` and no verdicts yet.

    `others` says that other tests may have the same cassette.
    """
    context = run.context(mark, tools_called, tape, scores)
    interactions, reading = _read(run, tape, context)
    calls = reading.calls
    matched = _matched(run.settings.layers, reading)
    return TestResult(
        id=id,
        file=file,
        line=line,
        calls=len(calls),
        replayed=sum(interaction.replayed for interaction in interactions),
        harmful=mark.harmful,
        language=mark.language,
        probe=mark.probe,
        scores=tuple(score.value for score in scores),
        lines=_lines(reading),
        measurements=run.meters.measure(reading) if calls else (),
        stale=tuple(_stale(run, tape, interactions[n], n, call) for n, call in enumerate(calls) if call.stale),
        layers=matched,
        nearest=_nearest([one for one in run.settings.layers if one.name not in matched], reading),
        attention=attention,
        shared=shared,
        cassettes=cassettes_of(run, tape, shared=others),
        tools=tool_uses(reading),
        cache_breaks=tuple(reading.cache_breaks[number] for number in sorted(reading.cache_breaks)),
        refusals=texts(reading),
        graded=graded(reading),
        sampled=reading.sampled.groups if reading.sampled else (),
        savings=merged(saving for of_call in call_savings(reading) for saving in of_call),
        models=tuple(sorted({call.model for call in calls if call.model})),
    )


def _read(run: Run, tape: Tape, context: Context) -> tuple[tuple[Interaction, ...], Reading]:
    """The interactions of a tape and their reading, those included that the detector has made to label the answers."""
    while True:
        interactions = tape.interactions
        reading = Reading(tuple(run.providers.read(interaction) for interaction in interactions), context)
        if reading.labels is not None and tape.count == len(interactions):
            return interactions, reading


def _stale(run: Run, tape: Tape, interaction: Interaction, number: int, call: Call) -> StaleCall:
    """What changed in a call, told by the layers that it changed in."""
    if call.was is None:
        return StaleCall(number, call.stale, call.model, ignore=tape.proposed(interaction))
    marked = [_marked(layer, tape) for layer in run.settings.layers if layer.text or layer.pattern]
    told = drift.changes(call.was, call, marked) or call.stale
    return StaleCall(number, told, call.model, drift.diff(call.was, call, marked), tape.proposed(interaction))


def _marked(layer: Layer, tape: Tape) -> Marked:
    then = dataclasses.replace(layer, versions=tape.layers.get(layer.name, ()))
    return Marked(layer.name, lambda text: layer_spans(text, then), lambda text: layer_spans(text, layer))


def _lines(reading: Reading) -> tuple[LedgerLine, ...]:
    now = sum_lines(reading.bill)
    usd = by_line(reading.costs)
    was = sum_lines(reading.as_recorded().bill) if reading.is_stale and reading.knows_recorded else now
    return tuple(
        LedgerLine(
            name,
            now.get(name, 0),
            was.get(name, 0) if now.get(name, 0) != was.get(name, 0) else None,
            is_tax(name, reading.context.tax_lines),
            usd.get(name),
        )
        for name in sorted({*now, *was})
    )


def _matched(layers: Sequence[Layer], reading: Reading) -> tuple[str, ...]:
    """The layers that stand in the requests, whatever line their tokens are billed to in the end."""
    billed = {name for bill in reading.bill for name, tokens in bill.input.items() if tokens}
    return tuple(layer.name for layer in layers if layer_line(layer.name) in billed or _stands_in(layer, reading))


def _stands_in(layer: Layer, reading: Reading) -> bool:
    if layer.endpoint:
        return any(same_endpoint(call, layer.endpoint) for call in reading.calls)
    texts = (part.text for call in reading.calls for message in call.messages for part in message.parts)
    schemas = (tool.text for call in reading.calls for tool in call.tools)
    return not layer.by_tag_alone and any(layer_spans(text, layer) for text in (*texts, *schemas) if text)


def _nearest(layers: Sequence[Layer], reading: Reading) -> dict[str, str]:
    """For each of these layers what comes nearest to it: a line of a system prompt, an endpoint, a tag."""
    texts = _system_lines(reading.calls) if any(layer.text for layer in layers) else []
    tags = {call.tag for call in reading.calls if call.tag}
    endpoints = {f"{call.provider}.{call.endpoint}" for call in reading.calls}
    found = {}
    for layer in layers:
        first = next((line.strip() for line in (layer.text or "").splitlines() if line.strip()), "")
        wanted, there = (
            (first[:200], texts)
            if layer.text
            else (layer.endpoint or layer.name, endpoints if layer.endpoint else tags)
        )
        close = difflib.get_close_matches(wanted, sorted(there), n=1, cutoff=0.0) if wanted else []
        if close and layer.pattern is None:
            found[layer.name] = close[0]
    return found


def _system_lines(calls: Sequence[Call]) -> list[str]:
    texts = [m.text for call in calls for m in call.messages if m.role == "system"]
    return list(dict.fromkeys(line.strip()[:200] for text in texts for line in text.splitlines() if line.strip()))[:50]
