"""The clusterers that are built in: lexical ones, which compare words and know nothing of meaning."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ..text.ngrams import ngrams, words
from ..text.normalize import plain
from .base import Clusterer

Words = Sequence[str]


class GreedyClusterer(ABC):
    """Puts each answer into the first class whose first member equals it, else into a class of its own.

    A subclass names itself and the parameters that its `same` depends on; all of them are hashed into `id`.
    """

    def __init__(self, name: str, **parameters: float | str) -> None:
        self.name = name
        stated = json.dumps({"name": name, "linkage": "greedy, first member", **parameters}, sort_keys=True)
        self.id = f"{name}-{hashlib.sha256(stated.encode()).hexdigest()[:8]}"

    def cluster(self, answers: Sequence[str]) -> list[int]:
        """A class number from 0 for each answer, in order of first appearance."""
        firsts: list[Words] = []
        classes = []
        for answer in answers:
            cut = self.cut(answer)
            found = next((number for number, first in enumerate(firsts) if self.same(first, cut)), len(firsts))
            if found == len(firsts):
                firsts.append(cut)
            classes.append(found)
        return classes

    def cut(self, answer: str) -> Words:
        """What of an answer is compared."""
        return words(answer)

    @abstractmethod
    def same(self, first: Words, other: Words) -> bool:
        """Whether two answers, cut, are equivalent."""


class Rouge1(GreedyClusterer):
    """ROUGE-1 F on the first 100 words ≥ .458; of answers of 5 words and fewer, half the words of the longer shared.

    The threshold is that of Zhang et al. 2025 (arXiv 2504.05228) for this measure, as is the rule for short answers.
    """

    def __init__(self, threshold: float = 0.458, truncation: int = 100, short: int = 5) -> None:
        super().__init__(
            "rouge1-greedy", threshold=threshold, truncation=truncation, short=short, words="lower case, no punctuation"
        )
        self._threshold, self._truncation, self._short = threshold, truncation, short

    def cut(self, answer: str) -> Words:
        """The first 100 words."""
        return words(answer)[: self._truncation]

    def same(self, first: Words, other: Words) -> bool:
        """Whether two answers share enough words, whatever their order."""
        longer, both = max(len(first), len(other)), len(first) + len(other)
        if longer == 0:
            return True
        shared = (Counter(first) & Counter(other)).total()
        if longer <= self._short:
            return 2 * shared >= longer
        return 2 * shared / both >= self._threshold


class Jaccard2(GreedyClusterer):
    """Jaccard similarity of the sets of bigrams ≥ .4; answers of fewer than two words must be equal."""

    def __init__(self, threshold: float = 0.4) -> None:
        super().__init__("jaccard2", threshold=threshold, words="lower case, no punctuation")
        self._threshold = threshold

    def same(self, first: Words, other: Words) -> bool:
        """Whether enough of the bigrams of either are bigrams of both."""
        ours, theirs = set(ngrams(first, 2)), set(ngrams(other, 2))
        if not ours or not theirs:
            return list(first) == list(other)
        return len(ours & theirs) >= self._threshold * len(ours | theirs)


class Exact(GreedyClusterer):
    """Equal text, apart from white space and the shape of quotes."""

    def __init__(self) -> None:
        super().__init__("exact", text="plain quotes, single spaces")

    def cut(self, answer: str) -> Words:
        """The text between white space."""
        return plain(answer).split()

    def same(self, first: Words, other: Words) -> bool:
        """Whether all of it is equal."""
        return first == other


CLUSTERERS: Mapping[str, Clusterer] = MappingProxyType(
    {"rouge1-greedy": Rouge1(), "jaccard2": Jaccard2(), "exact": Exact()}
)
