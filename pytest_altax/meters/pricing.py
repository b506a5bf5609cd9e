"""What each line of a bill costs: its tokens at the rates of the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..records import Call, Usage
from .bill import CallBill
from .lines import ANSWER, CONTEXT, REASONING
from .prices import Rates, priced_as
from .shares import apportion

Parts = tuple[tuple[str, float], ...]
"""Dollars in millionths by line; a line may stand there more than once."""


def price(call: Call, bill: CallBill, rates: Rates | None) -> Parts | str:
    """What the lines of a bill cost, or what has no price: the model, with its tier, or its audio."""
    if not bill.input and not bill.output:
        return ()
    if rates is None:
        return priced_as(call)
    usage = _told(call, bill)
    fresh = usage.audio_input - usage.audio_cached
    audio = (
        (fresh, rates.input_audio),
        (usage.audio_cached, rates.cached_audio),
        (usage.audio_output, rates.output_audio),
    )
    if any(tokens and rate is None for tokens, rate in audio):
        return f"{priced_as(call)} (audio)"
    return (*_input(bill, rates, usage), *_output(bill, rates, usage))


def input_price(bill: CallBill, line: str, rates: Rates) -> float:
    """What an input line costs as text, in millionths. Tokens that were read and written again are paid for as both."""
    tokens, cached, written = bill.input[line], bill.cached.get(line, 0), bill.cache_write.get(line, 0)
    again = sum(bill.cached.values()) + sum(bill.cache_write.values()) > sum(bill.input.values())
    usual = tokens - max(cached, written) if again else tokens - cached - written
    return usual * rates.input + cached * rates.cached + written * rates.cache_write


def _told(call: Call, bill: CallBill) -> Usage:
    """The usage of a call as far as it holds for this bill: what was cached of a recording says nothing of another."""
    usage = call.usage or Usage(0, 0)
    if not call.stale:
        return usage
    return Usage(
        0, 0, reasoning=usage.reasoning, audio_output=usage.audio_output,
        audio_input=max(0, min(usage.audio_input, sum(bill.input.values()))),
    )  # fmt: skip


def _input(bill: CallBill, rates: Rates, usage: Usage) -> Iterator[tuple[str, float]]:
    for line in bill.input:
        yield line, input_price(bill, line, rates)
    if usage.cache_write_1h:
        hours = apportion(usage.cache_write_1h, list(bill.cache_write.values()))
        for line, tokens in zip(bill.cache_write, hours, strict=True):
            yield line, tokens * (rates.cache_write_1h - rates.cache_write)
    fresh = usage.audio_input - usage.audio_cached
    yield from _beside(bill.input, CONTEXT, fresh, rates.input_audio, rates.input)
    yield from _beside(bill.input, CONTEXT, usage.audio_cached, rates.cached_audio, rates.cached)


def _output(bill: CallBill, rates: Rates, usage: Usage) -> Iterator[tuple[str, float]]:
    for line, tokens in bill.output.items():
        yield line, tokens * rates.output
    yield from _beside(bill.output, REASONING, usage.reasoning, rates.reasoning, rates.output)
    yield from _beside(bill.output, ANSWER, usage.audio_output, rates.output_audio, rates.output)


def _beside(
    lines: Mapping[str, int], line: str, tokens: int, rate: float | None, usual: float
) -> Iterator[tuple[str, float]]:
    """What tokens cost above the usual, paid already: on their line, and what it lacks on the others evenly."""
    dearer = (usual if rate is None else rate) - usual
    if not tokens or not dearer:
        return
    there = min(tokens, max(0, lines.get(line, 0)))
    yield line, there * dearer
    others = sum(count for name, count in lines.items() if name != line)
    share = (tokens - there) / others if others else 0.0
    yield from ((name, count * share * dearer) for name, count in lines.items() if name != line and share)
