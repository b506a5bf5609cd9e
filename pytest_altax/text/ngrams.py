"""Words of a text and their n-grams."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .normalize import plain

# Scripts written without spaces are cut into characters: Han, kana, Thai, Lao, Khmer, Burmese.
_CHARACTERS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
# Accents that stand alone, Hebrew and Arabic points, vowel signs of the Indic scripts: they are parts of words.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u0670\u0900-\u0dff"
_WORD = re.compile(rf"[{_CHARACTERS}]|(?:[^\W_{_CHARACTERS}]|[{_MARKS}])+")


def words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; single characters in scripts without spaces."""
    return _WORD.findall(plain(text).casefold())


def ngrams(tokens: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    """How often each run of `size` neighbouring words occurs."""
    return Counter(zip(*(tokens[start:] for start in range(size)), strict=False))


def words_or_signs(text: str) -> list[str]:
    """The words of a text; of one without any, such as an emoji, its characters that are not white space."""
    return words(text) or [sign for sign in plain(text) if not sign.isspace()]
