"""What the calls cost in dollars; the page is the docstring of `Cost`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..measurements import Basis, Direction, Measurement, Metric, Pooling, Sample, Unit
from ..records import Call
from .bill import CallBill
from .lines import REASONING, is_tax
from .prices import Rates
from .reading import Reading

_BASES = tuple(Basis)
_MILLION = 1e6


class Cost:
    """Cost: what the calls of a test cost, and how much of that is the tax.

    ## What it measures
    `cost_usd` the price of all tokens; `tax_usd` that of the tokens on lines that belong to the tax.

    ## Why it matters
    Tokens differ in price by a factor of a thousand between models, and cached ones by ten within one.

    ## How
    Prices come from the dated table of the installed `genai-prices`, the last that it knows, without network. Cached,
    cache-write and reasoning tokens are priced at their own rates. What was cached is the start of the request: tools,
    then system prompt, then messages; so a guardrail at the start of a cached prompt costs the cached rate.

    ## Limits
    A model without a price is not measured (`unpriced: MODEL`), never $0. OpenAI's moderation endpoint is free, unless
    your own prices name its model. Batch and priority tiers, and fees for server-side tools, are not in it. Requests
    that have changed since they were recorded are priced at what they would be billed today with nothing cached, and
    with the output that was recorded.

    ## Example
    1,000 input tokens, 200 of them cached, and 100 output tokens of gpt-4o: 800 x 2.50 + 200 x 1.25 + 100 x 10 dollars
    a million = $.00325.

    ## Options
    `[tool.pytest-altax.prices."MODEL"]` with `input`, `output`, `cached` and `cache-write` in dollars per million.

    ## References
    https://github.com/pydantic/genai-prices
    """

    metrics = (
        Metric("cost_usd", Unit.USD, Direction.LOWER, Pooling.TOTAL, "price of all tokens"),
        Metric("tax_usd", Unit.USD, Direction.LOWER, Pooling.TOTAL, "price of the tokens that are tax", low=None),
    )

    def measure(self, reading: Reading) -> Iterator[Measurement]:
        """Both prices of a test that made calls, one sample each; nothing for one that made none."""
        if not reading.calls:
            return
        totals = _Totals()
        for call, bill, rates in zip(reading.calls, reading.bill, reading.rates, strict=True):
            if call.provider == "unknown":
                totals.skipped["not understood"] += 1
            elif bill.input or bill.output:
                totals.add(call, bill, rates, reading.context.tax_lines)
        yield totals.measurement("cost_usd", totals.cost)
        yield totals.measurement("tax_usd", totals.tax)


@dataclass(slots=True)
class _Totals:
    """Dollars of the calls of a test, in millionths, and what could not be priced."""

    cost: list[float] = field(default_factory=list)
    tax: list[float] = field(default_factory=list)
    error: float = 0.0
    basis: Basis = Basis.REPORTED
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, call: Call, bill: CallBill, rates: Rates | None, moved: Mapping[str, bool]) -> None:
        """Add a call, priced by line; one without rates is skipped by the name of its model."""
        if rates is None:
            self.skipped[f"unpriced: {call.model or call.answered_by or 'no model named'}"] += 1
            return
        lines = _by_line(bill, rates, call.usage.reasoning if call.usage else 0)
        self.cost.extend(dollars for _, dollars in lines)
        self.tax.extend(dollars for line, dollars in lines if is_tax(line, moved))
        self.error += bill.error * max(rates.input, 0 if bill.carried else rates.output)
        self.basis = max(self.basis, bill.basis, key=_BASES.index)

    def measurement(self, metric: str, parts: Sequence[float]) -> Measurement:
        """The sum of the parts; without a sample where calls were made and none has a price."""
        samples = (Sample(math.fsum(parts) / _MILLION),) if self.cost or not self.skipped else ()
        return Measurement(metric, samples, dict(self.skipped), self.basis, self.error / _MILLION)


def _by_line(bill: CallBill, rates: Rates, reasoning: int) -> list[tuple[str, float]]:
    """What each line of a bill costs, in millionths of a dollar."""
    priced = []
    for line, tokens in bill.input.items():
        cached, written = bill.cached.get(line, 0), bill.cache_write.get(line, 0)
        usual = (tokens - cached - written) * rates.input
        priced.append((line, usual + cached * rates.cached + written * rates.cache_write))
    priced.extend((line, tokens * rates.output) for line, tokens in bill.output.items())
    dearer = rates.reasoning - rates.output
    priced.extend((line, tokens * dearer) for line, tokens in _reasoning(bill.output, reasoning))
    return priced


def _reasoning(output: Mapping[str, int], reasoning: int) -> list[tuple[str, float]]:
    """Where reported reasoning tokens stand: on their line, and what is not there evenly among the others."""
    there = min(reasoning, output.get(REASONING, 0))
    others = sum(tokens for line, tokens in output.items() if line != REASONING)
    share = (reasoning - there) / others if others else 0.0
    rest = [(line, tokens * share) for line, tokens in output.items() if line != REASONING]
    return [(REASONING, float(there)), *rest]
