"""The clusterers that are built in: lexical ones, which compare words and know nothing of meaning."""

from __future__ import annotations

import hashlib
import itertools
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType

from ..text.ngrams import words_or_signs
from ..text.normalize import plain
from .base import Clusterer

_WORDS = "lower case, no punctuation; the signs of a text without words"


class GreedyClusterer(ABC):
    """Puts each answer into the first class whose first member equals it, else into a class of its own.

    A subclass names itself and the parameters that its `features` and `same` depend on; all are hashed into `id`.
    """

    def __init__(self, name: str, **parameters: float | str) -> None:
        self.name = name
        stated = json.dumps({"name": name, "linkage": "greedy, first member", **parameters}, sort_keys=True)
        self.id = f"{name}-{hashlib.sha256(stated.encode()).hexdigest()[:8]}"

    def cluster(self, answers: Sequence[str]) -> list[int]:
        """A class number from 0 for each answer, in order of first appearance."""
        known = {answer: self.features(answer) for answer in answers}
        places = _places(known.values())
        firsts: list[tuple[int, int]] = []
        classes: dict[str, int] = {}
        for answer, features in known.items():
            one, size = _mask([places[feature] for feature in features if feature in places]), len(features)
            classes[answer] = self._place(one, size, firsts)
            if classes[answer] == len(firsts):
                firsts.append((one, size))
        return [classes[answer] for answer in answers]

    def _place(self, one: int, size: int, firsts: Sequence[tuple[int, int]]) -> int:
        for number, (first, other) in enumerate(firsts):
            if self.same((first & one).bit_count(), other, size):
                return number
        return len(firsts)

    @abstractmethod
    def features(self, answer: str) -> Collection[Hashable]:
        """What of an answer is compared: different things, of which two answers share some."""

    @abstractmethod
    def same(self, shared: int, first: int, other: int) -> bool:
        """Whether two answers are equivalent that share so many of their features; `first` and `other` have so many.

        Two answers of the same text always are.
        """


class Rouge1(GreedyClusterer):
    """ROUGE-1 F on the first 100 words ≥ .458; of answers of 5 words and fewer, half the words of the longer shared.

    The threshold is that of Zhang et al. 2025 (arXiv 2504.05228) for this measure, as is the rule for short answers.
    """

    def __init__(self, threshold: float = 0.458, truncation: int = 100, short: int = 5) -> None:
        super().__init__("rouge1-greedy", threshold=threshold, truncation=truncation, short=short, words=_WORDS)
        self._threshold, self._truncation, self._short = threshold, truncation, short

    def features(self, answer: str) -> Collection[Hashable]:
        """The first 100 words, each with how often it has stood before."""
        seen: Counter[str] = Counter()
        return [(word, _next(seen, word)) for word in words_or_signs(answer)[: self._truncation]]

    def same(self, shared: int, first: int, other: int) -> bool:
        """Whether two answers share enough words, whatever their order."""
        longer = max(first, other)
        if longer <= self._short:
            return 2 * shared >= longer
        return 2 * shared / (first + other) >= self._threshold


class Jaccard2(GreedyClusterer):
    """Jaccard similarity of the sets of bigrams ≥ .4; answers of fewer than two words must be equal."""

    def __init__(self, threshold: float = 0.4) -> None:
        super().__init__("jaccard2", threshold=threshold, words=_WORDS)
        self._threshold = threshold

    def features(self, answer: str) -> Collection[Hashable]:
        """The different bigrams; without any, the words as one."""
        cut = words_or_signs(answer)
        return set(itertools.pairwise(cut)) or {tuple(cut)}

    def same(self, shared: int, first: int, other: int) -> bool:
        """Whether enough of the bigrams of either are bigrams of both."""
        return shared >= self._threshold * (first + other - shared)


class Exact(GreedyClusterer):
    """Equal text, apart from white space and the shape of quotes."""

    def __init__(self) -> None:
        super().__init__("exact", text="plain quotes, single spaces")

    def features(self, answer: str) -> Collection[Hashable]:
        """All of the text, as one."""
        return (" ".join(plain(answer).split()),)

    def same(self, shared: int, first: int, other: int) -> bool:  # noqa: ARG002 - both have one
        """Whether all of it is equal."""
        return shared == 1


def _places(known: Iterable[Collection[Hashable]]) -> dict[Hashable, int]:
    """A number from 0 for each feature of more than one answer, the commonest first."""
    counts = Counter(feature for features in known for feature in features)
    return {feature: place for place, (feature, count) in enumerate(counts.most_common()) if count > 1}


def _mask(places: Collection[int]) -> int:
    """A number whose bits at these places are set, so that two answers are compared by one `&`."""
    held = bytearray(max(places, default=0) // 8 + 1)
    for place in places:
        held[place // 8] |= 1 << place % 8
    return int.from_bytes(held, "little")


def _next(seen: Counter[str], word: str) -> int:
    seen[word] += 1
    return seen[word]


CLUSTERERS: Mapping[str, Clusterer] = MappingProxyType(
    {"rouge1-greedy": Rouge1(), "jaccard2": Jaccard2(), "exact": Exact()}
)
