"""What a meter reads of one test: its calls, their refusal labels, their bill, and the test as it was recorded."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..records import Call
from .base import Context, Label, Layer
from .bill import CallBill, bill
from .cachebreaks import CacheBreak, cache_breaks
from .labels import label
from .layers import call_line
from .prices import Prices, Rates
from .pricing import Parts, price
from .sampled import Sampled, sampled
from .sessions import prompt_groups


@dataclass(frozen=True)
class Reading:
    """The calls of one test in order, and what measuring them needs. Everything else is made when first asked for.

    `labelled` are the labels where they are known already.
    """

    calls: tuple[Call, ...]
    context: Context
    labelled: Mapping[tuple[int, int], Label] | None = None

    @cached_property
    def labels(self) -> Mapping[tuple[int, int], Label]:
        """The refusal label of each choice that is judged, by (number of the call, number of the choice)."""
        if self.labelled is not None:
            return self.labelled
        detector = self.context.detector
        return {
            (number, place): label(choice, self.calls[number], detector)
            for number in self.answering
            for place, choice in enumerate(self.calls[number].choices)
        }

    @cached_property
    def bill(self) -> tuple[CallBill, ...]:
        """The bill of each call."""
        return bill(self.calls, self.labels, self.context, lambda: self.groups)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The name of each call's prompt group, unique within the test."""
        return tuple(prompt_groups(self.calls))

    @cached_property
    def cache_breaks(self) -> Mapping[int, CacheBreak]:
        """The prompt-cache breaks, by the number of the call."""
        return cache_breaks(self.calls, self.bill, self.groups, self.context.counter)

    @cached_property
    def sampled(self) -> Sampled | None:
        """The prompt groups that were sampled often enough, and how much their answers differ."""
        return sampled(self)

    @cached_property
    def rates(self) -> tuple[Rates | None, ...]:
        """The rates of each call, None where nothing was billed or the model has no price."""
        prices, billed = Prices(self.context.prices), [sum(bill.input.values()) for bill in self.bill]
        priced = zip(self.calls, self.bill, billed, strict=True)
        return tuple(prices.rates(call, n) if bill.input or bill.output else None for call, bill, n in priced)

    @cached_property
    def costs(self) -> tuple[Parts | str, ...]:
        """What the lines of each call cost, nothing where nothing was billed, or what of it has no price."""
        billed = zip(self.calls, self.bill, self.rates, strict=True)
        return tuple(() if call.provider == "unknown" else price(call, bill, rates) for call, bill, rates in billed)

    @cached_property
    def answering(self) -> tuple[int, ...]:
        """The numbers of the untagged generation calls: those whose answers are judged."""
        return tuple(
            number
            for number, call in enumerate(self.calls)
            if call.kind == "generation" and call_line(call, self.context.layers) is None
        )

    @cached_property
    def is_stale(self) -> bool:
        """Whether any answer was recorded for another request than is sent now."""
        return any(call.stale for call in self.calls)

    @cached_property
    def knows_recorded(self) -> bool:
        """Whether the test as recorded can be billed by line.

        Not where a request holds the text of a layer that its recording does not, and nobody knows what the layer's
        file held then: an edited file looks like a new one.
        """
        if self.context.earlier is not None:
            return True
        texts = [text for text in ((layer.text or "").strip() for layer in self.context.layers) if text]
        changed = ((call, call.was) for call in self.calls if call.stale and call.was is not None)
        return not any(_holds(now, text) and not _holds(was, text) for now, was in changed for text in texts)

    def as_recorded(self) -> Reading:
        """The same test with the request of each stale call, and the text of each layer, as they were recorded."""
        earlier = self.context.earlier or {}
        layers = tuple(_layer_then(layer, earlier.get(layer.name, ())) for layer in self.context.layers)
        context = dataclasses.replace(self.context, layers=layers)
        return Reading(tuple(_as_recorded(call) for call in self.calls), context, self.labels)


def _holds(call: Call, text: str) -> bool:
    return any(text in part.text for message in call.messages for part in message.parts)


def _layer_then(layer: Layer, versions: tuple[str, ...]) -> Layer:
    if layer.text is None:
        return layer
    # A layer without any text is never looked for, so one whose file is empty now stands there with what it held.
    return dataclasses.replace(layer, text=layer.text or max(versions, key=len, default=""), versions=versions)


def _as_recorded(call: Call) -> Call:
    if call.was is None:
        return call
    return dataclasses.replace(
        call.was,
        tag=call.tag,
        session=call.session,
        started=call.started,
        ended=call.ended,
        recording=call.recording,
        stale=(),
        was=None,
    )
