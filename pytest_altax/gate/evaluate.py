"""The verdicts: every limit against its estimate, with one Holm adjustment over all that are tested."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..measurements import Estimate, Metric, Status, Verdict
from ..stats.multiplicity import holm
from .budget import Limit, Policy
from .change import NO_BASELINE, NO_CALL, NOT_COMPARABLE, Change, unmeasured
from .decide import Case, beyond, more_samples, settle
from .estimate import Contribution, is_stale
from .message import message

PARTIAL = "partial"
_NOTHING: Mapping[str, Sequence[tuple[str, float, float]]] = {}


def evaluate(
    limits: Iterable[Limit],
    estimates: Mapping[str, Estimate],
    metrics: Mapping[str, Metric],
    policy: Policy,
    *,
    scope: str = "",
    partial: str | None = None,
    contributions: Mapping[str, Sequence[Contribution | tuple[str, float, float]]] = _NOTHING,
    moved: str = "",
    changes: Callable[[Metric], Change] | None = None,
) -> tuple[Verdict, ...]:
    """One verdict for each limit, in the order given.

    `estimates` are by metric name; a metric without one is not measured. `scope` is the id of the test that is judged,
    empty for the run; a mean of one prompt is compared exactly there, since the recorded samples of that one prompt are
    what the test judges. `partial` says why the run is not whole: then nothing is judged and nothing fails.
    `contributions` are (test id, numerator, denominator), for the tests named in a message; `moved` says there what has
    changed since the recording. `changes` gives how a metric has moved since the baseline, for the limits of that.
    """
    cases = [_case(limit, metrics[limit.metric], estimates, partial, changes, bool(scope)) for limit in limits]
    chances = [beyond(case) for case in cases]
    adjusted = iter(holm([p for p in chances if p is not None]))
    gates = sum(p is not None for p in chances)
    verdicts = []
    for case, p in zip(cases, chances, strict=True):
        named = [Contribution(*item) for item in contributions.get(case.limit.metric, ())]
        verdict = _verdict(case, None if p is None else next(adjusted), gates, named, moved)
        action = "pass" if partial is not None else _action(verdict, policy)
        verdicts.append(dataclasses.replace(verdict, scope=scope, fails=action == "fail", warns=action == "warn"))
    return tuple(verdicts)


def _case(
    limit: Limit,
    metric: Metric,
    estimates: Mapping[str, Estimate],
    partial: str | None,
    changes: Callable[[Metric], Change] | None,
    one_test: bool,
) -> Case:
    if not limit.of_change:
        return Case(limit, metric, _estimate(limit.metric, estimates, partial), one_test)
    found = changes(metric) if changes and partial is None else unmeasured(metric.name, NO_BASELINE)
    return Case(limit, metric, _estimate(limit.metric, {metric.name: found.estimate}, partial), one_test, found)


def _estimate(name: str, estimates: Mapping[str, Estimate], partial: str | None) -> Estimate:
    estimate = estimates.get(name, Estimate(name, reason=NO_CALL))
    if partial is None:
        return estimate
    return dataclasses.replace(estimate, value=None, low=None, high=None, was=None, reason=f"{PARTIAL}: {partial}")


def _verdict(case: Case, p: float | None, gates: int, contributions: Sequence[Contribution], moved: str) -> Verdict:
    status = Status.NOT_MEASURED if case.estimate.value is None else settle(case, p)
    needed = more_samples(case, gates) if status is Status.INCONCLUSIVE else None
    text = message(case, status, p=p, gates=gates, needed=needed, contributions=contributions, moved=moved)
    limit = case.limit
    return Verdict(
        limit.metric,
        status,
        limit.bound,
        limit.value,
        case.estimate,
        source=limit.source,
        line=limit.line,
        p=p,
        needed=needed,
        base=case.change.base if case.change else None,
        message=text,
    )


def _action(verdict: Verdict, policy: Policy) -> str:
    """What a verdict does to the build: `pass`, `warn` or `fail`."""
    if verdict.status is Status.INCONCLUSIVE:
        return policy.on_inconclusive
    # What no baseline has cannot have moved; that another detector or clusterer made it is said once, for the run
    if (verdict.estimate.reason or "").startswith((NO_BASELINE, NOT_COMPARABLE)):
        return "pass"
    if verdict.status is Status.NOT_MEASURED:
        return policy.on_stale if is_stale(verdict.estimate) else "fail"
    return "fail" if verdict.status is Status.FAIL else "pass"
