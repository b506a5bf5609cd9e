"""What tokens cost: the user's own prices, else the dated table of genai-prices, which is read offline.

The only contact with genai-prices; it is imported when a price is first asked for (.2 s).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ..records import Call
from .base import Price

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot

# The last price that the table knows, whatever the day of the run, so that a replay costs the same tomorrow.
_LATEST = datetime.datetime(2999, 1, 1, 12, tzinfo=datetime.UTC)
# What tiers are called that cost other than the usual, or nothing by the token; every other name is the usual price.
_APART = frozenset({"batch", "flex", "priority", "fast", "scale", "reserved", "provisioned_throughput"})
_USUAL = frozenset({("groq", "flex")})  # https://console.groq.com/docs/flex-processing: as on demand
# By what genai-prices tells the variants of a price apart.
_CONTEXT = ("processing", "service_tier", "speed")
# Where audio without a rate of its own costs what text does: https://ai.google.dev/gemini-api/docs/pricing
_AUDIO_AS_TEXT = frozenset({"google"})
# To keep for an hour costs twice the input: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
_HOUR = 2.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars for each million tokens; a rate of audio is None where it is not known and text's is another."""

    input: float
    output: float
    cached: float
    cache_write: float
    cache_write_1h: float
    reasoning: float
    input_audio: float | None
    cached_audio: float | None
    output_audio: float | None


_FREE = Rates(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def priced_as(call: Call) -> str:
    """What own prices and complaints call a call by: its model, with the tier where that has a price of its own."""
    model = call.model or call.answered_by or "no model named"
    return f"{model} ({call.tier} tier)" if _is_apart(call) else model


def _is_apart(call: Call) -> bool:
    return call.tier in _APART and (call.vendor, call.tier) not in _USUAL


class Prices:
    """Finds the rates of a call. `own` are the user's prices by model, in any case over the table's."""

    def __init__(self, own: Mapping[str, Price]) -> None:
        self._own = own

    def rates(self, call: Call, input_tokens: int) -> Rates | None:
        """The rates of a call of that many input tokens (some models cost more above a threshold); None if unknown.

        Own prices come first; either is asked for by the model of the request, then by the one that answered. OpenAI's
        moderation is free. A tier that costs other than the usual has a price only where the table or the user gives it
        one.
        """
        models = [model for model in (call.model, call.answered_by) if model]
        own = next((self._own[name] for name in (priced_as(call), *models) if name in self._own), None)
        if own:
            return _own_rates(own)
        if call.kind == "moderation" and call.provider == "openai":
            return _FREE
        found = (self._of_table(model, call, input_tokens) for model in models)
        return next((rates for rates in found if rates), None)

    def _of_table(self, model: str, call: Call, input_tokens: int) -> Rates | None:
        # The vendor's price comes first. Behind a host that tells none another may serve, which the model's name tells.
        for name in (*filter(None, (call.vendor, call.provider)), None):
            try:
                host, found = self._table.find_provider_model(model, None, name, None)
            except LookupError:
                continue
            context = dict.fromkeys(_CONTEXT, call.tier) if call.tier else {}
            if _is_apart(call) and not _has_variant(found, context):
                return None
            return _rates(found.get_prices(_LATEST, context), input_tokens, host.id in _AUDIO_AS_TEXT)
        return None

    @cached_property
    def _table(self) -> DataSnapshot:
        from genai_prices.data_snapshot import get_snapshot

        return get_snapshot()


def _own_rates(price: Price) -> Rates:
    cached, written = _first(price.cached, price.input), _first(price.cache_write, price.input)
    spoken = _first(price.input_audio, price.input)
    return Rates(
        price.input,
        price.output,
        cached,
        written,
        _first(price.cache_write_1h, written),
        price.output,
        spoken,
        cached if price.cached is not None else spoken,
        _first(price.output_audio, price.output),
    )


def _has_variant(model: Any, context: Mapping[str, str]) -> bool:
    """Whether a model has a price in that context, though it be the usual one."""
    return any(
        all(context.get(key) == value for key, value in variant.when.items())
        and (variant.constraint is None or variant.constraint.active(_LATEST))
        for variant in model.price_variants or ()
    )


def _rates(price: Any, input_tokens: int, audio_as_text: bool) -> Rates | None:
    """Rates from a model's price, None where it is not priced by token; what has no rate of its own costs the usual."""

    def rate(key: str) -> float | None:
        return _rate(getattr(price, f"{key}_mtok"), input_tokens)

    given, answered = rate("input"), rate("output")
    if given is None and answered is None:
        return None
    usual, output = given or 0.0, answered or 0.0
    cached, written = _first(rate("cache_read"), usual), rate("cache_write")
    hour = rate("cache_write_1h")
    spoken = _first(rate("input_audio"), usual if audio_as_text else None)
    return Rates(
        usual,
        output,
        cached,
        _first(written, usual),
        _first(hour, usual if written is None else _HOUR * usual),
        _first(rate("output_reasoning"), output),
        spoken,
        # Where audio costs what text does, so does cached audio; else nobody says that it costs less than other audio.
        _first(rate("cache_audio_read"), cached if spoken == usual else spoken),
        _first(rate("output_audio"), output if audio_as_text else None),
    )


@overload
def _first(rate: float | None, other: float) -> float: ...
@overload
def _first(rate: float | None, other: float | None) -> float | None: ...
def _first(rate: float | None, other: float | None) -> float | None:
    return other if rate is None else rate


def _rate(price: Any, input_tokens: int) -> float | None:
    """A rate in dollars; where it has tiers, that of the highest threshold which the input exceeds, for all tokens."""
    if price is None or not hasattr(price, "tiers"):
        return None if price is None else float(price)
    over = [tier.price for tier in price.tiers if input_tokens > tier.start]
    return float(over[-1] if over else price.base)
