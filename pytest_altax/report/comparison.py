"""What a run was compared with, in words, the same in every report."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from ..gate.budget import CHANGES
from ..measurements import Status
from .model import Compared, Header, RunResult
from .safe import plain

_MOST_NAMED = 3
_SHORT = 9
SKEW = 1.0
"""The days by which the clocks of two machines may differ, time zones that were mixed up included."""


def comparison(run: RunResult, header: Header, reason: str | None) -> list[str]:
    """The baseline with its age, and the tests that are new, gone or renamed since; or why changes are not measured.

    `reason` is the first that a test gives for that. Empty where nothing is limited by its change and there is no
    baseline.
    """
    if run.compared is not None:
        return [*_said(run.compared, header.created), *_not_measured(run)]
    reasons = [one.estimate.reason for one in run.verdicts if one.bound in CHANGES and one.estimate.reason]
    return [f"changes are not measured: {plain(said, 200)}" for said in (*reasons, reason) if said][:1]


def _said(compared: Compared, now: str) -> Iterator[str]:
    age = days_between(compared.created, now)
    old = "of no date" if age is None else "today" if age < 1 else f"{age:.0f} day{'s' * (round(age) != 1)} old"
    if age is not None and age < -SKEW:
        old = f"dated {plain(compared.created[:10])}, in the future of this clock"
    at = f", made at {short(compared.revision)}" if compared.revision else ""
    both = f"{compared.tests:,} test{'s' * (compared.tests != 1)} in both"
    yield f"baseline: {plain(compared.source, 120)} ({old}){at}, {both}"
    renamed = [f"{then} → {now}" for then, now in compared.renamed]
    for what, ids in (("new", compared.added), ("gone", compared.removed), ("renamed", renamed)):
        if ids:
            yield f"{what} since: {_named(ids)}"


def _not_measured(run: RunResult) -> Iterator[str]:
    """The limits of changes that do nothing in this run, by reason, where no failing entry says so."""
    metrics: dict[str, dict[str, None]] = {}
    for one in run.verdicts:
        if one.bound in CHANGES and one.status is Status.NOT_MEASURED and not (one.fails or one.warns):
            metrics.setdefault(one.estimate.reason or "", {})[one.metric] = None
    for reason, names in metrics.items():
        yield f"changes of {_named(list(names))} are not measured: {plain(reason, 200)}"


def short(revision: str) -> str:
    """The start of a commit, with its `+` where files differed from it."""
    return plain(revision[:_SHORT]) + ("+" if revision.endswith("+") else "")


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return ", ".join(plain(id, 120) for id in ids[:_MOST_NAMED]) + more


def days_between(then: str, now: str) -> float | None:
    """The days between two times in ISO 8601, UTC where they name no zone; None where one is none.

    Below 0 where the first is in the future of the second.
    """
    try:
        first, last = (datetime.datetime.fromisoformat(time) for time in (then, now))
        return (_in_utc(last) - _in_utc(first)).total_seconds() / 86_400
    except ValueError:
        return None


def _in_utc(time: datetime.datetime) -> datetime.datetime:
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
