"""Which answers a score of `altax.score` is about, and how uncertain the model was of them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ..plain import Record
from ..records import Logprobs

if TYPE_CHECKING:
    from .reading import Reading

SEMANTIC, TOKEN = "semantic", "token"
STALE = "stale"
NO_LOGPROBS = "no logprobs"
CHOSEN_ALONE = "no logprobs of other tokens"
_NOTHING_SCORED = "no answer before the score"
_OTHER_NUMBER = "as many scores as neither answers nor prompts"

Answer = tuple[int, int]
"""A choice by (number of the call, number of the choice)."""


@dataclass(frozen=True, slots=True)
class Graded(Record):
    """A score, 0 to 1, with the uncertainty of the answers that it is about, in nats: an entropy of kind `scale`.

    `prompt` is their prompt group. Without `uncertainty`, `reason` says why.
    """

    score: float
    scale: str = ""
    uncertainty: float | None = None
    prompt: str = ""
    reason: str | None = None


def graded(reading: Reading) -> tuple[Graded, ...]:
    """The scores of a test in their order, each with the uncertainty of the answers since the scores before.

    Scores that follow each other are about one answer each where they are as many as the answers, and about one prompt
    each where they are as many as the prompts; a score by itself is about all of them. Calls on a line of their own,
    such as a judge's, are no answers.
    """
    return tuple(_graded(reading)) if reading.context.scores else ()


def token_entropy(logprobs: Logprobs) -> float | None:
    """The mean over tokens of -Σ p ln p over the likeliest ones, in nats; None where alternatives were not told.

    At most the true entropy: what the tokens that are not told would add is not guessed.
    """
    tops = [top for top in logprobs.top if top]
    if max(map(len, tops), default=0) < 2:
        return None
    return math.fsum(-math.exp(value) * value for top in tops for value in top) / len(tops)


def answers_of(number: int, reading: Reading) -> list[Answer]:
    """The choices of a call."""
    return [(number, place) for place in range(len(reading.calls[number].choices))]


def token_entropies(reading: Reading, answers: Sequence[Answer]) -> tuple[list[float], str]:
    """The token entropy of each of these answers that has one, and why the others have none."""
    told = [found for found in (reading.calls[n].choices[place].logprobs for n, place in answers) if found is not None]
    entropies = [entropy for entropy in map(token_entropy, told) if entropy is not None]
    return entropies, CHOSEN_ALONE if told else NO_LOGPROBS


def _graded(reading: Reading) -> Iterator[Graded]:
    calls, start = reading.answering, 0
    placed = ((bisect_left(calls, score.calls), score.value) for score in reading.context.scores)
    for end, block in groupby(placed, key=lambda pair: pair[0]):
        scores = [value for _, value in block]
        answers = [answer for number in calls[start:end] for answer in answers_of(number, reading)]
        parts = _parts(answers, len(scores), reading)
        if parts is None:
            reason = _OTHER_NUMBER if answers else _NOTHING_SCORED
            yield from (Graded(score, reason=reason) for score in scores)
        else:
            yield from (_one(score, part, reading) for score, part in zip(scores, parts, strict=True))
        start = end


def _parts(answers: Sequence[Answer], wanted: int, reading: Reading) -> list[list[Answer]] | None:
    """The answers in as many parts as there are scores: each by itself, by prompt, or all; None where none fits."""
    if len(answers) == wanted:
        return [[answer] for answer in answers]
    prompts: dict[str, list[Answer]] = {}
    for answer in answers:
        prompts.setdefault(reading.groups[answer[0]], []).append(answer)
    if len(prompts) == wanted:
        return list(prompts.values())
    return [list(answers)] if wanted == 1 and answers else None


def _one(score: float, answers: Sequence[Answer], reading: Reading) -> Graded:
    prompts = list(dict.fromkeys(reading.groups[number] for number, _ in answers))
    if any(reading.calls[number].stale for number, _ in answers):
        return Graded(score, prompt=prompts[0], reason=STALE)
    groups = {one.group: one.answers.values for one in reading.sampled.groups} if reading.sampled else {}
    semantic = [groups[prompt].get("semantic_entropy") for prompt in prompts if prompt in groups]
    entropies, reason, scale = [entropy for entropy in semantic if entropy is not None], "", SEMANTIC
    if len(entropies) < len(prompts):
        entropies, reason = token_entropies(reading, answers)
        scale = TOKEN
    if not entropies:
        return Graded(score, prompt=prompts[0], reason=reason)
    return Graded(score, scale, math.fsum(entropies) / len(entropies), prompts[0])
