"""What was measured of the answers to one prompt, as plain data; needs no numpy."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from ...plain import Record

FEWEST = 5
TOO_FEW = f"fewer than {FEWEST} samples"
MEASURES = (
    "distinct_clusters", "homogenization", "single_cluster_rate", "semantic_entropy", "semantic_entropy_miller_madow",
    "vendi", "ead", "distinct_2", "self_bleu", "compression_ratio",
)  # fmt: skip
"""What `Variety.values` may hold, in the order of the reports."""


@dataclass(frozen=True, slots=True)
class Variety(Record):
    """How much some answers differ: `values` by measure, and for each one that is missing the reason why.

    `samples` is their number, `words` the mean number of words of each.
    """

    samples: int
    words: float = 0.0
    values: Mapping[str, float] = dataclasses.field(default_factory=dict)
    unmeasured: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupVariety(Record):
    """The answers to one prompt: all of them, and those that are no refusals (None: there is no refusal).

    `refusals` and `empty` count answers; an empty answer is a refusal, too. `similarity` names what `vendi` compares.
    """

    group: str
    answers: Variety
    similarity: str
    refusals: int = 0
    empty: int = 0
    answered: Variety | None = None

    @property
    def without_refusals(self) -> Variety:
        """The answers that are no refusals."""
        return self.answered or self.answers
