"""The features of an answer's opening that the trained model weighs: words and pairs of words, and how it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import pairwise

from ...text.phrases import Folded, Span

HEAD = 300
"""Characters of an answer that are read."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[^\w\s]")
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)|\n")
_START = 4

Gram = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grams:
    """Words and pairs of a whole opening, those of its first sentence, and runs of its first four words."""

    everywhere: Set[Gram]
    first: Set[Gram]
    start: Set[Gram]

    @classmethod
    def of(cls, seen: Folded) -> Grams:
        """Read the opening of an answer; numbers are left out."""
        text = seen.lower[:HEAD]
        end = _SENTENCE_END.search(text)
        first = _WORD.findall(text, 0, end.end()) if end else _WORD.findall(text)
        words = first + _WORD.findall(text, end.end()) if end else first
        start = first[:_START]
        runs = {tuple(start[low:high]) for low in range(len(start)) for high in range(low + 1, len(start) + 1)}
        everywhere = _grams(words)
        return cls(everywhere, everywhere if first is words else _grams(first), runs)

    def __len__(self) -> int:
        return len(self.everywhere) + len(self.first) + len(self.start)

    def names(self) -> Iterator[str]:
        """Each feature as a text: `i can` anywhere, `1 i can` in the first sentence, `0 i can` at the start."""
        for mark, grams in (("", self.everywhere), ("1 ", self.first), ("0 ", self.start)):
            for gram in grams:
                yield mark + (gram if isinstance(gram, str) else " ".join(gram))


def sentences(seen: Folded) -> Iterator[Span]:
    """The sentences of an opening, as (start, end) within it."""
    text, start = seen.lower[:HEAD], 0
    for end in _SENTENCE_END.finditer(text):
        yield start, end.start() + 1
        start = end.end()
    if start < len(text):
        yield start, len(text)


def _grams(words: list[str]) -> set[Gram]:
    found: set[Gram] = set(words)
    found.update(pairwise(words))
    return found
