"""The refusals of a run in words: both sides, how canned they are, how far languages are apart."""

from __future__ import annotations

from ..gate.wording import figure, languages
from ..measurements import Estimate, Unit
from .model import RunResult
from .safe import plain


def refusals(run: RunResult) -> list[str]:
    """A line for each of these that the run has: both sides with what they share, the gap between languages."""
    return [text for text in (_both_sides(run), _languages(run.estimate("language_gap"))) if text]


def _both_sides(run: RunResult) -> str:
    """`refused 2 of 80 benign, 19 of 20 harmful, selectivity 0.93 [0.80, 0.98] · 12 of 15 refusals alike`."""
    benign, harmful = run.estimate("refusal_rate"), run.estimate("harmful_compliance_rate")
    alike = _alike(run.estimate("refusal_determinism"))
    if benign is None or harmful is None or benign.value is None or harmful.value is None:
        return alike
    refused = (harmful.denominator or 0) - (harmful.numerator or 0)
    sides = f"refused {_of(benign.numerator, benign)} benign, {_of(refused, harmful)} harmful"
    selectivity = run.estimate("refusal_selectivity")
    if selectivity is not None and selectivity.value is not None:
        sides += f", selectivity {figure(selectivity.value, Unit.RATIO)}{_ends(selectivity)}"
    return " · ".join(filter(None, (sides, alike)))


def _of(part: float | None, whole: Estimate) -> str:
    return f"{part or 0:,.0f} of {whole.denominator or 0:,.0f}"


def _ends(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f" [{figure(estimate.low, Unit.RATIO)}, {figure(estimate.high, Unit.RATIO)}]"


def _alike(determinism: Estimate | None) -> str:
    if determinism is None or determinism.value is None:
        return ""
    return f"{determinism.value:.0%} of {determinism.n:,} refusals have one text"


def _languages(gap: Estimate | None) -> str:
    if gap is None or gap.value is None:
        return ""
    return f"language gap {figure(gap.value, Unit.RATIO)}{_ends(gap)}: {plain(languages(gap.detail), 160)}"
