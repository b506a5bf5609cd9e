"""The tokenizer of uncased BERT models: words in lower case without accents, cut into the pieces of a vocabulary.

Gives what `tokenizers` gives for `bert-base-uncased` in every script in use, without `[CLS]` and `[SEP]` (Devlin et al.
2019, arXiv 1810.04805).
"""

from __future__ import annotations

import functools
import lzma
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from itertools import islice

UNKNOWN, START, END = 100, 101, 102
"""The numbers of `[UNK]`, `[CLS]` and `[SEP]`."""

_LONGEST_WORD = 100
_READ_A_PIECE = 64
_CHINESE = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip
_ASCII_SIGNS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@functools.cache
def vocabulary() -> dict[str, int]:
    """The number of each of the 30,522 pieces; one that goes on within a word starts with `##`."""
    packed = files("pytest_altax").joinpath("data", "bert_uncased.xz").read_bytes()
    return {piece: number for number, piece in enumerate(lzma.decompress(packed).decode("utf-8").split("\n"))}


def encode(text: str, most: int) -> list[int]:
    """The numbers of the first `most` pieces of a text, of which so many times 64 characters are read."""
    start = text[: most * _READ_A_PIECE]
    return list(islice((piece for word in _words(start) for piece in _pieces(word)), most))


def _words(text: str) -> Iterator[str]:
    """The words of a text; every sign of punctuation and every Chinese character is one."""
    spaced = "".join(_spaced(char) for char in text)
    plain = "".join(char for char in unicodedata.normalize("NFD", spaced) if unicodedata.category(char) != "Mn").lower()
    for run in plain.split():
        start = 0
        for place, char in enumerate(run):
            if _is_sign(char):
                if start < place:
                    yield run[start:place]
                yield char
                start = place + 1
        if start < len(run):
            yield run[start:]


@functools.lru_cache(4096)
def _spaced(char: str) -> str:
    """A character as it is read: none for a control character, set apart where it is a word of its own."""
    if char in "\t\n\r":
        return " "
    if char in "\x00\ufffd" or unicodedata.category(char).startswith("C"):
        return ""
    return f" {char} " if any(first <= ord(char) <= last for first, last in _CHINESE) else char


@functools.lru_cache(4096)
def _is_sign(char: str) -> bool:
    return char in _ASCII_SIGNS or unicodedata.category(char).startswith("P")


def _pieces(word: str) -> list[int]:
    """The longest pieces from the left; a word that they do not cover is unknown as a whole."""
    known, found, start = vocabulary(), [], 0
    if len(word) > _LONGEST_WORD:
        return [UNKNOWN]
    while start < len(word):
        ends = range(len(word), start, -1)
        named = ((end, known.get("##" * (start > 0) + word[start:end])) for end in ends)
        end, number = next(((end, number) for end, number in named if number is not None), (0, UNKNOWN))
        if not end:
            return [UNKNOWN]
        found.append(number)
        start = end
    return found
