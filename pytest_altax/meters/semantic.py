"""Clusterers that compare what answers mean: by a sentence encoder, or by entailment that a third party judges."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ..text.language import UNDETERMINED, identify
from ..text.ngrams import words
from .base import Clusterer, Embedder
from .clusterers import Rouge1
from .embedding import SentenceEncoder

ENGLISH = frozenset({"en", UNDETERMINED})
_READ_OF_EACH = 100


class SemanticClusterer:
    """Joins classes of answers that share words to those that say the same in other words.

    The answers are first put into classes by their words, ROUGE-1 F ≥ .42. A class then joins the earlier one that it
    is nearest to, where the mean cosine between the answers of both is at least .925. Classes of 5 words and fewer, not
    counting numbers, stay as they are, since names, numbers and signs look alike to an encoder, and so do those in a
    language that the encoder was not made for (`languages`; None for all).

    Both thresholds were chosen on 50 of 100 prompts of NoveltyBench (Zhang et al. 2025, arXiv 2504.05228), where most
    of what it gains over `rouge1-greedy` comes from the words' lower threshold, and meaning adds a little: it joins
    near paraphrases only, since looser thresholds joined what the judge of that data told apart.

    Made with another `embedder`, it needs another threshold::

        def pytest_altax_clusterers():
            return {"mine": SemanticClusterer(MyEmbedder(), threshold=0.8, languages=None)}
    """

    def __init__(
        self,
        embedder: Embedder,
        threshold: float = 0.925,
        words: float = 0.42,
        *,
        short: int = 5,
        languages: frozenset[str] | None = ENGLISH,
        name: str = "semantic",
    ) -> None:
        self.embedder = embedder
        self._name, self._threshold, self._short, self._languages = name, threshold, short, languages
        self._words = Rouge1(threshold=words, short=short)

    @functools.cached_property
    def id(self) -> str:
        """The name and a hash of thresholds, linkage, languages, and the ids of embedder and words' clusterer."""
        stated = {
            "words": self._words.id,
            "embedder": self.embedder.id,
            "threshold": self._threshold,
            "short": f"{self._short} words of letters",
            "languages": sorted(self._languages) if self._languages is not None else None,
            "linkage": "classes by words in order of appearance, each to the nearest earlier one by mean cosine",
        }
        return f"{self._name}-{hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()[:8]}"

    def cluster(self, answers: Sequence[str]) -> list[int]:
        """A class number from 0 for each answer, in order of first appearance.

        Raises ConfigError where the embedder's package is missing, whether or not anything is left to compare.
        """
        _ = self.id
        classes = self._words.cluster(answers)
        groups: dict[int, list[str]] = {}
        for number, answer in zip(classes, answers, strict=True):
            groups.setdefault(number, []).append(answer)
        joined = self._joined(list(groups.values()))
        return [joined[number] for number in classes]

    def _joined(self, groups: Sequence[Sequence[str]]) -> list[int]:
        """The new number of each class, in order of first appearance."""
        compared = [place for place, group in enumerate(groups) if self._is_long(group)]
        if len(compared) < 2 or not self._is_read([groups[place][0] for place in compared]):
            return list(range(len(groups)))
        merged = self._merged([groups[place] for place in compared])
        first = {place: compared[number] for place, number in zip(compared, merged, strict=True)}
        numbers: dict[int, int] = {}
        return [numbers.setdefault(first.get(place, place), len(numbers)) for place in range(len(groups))]

    def _is_long(self, group: Sequence[str]) -> bool:
        return any(sum(map(str.isalpha, words(answer))) > self._short for answer in group)

    def _is_read(self, answers: Sequence[str]) -> bool:
        """Whether the encoder was made for the language; that of a single short answer is too often mistaken."""
        if self._languages is None:
            return True
        return identify("\n".join(answer[:_READ_OF_EACH] for answer in answers)) in self._languages

    def _merged(self, groups: Sequence[Sequence[str]]) -> list[int]:
        """For each class the place of the earliest one that it is one with; itself where there is none."""
        import numpy as np

        sums = _sums(self.embedder, groups)
        sizes = np.array([len(group) for group in groups], np.float64)
        heads: list[int] = []
        merged = []
        for place in range(len(groups)):
            cosines = sums[heads] @ sums[place] / (sizes[heads] * sizes[place])
            if heads and cosines.max() >= self._threshold:
                head = heads[int(cosines.argmax())]
                sums[head], sizes[head] = sums[head] + sums[place], sizes[head] + sizes[place]
            else:
                head = place
                heads.append(place)
            merged.append(head)
        return merged


class EntailmentClusterer:
    """Puts an answer into the first class whose first member it entails and which entails it (Kuhn et al. 2023).

    `entails(premise, hypothesis)` is your model's word on whether the second follows from the first; arXiv 2302.09664
    puts the question before both. `id` names the model with its version and threshold. An example::

        nli = pipeline("text-classification", model="microsoft/deberta-large-mnli")

        def entails(premise, hypothesis):
            return nli({"text": premise, "text_pair": hypothesis})["label"] == "ENTAILMENT"

        def pytest_altax_clusterers():
            return {"nli": EntailmentClusterer(entails, id="deberta-large-mnli-1")}
    """

    def __init__(self, entails: Callable[[str, str], bool], *, id: str) -> None:
        self.id = id
        self._entails = entails

    def cluster(self, answers: Sequence[str]) -> list[int]:
        """A class number from 0 for each answer, in order of first appearance; equal texts are never asked about."""
        firsts: list[str] = []
        classes: dict[str, int] = {}
        for answer in answers:
            if answer not in classes:
                classes[answer] = next((at for at, one in enumerate(firsts) if self._same(one, answer)), len(firsts))
                if classes[answer] == len(firsts):
                    firsts.append(answer)
        return [classes[answer] for answer in answers]

    def _same(self, first: str, answer: str) -> bool:
        return self._entails(first, answer) and self._entails(answer, first)


def chosen(name: str | None, known: Mapping[str, Embedder], clusterer: object) -> Embedder | None:
    """The embedder that `vendi` is made of: the one named, else that of the clusterer; None where it has none."""
    if name:
        return known[name]
    found: Embedder | None = getattr(clusterer, "embedder", None)
    return found


def _sums(embedder: Embedder, groups: Sequence[Sequence[str]]) -> Any:
    """The sum of the unit vectors of the answers of each class, one row a class."""
    import numpy as np

    answers = [answer for group in groups for answer in group]
    vectors = np.array(embedder.embed(answers), np.float64)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms == 0, 1.0, norms)
    starts = np.cumsum([0, *(len(group) for group in groups[:-1])])
    return np.add.reduceat(vectors, starts, axis=0)


ENCODER = SentenceEncoder()
EMBEDDERS: Mapping[str, Embedder] = MappingProxyType({"minilm": ENCODER})
SEMANTIC: Mapping[str, Clusterer] = MappingProxyType({"semantic": SemanticClusterer(ENCODER)})
"""What needs the extra `semantic` once it is used; naming it needs nothing."""
