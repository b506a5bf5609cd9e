"""A trained linear model over words and pairs of words of English openings; see `benchmarks/train_refusals.py`."""

from __future__ import annotations

import functools
import json
import lzma
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import repeat
from typing import Any

from ...text.phrases import Folded, Span
from .grams import Gram, Grams, sentences

FILE = "refusals_model.json.xz"

Weights = Mapping[Gram, int]


@dataclass(frozen=True)
class LinearModel:
    """Weights of what stands everywhere in an opening, in its first sentence and at its start, as multiples of `scale`.

    A score above 0 means refusal.
    """

    everywhere: Weights
    first: Weights
    start: Weights
    bias: float
    scale: float

    def score(self, seen: Folded) -> float:
        """The log odds of a refusal, less those from which the detector says so; the bias for no words at all."""
        grams = Grams.of(seen)
        total = _sum(self.everywhere, grams.everywhere) + _sum(self.first, grams.first) + _sum(self.start, grams.start)
        return total * self.scale / math.sqrt(len(grams) or 1) + self.bias

    def heaviest(self, seen: Folded) -> Span:
        """The characters (start, end) in the whole text of the sentence that speaks most for a refusal."""

        def weight(part: Span) -> int:
            sentence = Folded(seen.text[slice(*part)], seen.lower[slice(*part)])
            return _sum(self.everywhere, Grams.of(sentence).everywhere)

        start, end = max(sentences(seen), key=weight, default=(0, len(seen.text)))
        return seen.start + start, seen.start + end


def named(names: Mapping[str, int], bias: float, scale: float) -> LinearModel:
    """The model of weights by the names that `Grams.names` gives."""
    tables: dict[str, dict[Gram, int]] = {"": {}, "1": {}, "0": {}}
    for name, weight in names.items():
        mark = name[0] if name[:2] in ("0 ", "1 ") else ""
        words = name[2:] if mark else name
        gram: Gram = tuple(words.split(" ")) if mark == "0" or " " in words else words
        tables[mark][gram] = weight
    return LinearModel(tables[""], tables["1"], tables["0"], bias, scale)


@functools.cache
def trained() -> LinearModel:
    """The model that is shipped; read once in a process."""
    return unpacked(resources.files("pytest_altax").joinpath(f"data/{FILE}").read_bytes())


def packed(names: Mapping[str, int], bias: float, scale: float) -> bytes:
    """The bytes of a model's file: JSON, names of features by weight, compressed."""
    by_weight: dict[str, list[str]] = {}
    for name, weight in sorted(names.items(), key=lambda item: (item[1], item[0])):
        by_weight.setdefault(str(weight), []).append(name)
    value = {"version": 1, "bias": bias, "scale": scale, "features": by_weight}
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return lzma.compress(text.encode("utf-8"), preset=9 | lzma.PRESET_EXTREME)


def unpacked(packed: bytes) -> LinearModel:
    """The model of a file's bytes. Raises lzma.LZMAError, ValueError or KeyError for bytes that hold none."""
    value: dict[str, Any] = json.loads(lzma.decompress(packed))
    names = {name: int(weight) for weight, group in value["features"].items() for name in group}
    return named(names, value["bias"], value["scale"])


def _sum(weights: Weights, grams: Iterable[Gram]) -> int:
    return sum(map(weights.get, grams, repeat(0)))
