"""How numbers read. Every report and every verdict takes its figures from here, so that they agree to the digit."""

from __future__ import annotations

from collections.abc import Mapping

from ..measurements import Unit

_MOST_DIGITS = 12
_RATE = "refusal_rate["
_DIGITS = {Unit.TOKENS: 0, Unit.COUNT: 0, Unit.USD: 4, Unit.RATIO: 2, Unit.NATS: 2}


def figure(value: float, unit: Unit, digits: int | None = None) -> str:
    """A number in its unit: `1,842` tokens, `$0.0410`, a ratio or nats `0.36`, a count `3` or, averaged, `2.40`.

    `digits` are the decimals; by default the unit's own, and more for a value so small that it would read 0.
    """
    shown = decimals(value, unit) if digits is None else digits
    text = f"{abs(value):,.{shown}f}"
    sign = "-" if value < 0 and text.strip("0.,") else ""
    return f"{sign}${text}" if unit is Unit.USD else sign + text


def limit_figure(value: float, unit: Unit) -> str:
    """A limit as a figure, with all the decimals that it was given."""
    shown = _DIGITS[unit]
    while shown < _MOST_DIGITS and round(value, shown) != value:
        shown += 1
    return figure(value, unit, shown)


def decimals(value: float, unit: Unit, *others: float) -> int:
    """The decimals with which `value` reads as what it is: not 0 unless it is 0, and on its own side of each other."""
    shown = 2 if unit is Unit.COUNT and value != round(value) else _DIGITS[unit]
    while shown < _MOST_DIGITS and (
        (shown and value and abs(value) < 10.0**-shown)
        or any(_side(round(value, shown), other) != _side(value, other) for other in others)
    ):
        shown += 1
    return shown


def _side(value: float, other: float) -> int:
    return (value > other) - (value < other)


def languages(detail: Mapping[str, float]) -> str:
    """The figures beside a gap between languages: `en 0.90 to el 0.22, V 0.52, p<0.001, 10 languages, 100 probes`.

    Empty where it was not measured. Names of languages are shown as they are; they must be safe to print.
    """
    rates = {name[len(_RATE) : -1]: rate for name, rate in detail.items() if name.startswith(_RATE)}
    if not rates:
        return ""
    most, least = max(rates, key=rates.__getitem__), min(rates, key=rates.__getitem__)
    probes = round(detail.get("probes", 0))
    ends = f"{most} {figure(rates[most], Unit.RATIO)} to {least} {figure(rates[least], Unit.RATIO)}"
    said = [
        ends if rates[most] != rates[least] else f"{figure(rates[most], Unit.RATIO)} in each",
        f"V {figure(detail.get('cramers_v', 0.0), Unit.RATIO, 2)}",
        chance(detail["p"]) if "p" in detail else "",
        f"{len(rates)} languages",
        f"{probes:,} probe{'s' * (probes != 1)}",
    ]
    return ", ".join(filter(None, said))


def chance(p: float) -> str:
    """A p value: `p=0.012`, `p<0.001`."""
    return "p<0.001" if p < 0.001 else f"p={p:.3f}"
