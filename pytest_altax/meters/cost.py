"""What the calls cost in dollars; the page is the docstring of `Cost`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..measurements import Basis, Direction, Measurement, Metric, Pooling, Sample, Unit
from .bill import CallBill
from .lines import is_tax
from .prices import Rates
from .pricing import Parts
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
    cache-write (for an hour, too), reasoning and audio tokens are priced at their own rates, and a call in the tier
    that its answer names (batch, flex, priority, fast) at that tier's. What was cached is the start of the request:
    tools, then system prompt, then messages; so a guardrail at the start of a cached prompt costs the cached rate.
    Audio stands on `context` and `answer` before other lines. Each line of the ledger has its dollars; they sum to
    `cost_usd`.

    ## Limits
    A model without a price is not measured (`unpriced: MODEL`), never $0; nor is a tier that costs other than the
    usual and has none (`unpriced: MODEL (flex tier)`), nor audio that costs other than text (`unpriced: MODEL
    (audio)`). OpenAI's moderation endpoint is free, unless your own prices name its model. Images and video cost what
    text does; fees for server-side tools and surcharges by region are not in it. Requests that have changed since they
    were recorded are priced at what they would be billed today with nothing cached, and with the output that was
    recorded.

    ## Example
    1,000 input tokens, 200 of them cached, and 100 output tokens of gpt-4o: 800 x 2.50 + 200 x 1.25 + 100 x 10 dollars
    a million = $.00325.

    ## Options
    `[tool.pytest-altax.prices."MODEL"]` with `input`, `output`, `cached`, `cache-write`, `cache-write-1h`,
    `input-audio` and `output-audio` in dollars per million; `prices."MODEL (flex tier)"` for one tier alone.

    ## References
    https://github.com/pydantic/genai-prices
    """

    metrics = (
        Metric("cost_usd", Unit.USD, Direction.LOWER, Pooling.TOTAL, "price of all tokens"),
        Metric("tax_usd", Unit.USD, Direction.LOWER, Pooling.TOTAL, "price of the tokens that are tax", low=None),
    )

    @staticmethod
    def depends(metric: str) -> tuple[str, ...]:
        """What a price rests on: the table, and for the tax on the lines of the ledger."""
        return ("prices",) if metric == "cost_usd" else ("prices", "tokenizer", "detector")

    def measure(self, reading: Reading) -> Iterator[Measurement]:
        """Both prices of a test that made calls, one sample each; nothing for one that made none."""
        if not reading.calls:
            return
        totals = _Totals()
        for call, bill, rates, parts in zip(reading.calls, reading.bill, reading.rates, reading.costs, strict=True):
            if call.provider == "unknown":
                totals.skipped["not understood"] += 1
            elif isinstance(parts, str):
                totals.skipped[f"unpriced: {parts}"] += 1
            elif rates:
                totals.add(bill, rates, parts, reading.context.tax_lines)
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

    def add(self, bill: CallBill, rates: Rates, parts: Parts, moved: Mapping[str, bool]) -> None:
        """Add a call by what its lines cost."""
        self.cost.extend(dollars for _, dollars in parts)
        self.tax.extend(dollars for line, dollars in parts if is_tax(line, moved))
        self.error += bill.error * max(rates.input, 0 if bill.carried else rates.output)
        self.basis = max(self.basis, bill.basis, key=_BASES.index)

    def measurement(self, metric: str, parts: Sequence[float]) -> Measurement:
        """The sum of the parts; without a sample where calls were made and none has a price."""
        samples = (Sample(math.fsum(parts) / _MILLION),) if self.cost or not self.skipped else ()
        return Measurement(metric, samples, dict(self.skipped), self.basis, self.error / _MILLION)


def by_line(costs: Iterable[Parts | str]) -> dict[str, float]:
    """Dollars by line of what has a price; they sum to `cost_usd`."""
    lines: dict[str, list[float]] = defaultdict(list)
    for parts in costs:
        if not isinstance(parts, str):
            for line, dollars in parts:
                lines[line].append(dollars)
    return {line: math.fsum(dollars) / _MILLION for line, dollars in lines.items()}
