"""What tokens cost: the user's own prices, else the dated table of genai-prices, which is read offline.

The only contact with genai-prices; it is imported when a price is first asked for (.2 s).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..records import Call
from .base import Price

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot

# The last price that the table knows, whatever the day of the run, so that a replay costs the same tomorrow.
_LATEST = datetime.datetime(2999, 1, 1, 12, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars for each million tokens."""

    input: float
    output: float
    cached: float
    cache_write: float
    reasoning: float


_FREE = Rates(0.0, 0.0, 0.0, 0.0, 0.0)


class Prices:
    """Finds the rates of a call. `own` are the user's prices by model, in any case over the table's."""

    def __init__(self, own: Mapping[str, Price]) -> None:
        self._own = own

    def rates(self, call: Call, input_tokens: int) -> Rates | None:
        """The rates of a call of that many input tokens (some models cost more above a threshold); None if unknown.

        Asked for by the model of the request, then by the one that answered. OpenAI's moderation is free.
        """
        free = call.kind == "moderation" and call.provider == "openai"
        for model in (call.model, call.answered_by):
            if model:
                found = self._of_user(model)
                if found is None and not free:
                    found = self._of_table(model, (call.vendor, call.provider), input_tokens)
                if found:
                    return found
        return _FREE if free else None

    def _of_user(self, model: str) -> Rates | None:
        price = self._own.get(model)
        if price is None:
            return None
        cached = price.input if price.cached is None else price.cached
        written = price.input if price.cache_write is None else price.cache_write
        return Rates(price.input, price.output, cached, written, price.output)

    def _of_table(self, model: str, names: tuple[str | None, ...], input_tokens: int) -> Rates | None:
        # The vendor's price comes first. Behind a host that tells none another may serve, which the model's name tells.
        for name in (*filter(None, names), None):
            try:
                _, found = self._table.find_provider_model(model, None, name, None)
            except LookupError:
                continue
            return _rates(found.get_prices(_LATEST), input_tokens)
        return None

    @cached_property
    def _table(self) -> DataSnapshot:
        from genai_prices.data_snapshot import get_snapshot

        return get_snapshot()


def _rates(price: Any, input_tokens: int) -> Rates | None:
    """Rates from a model's price, None where it is not priced by token; what has no rate of its own costs the usual."""
    given = _rate(price.input_mtok, input_tokens)
    answered = _rate(price.output_mtok, input_tokens)
    if given is None and answered is None:
        return None
    usual, output = given or 0.0, answered or 0.0
    cached = _rate(price.cache_read_mtok, input_tokens)
    written = _rate(price.cache_write_mtok, input_tokens)
    reasoning = _rate(price.output_reasoning_mtok, input_tokens)
    return Rates(
        usual,
        output,
        usual if cached is None else cached,
        usual if written is None else written,
        output if reasoning is None else reasoning,
    )


def _rate(price: Any, input_tokens: int) -> float | None:
    """A rate in dollars; where it has tiers, that of the highest threshold which the input exceeds, for all tokens."""
    if price is None or not hasattr(price, "tiers"):
        return None if price is None else float(price)
    over = [tier.price for tier in price.tiers if input_tokens > tier.start]
    return float(over[-1] if over else price.base)
