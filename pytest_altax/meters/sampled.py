"""The samples of a test: the answers to each prompt that it asked several times, and how much they differ."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .base import LabelKind
from .drawn import not_drawn
from .variety.record import FEWEST, TOO_FEW, GroupVariety

if TYPE_CHECKING:
    from .reading import Reading


@dataclass(frozen=True, slots=True)
class Sampled:
    """The prompt groups of a test that diversity is defined for; `skipped` counts the others, or stale calls."""

    groups: tuple[GroupVariety, ...] = ()
    skipped: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """The answers to one prompt, or the reason why they say nothing about diversity and how often it applies.

    `refused` tells of each answer whether it is a refusal; one that complies in part is not.
    """

    name: str
    answers: tuple[str, ...] = ()
    refused: tuple[bool, ...] = ()
    skipped: tuple[str, int] | None = None


def sampled(reading: Reading) -> Sampled | None:
    """How much the answers of each prompt group differ; None for a test without answers.

    numpy is loaded for a group that is measured, and not before.
    """
    groups = prompt_answers(reading)
    if not groups:
        return None
    skipped: Counter[str] = Counter()
    for group in groups:
        if group.skipped:
            skipped[group.skipped[0]] += group.skipped[1]
    measured = tuple(_measured(group, reading) for group in groups if not group.skipped)
    return Sampled(measured, dict(skipped))


def prompt_answers(reading: Reading) -> list[Group]:
    """The prompt groups of a test with their answers: those of untagged generation calls that were answered."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number in reading.answering:
        if reading.calls[number].choices:
            numbers[reading.groups[number]].append(number)
    return [_group(name, of_group, reading) for name, of_group in numbers.items()]


def _measured(group: Group, reading: Reading) -> GroupVariety:
    from .variety.group import group_variety

    classes = reading.context.clusterer.cluster(group.answers)
    return group_variety(group.name, group.answers, group.refused, classes, reading.context.embedder)


def _group(name: str, numbers: Sequence[int], reading: Reading) -> Group:
    live = [number for number in numbers if not reading.calls[number].stale]
    answers = [answer for number in live for answer in _answers(number, reading)]
    if len(answers) < FEWEST:
        stale = len(numbers) - len(live)
        return Group(name, skipped=("stale", stale) if stale else (TOO_FEW, 1))
    reason = not_drawn([reading.calls[number] for number in live])
    if reason:
        return Group(name, skipped=(reason, 1))
    return Group(name, tuple(text for text, _ in answers), tuple(refused for _, refused in answers))


def _answers(number: int, reading: Reading) -> Iterator[tuple[str, bool]]:
    """The texts of a call's choices, and whether each is a refusal; a choice that only calls tools has none."""
    for place, choice in enumerate(reading.calls[number].choices):
        text = choice.text or choice.refusal or ""
        if text or not choice.tool_calls:
            yield text, reading.labels[number, place].kind is LabelKind.REFUSAL
