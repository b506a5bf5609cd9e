"""The n-grams of several texts as arrays: which there are, and whose each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one order: for each place where one stands its text and its number, both from 0.

    `different` is how many different n-grams there are in all texts together.
    """

    owner: Ints
    gram: Ints
    different: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each n-gram stands in each text that holds it: parallel arrays, sorted by n-gram, then by text."""

    owner: Ints
    gram: Ints
    count: Ints


def grams(texts: Sequence[Sequence[str]], most: int) -> list[Grams]:
    """The n-grams of the tokens of texts for the orders 1 to `most`, none of which goes over the end of its text."""
    known: dict[str, int] = {}
    total = sum(map(len, texts))
    tokens = np.fromiter((known.setdefault(one, len(known)) for text in texts for one in text), np.int64, total)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    found = [Grams(owner, tokens, len(known))]
    here, starts = tokens, np.arange(total)
    for size in range(2, most + 1):
        starts = starts[starts + size <= total]
        starts = starts[owner[starts] == owner[starts + size - 1]]
        code = here[starts] * max(1, len(known)) + tokens[starts + size - 1]
        kinds, gram = np.unique(code, return_inverse=True)
        found.append(Grams(owner[starts], gram, len(kinds)))
        here = np.zeros(total, np.int64)
        here[starts] = gram
    return found


def counted(of: Grams, texts: int) -> Counts:
    """The n-grams of one order counted by text; `texts` is the number of texts."""
    pairs, count = np.unique(of.gram * texts + of.owner, return_counts=True)
    return Counts(pairs % texts, pairs // texts, count)
