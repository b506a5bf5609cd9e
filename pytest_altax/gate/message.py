"""The text of a verdict: one sentence, then the facts behind it, where the limit was set and what to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..measurements import Estimate, Metric, Pooling, Status, Unit
from ..stats.power import detectable_effect
from .budget import Limit
from .decide import Case
from .estimate import Contribution, is_stale
from .heaviest import MOST, weight
from .wording import chance, decimals, figure, languages, limit_figure

_MOST_NAMED = 3
_LONGEST_NAME = 120


def sentence(case: Case, status: Status) -> str:
    """The first line of a verdict: the metric, its value and how it stands to its budget."""
    estimate, limit, unit = case.estimate, case.limit, case.metric.unit
    if estimate.value is None or status is Status.NOT_MEASURED:
        what = f"{limit.metric} is not" if not limit.of_change else f"the change of {limit.metric} is not"
        return f"{what} measured: {_shown(estimate.reason or 'no samples')}"
    if case.change is not None:
        return _change_sentence(case, status)
    value = figure(estimate.value, unit, decimals(estimate.value, unit, limit.value))
    error = f" ± {figure(estimate.error, unit)}" if estimate.error else ""
    budget = limit_figure(limit.value, unit)
    return f"{limit.metric} {value}{error}{_sampling(case)} {_standing(limit, status)} its budget of {budget}"


def message(
    case: Case,
    status: Status,
    *,
    p: float | None = None,
    gates: int = 1,
    needed: int | None = None,
    contributions: Sequence[Contribution] = (),
    moved: str = "",
) -> str:
    """The whole text of a verdict: the sentence, then indented the facts, where the limit was set and what to read.

    `moved` says what has changed since the recording; it explains metrics that are counted, not sampled.
    """
    if status is Status.PASS:
        return sentence(case, status)
    lines = [
        _history(case, p, gates),
        f"moved: {moved}" if moved and case.estimate.was is not None and not case.metric.pooling.sampled else "",
        _shown(languages(case.estimate.detail)),
        _doubt(case, status, needed),
        _left_out(case.estimate),
        _most_of_it(case, contributions),
        _set_in(case.limit),
        f"read: altax explain {case.limit.metric}",
    ]
    return "\n".join([sentence(case, status), *(f"  {line}" for line in lines if line)])


def _change_sentence(case: Case, status: Status) -> str:
    """`tax_tokens 1,142, +306 since the baseline's 836, is above its budget of +5% (42)`."""
    change, limit, unit = case.change, case.limit, case.metric.unit
    assert change is not None
    moved, now, base = case.estimate.value or 0.0, change.now or 0.0, change.base or 0.0
    digits = decimals(moved, unit, case.allowed)
    error = f" ± {figure(case.estimate.error, unit)}" if case.estimate.error else ""
    sign = "+" if limit.bound == "max-increase" else "-"
    allowed = sign + (limit_figure(limit.value, unit) if not limit.relative else f"{limit.value * 100:g}%")
    if limit.relative:
        allowed += f" ({figure(case.allowed, unit, digits)})"
    interval = f"{_interval(case)} over {_prompts(case.estimate.n)}" if case.metric.pooling.sampled else ""
    return (
        f"{limit.metric} {figure(now, unit, digits)}{error}, {_signed(moved, unit, digits)}{interval} since the "
        f"baseline's {figure(base, unit, digits)}, {_change_standing(limit, status)} its budget of {allowed}"
    )


def _prompts(number: int) -> str:
    return f"{number:,} prompt{'s' * (number != 1)}"


def _signed(value: float, unit: Unit, digits: int) -> str:
    return ("+" if value >= 0 else "") + figure(value, unit, digits)


def _change_standing(limit: Limit, status: Status) -> str:
    if status in (Status.INCONCLUSIVE, Status.PASS):
        return _standing(limit, status)
    return "is above" if limit.bound == "max-increase" else "is beyond"


def _interval(case: Case) -> str:
    unit = case.metric.unit
    bounds = [bound for bound in (case.estimate.low, case.estimate.high) if bound is not None]
    ends = ", ".join(_signed(bound, unit, decimals(bound, unit, case.allowed)) for bound in bounds)
    return f" [{ends}]" if ends else ""


def _standing(limit: Limit, status: Status) -> str:
    if status is Status.INCONCLUSIVE:
        return "cannot be told from"
    if status is Status.PASS:
        return "is within"
    return "is above" if limit.bound == "max" else "is below"


def _sampling(case: Case) -> str:
    """` [0.12, 0.34], 20 of 96 (48 effective),` of a rate; ` [...], mean of 12 prompts,` of a mean.

    A number that a meter derived from others has no counts of its own, only samples. Nothing of what is compared as it
    is: a metric that is not sampled, and the mean of one prompt that a test judges.
    """
    estimate, unit = case.estimate, case.metric.unit
    if not case.metric.pooling.sampled or case.one_prompt:
        return ""
    bounds = [bound for bound in (estimate.low, estimate.high) if bound is not None]
    ends = ", ".join(figure(bound, unit, decimals(bound, unit, case.limit.value)) for bound in bounds)
    interval = f" [{ends}]" if ends else ""
    if estimate.denominator is None:
        return f"{interval}, {estimate.n:,} samples,"
    if case.metric.pooling is Pooling.MEAN:
        return f"{interval}, mean of {estimate.n} prompt{'s' * (estimate.n != 1)},"
    worth = estimate.effective or 0
    effective = f" ({worth:.0f} effective)" if round(worth) != estimate.n else ""
    return f"{interval}, {_count(estimate.numerator)} of {_count(estimate.denominator)}{effective},"


def _count(value: float | None) -> str:
    return figure(value or 0, Unit.COUNT)


def _history(case: Case, p: float | None, gates: int) -> str:
    """`as recorded 0.33, +0.03; p=0.003 after Holm over 5 gates`, as much of it as there is."""
    said = [_since(case)] if case.estimate.was is not None else []
    if p is not None:
        said.append(f"{chance(p)} after Holm over {gates} gates" if gates > 1 else chance(p))
    return "; ".join(said)


def _since(case: Case) -> str:
    now, was, unit = case.estimate.value, case.estimate.was or 0.0, case.metric.unit
    if now is None:
        return f"as recorded {figure(was, unit)}"
    shown = decimals(now, unit, case.limit.value, was)
    # The difference of what is printed, so that a reader who adds up is not left one digit short
    difference = round(now, shown) - round(was, shown)
    return f"as recorded {figure(was, unit, shown)}, {'+' * (difference >= 0)}{figure(difference, unit, shown)}"


def _doubt(case: Case, status: Status, needed: int | None) -> str:
    """What would decide, or what to do about a number that is missing."""
    if is_stale(case.estimate):
        return "the requests have changed since the answers were recorded; record them again with --altax-record=stale"
    if status is not Status.INCONCLUSIVE:
        return ""
    if case.estimate.error:
        return f"the limit lies within the expected error of the count, which is {case.estimate.basis.value}"
    prompts = bool(case.change) or (case.metric.pooling is Pooling.MEAN and case.estimate.denominator is not None)
    if prompts and case.estimate.n < 2 and case.estimate.deviation is None and needed is None:
        return "one prompt has no interval: sample at least one more"
    if needed is None:
        return "no number of samples like these would decide"
    if case.change and case.estimate.n < 2:
        return f"about {needed:,} more samples of this prompt, in either run, would decide"
    return f"about {needed:,} more {'prompts' if prompts else 'samples'} like these would decide{_detectable(case)}"


def _detectable(case: Case) -> str:
    """How large a change these prompts show, with the chance 0.8."""
    estimate, unit = case.estimate, case.metric.unit
    if case.change is None or not estimate.deviation:
        return ""
    effect = detectable_effect(estimate.n, estimate.deviation**2, alpha=case.limit.alpha, sides=1)
    return f"; {estimate.n:,} show one of {figure(effect, unit)} beyond the limit in 8 of 10 runs"


def _left_out(estimate: Estimate) -> str:
    if estimate.value is None or not estimate.skipped:
        return ""
    reasons = ", ".join(f"{_shown(reason)} {count:,}" for reason, count in _by_size(estimate.skipped))
    return f"left out: {reasons}"


def _by_size(skipped: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(skipped.items(), key=lambda item: (-item[1], item[0]))[:_MOST_NAMED]


def _most_of_it(case: Case, contributions: Sequence[Contribution]) -> str:
    """The tests that weigh most against the limit, at most three; nothing if there is but one test."""
    if case.estimate.value is None or len(contributions) < 2 or case.change is not None:
        return ""
    changed = any(item.was is not None for item in contributions)
    weighed = sorted(
        ((weight(case.metric.pooling, case.limit, item, changed), item) for item in contributions),
        key=lambda w: (-w[0], w[1].test),
    )
    named, file = [], ""
    for item in [item for heavy, item in weighed if heavy > 0][:MOST]:
        path, mark, rest = item.test.partition("::")
        named.append(f"{_shown(f'::{rest}' if mark and path == file else item.test)} {_share(case.metric, item)}")
        file = path
    return f"most of it: {', '.join(named)}" if named else ""


def _share(metric: Metric, item: Contribution) -> str:
    """`842 → 1,142` of a total, `9/12` of a rate or ratio, the mean of a mean."""
    if metric.pooling is Pooling.MEAN:
        return figure(item.numerator / item.denominator, metric.unit) if item.denominator else "-"
    if metric.pooling is not Pooling.TOTAL:
        return f"{_count(item.numerator)}/{_count(item.denominator)}"
    now = figure(item.numerator, metric.unit)
    return now if item.was in (None, item.numerator) else f"{figure(item.was or 0, metric.unit)} → {now}"


def _set_in(limit: Limit) -> str:
    if not limit.source:
        return ""
    return f"set in {_shown(limit.source)}" + (f" (line {limit.line})" if limit.line else "")


def _shown(text: str) -> str:
    """Text that may hold anything (test ids, model names) on one line, without what steers a terminal."""
    visible = "".join(character if character.isprintable() else "�" for character in text)
    return visible if len(visible) <= _LONGEST_NAME else visible[: _LONGEST_NAME - 1] + "…"
