"""Text cut into tokens, offline: tiktoken over the vocabularies of `vocabulary`, remembered by content.

Where no vocabulary can be loaded text is cut into words and pieces of words, and nothing is called exact.
"""

from __future__ import annotations

import re
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from . import vocabulary
from .families import family

if TYPE_CHECKING:
    import tiktoken

_PIECES = re.compile(r" ?[a-zA-Z]{1,9}|[^\W\d_]{1,2}|\d{1,3}| ?[^\w\s]{1,8}|\s+|.", re.DOTALL)
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
# tiktoken's pattern for o200k panics on a run of a million white-space characters: the stack of its engine is full.
_LONGEST_RUN = 100_000
_LONG_RUNS = re.compile(rf"(?<!\s)\s{{{_LONGEST_RUN + 1},}}")
# Characters that are remembered, and what an entry costs beside its own.
_REMEMBERED, _ENTRY = 4_000_000, 100
# Of pieces against o200k, over 3,458 recorded texts: median .08, nine in ten below .15.
FALLBACK_ERROR = 0.15


class Tokens:
    """A token counter (`meters.base.TokenCounter`); loads a vocabulary when the first text needs it.

    A model that is not OpenAI's is counted with o200k_base, to be scaled with `slope`. Instances hold their own memory
    of texts, bounded to four million characters.
    """

    def __init__(self) -> None:
        self._encodings: dict[str, tiktoken.Encoding | None] = {}
        self._memory: OrderedDict[tuple[str, str], tuple[int, ...]] = OrderedDict()
        self._remembered = 0

    def encode(self, text: str, model: str | None = None) -> Sequence[int]:
        """Cut a text into token ids. Text that looks like a special token is text; a lone surrogate is U+FFFD."""
        key = (family(model).vocabulary, text)
        if key in self._memory:
            self._memory.move_to_end(key)
            return self._memory[key]
        found = self._memory[key] = self._encode(text, key[0])
        self._remembered += len(text) + _ENTRY
        while self._remembered > _REMEMBERED and len(self._memory) > 1:
            (_, oldest), _ = self._memory.popitem(last=False)
            self._remembered -= len(oldest) + _ENTRY
        return found

    def ends(self, text: str, model: str | None = None) -> Sequence[int]:
        """Give for each token the number of characters that are complete where it ends.

        A token's first byte therefore lies in the character at the end of the token before it (0 for the first), also
        where a character is divided among tokens. Never falls; the last is the length of the text.
        """
        encoding = self._encoding(family(model).vocabulary)
        if encoding is None:
            return list(accumulate(len(piece) for piece in _PIECES.findall(text)))
        pieces = encoding.decode_tokens_bytes(list(self.encode(text, model)))
        return list(accumulate(map(len, pieces))) if text.isascii() else _character_ends(pieces)

    def count(self, text: str, model: str | None = None) -> int:
        """Count the tokens of a text with the vocabulary nearest to the model's."""
        return len(self.encode(text, model))

    def slope(self, model: str | None) -> float:
        """Give the tokens of the model's family for each of ours: 1 for OpenAI and for unknown models."""
        return family(model).slope

    def exact(self, model: str | None) -> bool:
        """Tell whether the vocabulary is the model's own and could be loaded."""
        return family(model).exact and self._encoding(family(model).vocabulary) is not None

    def expected_error(self, model: str | None) -> float:
        """Give the relative error to expect of a count for this model, 0 where it is exact."""
        if self._encoding(family(model).vocabulary) is None:
            return FALLBACK_ERROR
        return family(model).error

    def _encoding(self, name: str) -> tiktoken.Encoding | None:
        if name not in self._encodings:
            self._encodings[name] = vocabulary.load(name)
        return self._encodings[name]

    def _encode(self, text: str, name: str) -> tuple[int, ...]:
        encoding = self._encoding(name)
        if encoding is None:
            return tuple(zlib.crc32(piece.encode("utf-8", "replace")) for piece in _PIECES.findall(text))
        if not text.isascii():
            text = _LONE_SURROGATES.sub("\ufffd", text)
        return tuple(token for part in _bounded(text) for token in encoding.encode_ordinary(part))


def _bounded(text: str) -> Iterable[str]:
    """Cut a text inside runs of white space that are too long for tiktoken; nearly always the text itself."""
    if len(text) <= _LONGEST_RUN:
        return (text,)
    cuts = [0]
    for run in _LONG_RUNS.finditer(text):
        cuts.extend(range(run.start() + _LONGEST_RUN, run.end(), _LONGEST_RUN))
    return [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _character_ends(pieces: Iterable[bytes]) -> list[int]:
    """Count complete characters after each piece of UTF-8: those begun, less one that is still open."""
    ends, begun, missing = [], 0, 0
    for piece in pieces:
        for byte in piece:
            if byte < 0x80:
                begun += 1
            elif byte < 0xC0:
                missing -= 1
            else:
                begun, missing = begun + 1, 1 + (byte >= 0xE0) + (byte >= 0xF0)
        ends.append(begun - (missing > 0))
    return ends
