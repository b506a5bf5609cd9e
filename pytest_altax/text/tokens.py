"""Text cut into tokens, offline: tiktoken over the vocabularies of `vocabulary`, remembered by content.

Where no vocabulary can be loaded text is cut into words and pieces of words, and nothing is called exact.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from ..errors import ConfigError
from . import vocabulary
from .families import Family, family

if TYPE_CHECKING:
    import tiktoken

_PIECES = re.compile(r" ?[a-zA-Z]{1,9}|[^\W\d_]{1,2}|\d{1,3}| ?[^\w\s]{1,8}|\s+|.", re.DOTALL)
_NO_SPECIAL: set[str] = set()
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
# tiktoken's pattern for o200k panics on a run of a million white-space characters: the stack of its engine is full.
_LONGEST_RUN = 100_000
_LONG_RUNS = re.compile(rf"(?<!\s)\s{{{_LONGEST_RUN + 1},}}")
# Characters that are remembered, and what an entry costs beside its own. With their tokens they take twice the bytes.
_REMEMBERED, _ENTRY = 16_000_000, 100
# Of pieces against o200k, over 3,458 recorded texts: median .08, nine in ten below .15.
FALLBACK_ERROR = 0.15


class Vocabulary(Protocol):
    """A vocabulary that is not built in. `name` tells it from others, with its version; results of others are apart.

    `error` is the relative error to expect of a count against the bill: 0 where both agree to the token.
    """

    name: str
    error: float

    def encode(self, text: str) -> Sequence[int]:
        """The token ids of a text, without tokens that a chat template adds."""
        ...

    def ends(self, text: str) -> Sequence[int]:
        """For each of these tokens the number of characters complete where it ends; the last is the text's length."""
        ...


class Tokens:
    """A token counter (`meters.base.TokenCounter`); loads a vocabulary when the first text needs it.

    A model that is not OpenAI's is counted with o200k_base, to be scaled with `slope`, unless one of `vocabularies`
    is its own: they are given by a regular expression for the name of the model or for a part of it that begins after
    `/`, `.` or `:`, in any case. Instances hold their own memory of texts, bounded to sixteen million characters.
    Raises ConfigError for an expression that is none.
    """

    def __init__(self, vocabularies: Mapping[str, Vocabulary] = MappingProxyType({})) -> None:
        self.own = tuple(sorted({given.name for given in vocabularies.values()}))
        self._own = [(_of_models(pattern), given) for pattern, given in vocabularies.items()]
        self._families: dict[str | None, tuple[Family, Vocabulary | None]] = {}
        self._encodings: dict[str, tiktoken.Encoding | None] = {}
        self._shapes: dict[str, tuple[_Shapes, _Shapes]] = {}
        self._tokens, self._ends = _Memory(), _Memory()

    def encode(self, text: str, model: str | None = None) -> Sequence[int]:
        """Cut a text into token ids. Text that looks like a special token is text; a lone surrogate is U+FFFD."""
        of_model, own = self._family(model)
        key = (of_model.vocabulary, text)
        known = self._tokens.recall(key)
        if known is None:
            known = array("I", own.encode(text)) if own else self._encode(text, key[0])
            self._tokens.keep(key, known)
        return known

    def ends(self, text: str, model: str | None = None) -> Sequence[int]:
        """Give for each token the number of characters that are complete where it ends.

        A token's first byte therefore lies in the character at the end of the token before it (0 for the first), also
        where a character is divided among tokens. Never falls; the last is the length of the text.
        """
        of_model, own = self._family(model)
        key = (of_model.vocabulary, text)
        known = self._ends.recall(key)
        if known is None:
            tokens = self.encode(text, model)
            known = array("I", _checked(own, text, tokens) if own else self._ends_of(text, tokens, key[0]))
            self._ends.keep(key, known)
        return known

    def count(self, text: str, model: str | None = None) -> int:
        """Count the tokens of a text with the vocabulary nearest to the model's."""
        return len(self.encode(text, model))

    def slope(self, model: str | None) -> float:
        """Give the tokens of the model's family for each of ours: 1 for OpenAI and for unknown models."""
        return self._family(model)[0].slope

    def exact(self, model: str | None) -> bool:
        """Tell whether the vocabulary is the model's own and could be loaded."""
        of_model, own = self._family(model)
        return of_model.exact and (own is not None or self._encoding(of_model.vocabulary) is not None)

    def expected_error(self, model: str | None) -> float:
        """Give the relative error to expect of a count for this model, 0 where it is exact."""
        of_model, own = self._family(model)
        if own is None and self._encoding(of_model.vocabulary) is None:
            return FALLBACK_ERROR
        return of_model.error

    def _family(self, model: str | None) -> tuple[Family, Vocabulary | None]:
        found = self._families.get(model)
        if found is None:
            name = model or ""
            own = next((given for pattern, given in self._own if pattern.search(name)), None)
            known = Family(own.name, own.name, error=own.error) if own else family(model)
            found = self._families[model] = known, own
        return found

    def _encoding(self, name: str) -> tiktoken.Encoding | None:
        if name not in self._encodings:
            self._encodings[name] = vocabulary.load(name)
        return self._encodings[name]

    def _ends_of(self, text: str, tokens: Sequence[int], name: str) -> Iterable[int]:
        encoding = self._encoding(name)
        if encoding is None:
            return accumulate(len(piece) for piece in _PIECES.findall(text))
        if name not in self._shapes:
            self._shapes[name] = _Shapes(encoding, _begun), _Shapes(encoding, _missing)
        begun, missing = self._shapes[name]
        ends = accumulate(map(begun.__getitem__, tokens))
        if text.isascii():
            return ends
        open_ = accumulate(map(missing.__getitem__, tokens))
        return (end - (left > 0) for end, left in zip(ends, open_, strict=True))

    def _encode(self, text: str, name: str) -> array[int]:
        encoding = self._encoding(name)
        if encoding is None:
            return array("I", [zlib.crc32(piece.encode("utf-8", "replace")) for piece in _PIECES.findall(text)])
        if not text.isascii():
            text = _LONE_SURROGATES.sub("\ufffd", text)
        found = array("I")
        for part in _bounded(text):
            found.frombytes(_ids(encoding, part))
        return found


class _Memory:
    """What was made of texts, by vocabulary and text; forgets what was longest not asked for."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], array[int]] = OrderedDict()
        self._size = 0

    def recall(self, key: tuple[str, str]) -> array[int] | None:
        """What was kept for a text, if it is still known."""
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found

    def keep(self, key: tuple[str, str], made: array[int]) -> None:
        """Remember what was made of a text that is not known."""
        self._known[key] = made
        self._size += len(key[1]) + _ENTRY
        while self._size > _REMEMBERED and len(self._known) > 1:
            (_, oldest), _ = self._known.popitem(last=False)
            self._size -= len(oldest) + _ENTRY


def _checked(vocabulary: Vocabulary, text: str, tokens: Sequence[int]) -> Sequence[int]:
    ends = vocabulary.ends(text)
    if len(ends) != len(tokens) or (ends and ends[-1] != len(text)):
        raise ConfigError(
            f"the vocabulary {vocabulary.name!r} cuts a text of {len(text)} characters into {len(tokens)} tokens, "
            f"but tells the ends of {len(ends)}, the last of them {ends[-1] if ends else 0}",
            fix="give an end for each token, that of the last being the length of the text",
        )
    return ends


def _of_models(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(rf"(?:^|[/.:])(?:{pattern})", re.IGNORECASE)
    except re.error as error:
        raise ConfigError(
            f"a vocabulary is given for the models {pattern!r}, which is no regular expression: {error}",
            fix="give it by what the names of its models begin with, such as 'llama-?3'",
        ) from error


def _ids(encoding: tiktoken.Encoding, text: str) -> memoryview:
    """The bytes of token ids of 32 bits, as tiktoken gives them to numpy: an integer less to make for each token."""
    return memoryview(encoding._core_bpe.encode_to_tiktoken_buffer(text, _NO_SPECIAL)).cast("B")


def _bounded(text: str) -> Iterable[str]:
    """Cut a text inside runs of white space that are too long for tiktoken; nearly always the text itself."""
    if len(text) <= _LONGEST_RUN:
        return (text,)
    cuts = [0]
    for run in _LONG_RUNS.finditer(text):
        cuts.extend(range(run.start() + _LONGEST_RUN, run.end(), _LONGEST_RUN))
    return [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


class _Shapes(dict[int, int]):
    """A number for each token of an encoding, made of its bytes when first asked for."""

    def __init__(self, encoding: tiktoken.Encoding, shape: Callable[[bytes], int]) -> None:
        super().__init__()
        self._encoding, self._shape = encoding, shape

    def __missing__(self, token: int) -> int:
        found = self[token] = self._shape(self._encoding.decode_single_token_bytes(token))
        return found


def _begun(piece: bytes) -> int:
    """The characters that begin in a piece of UTF-8."""
    return sum(byte & 0xC0 != 0x80 for byte in piece)


def _missing(piece: bytes) -> int:
    """The bytes that the characters begun in a piece still need, less those it adds to an earlier one."""
    return sum((byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0) - (byte & 0xC0 == 0x80) for byte in piece)
