"""Text that stands a second time, found on tokens: windows of 32 of them, hashed, in linear time.

A token is covered when it lies in a window that occurred before, so long repetitions are covered whole and an edit
costs the windows around it only. Windows never cross from one text into the next.
"""

from __future__ import annotations

import functools
import sys
from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

WINDOW = 32
_WIDTH = 4
# Spelled texts: what may stand for one token, what stands between two texts, the stretch that is looked for, how often
# one begins so that each window holds one, and the longest text that it is looked for in. Above that length CPython
# searches strings in another, slower way.
_CHARACTERS = sys.maxunicode + 1
_BREAK = chr(sys.maxunicode)
_BLOCK = WINDOW // 2
_EVERY = WINDOW - _BLOCK + 1
_LONGEST = 20_000
_UTF32 = f"utf-32-{sys.byteorder[0]}e"

Span = tuple[int, int]


def shingles(tokens: Sequence[int]) -> array[int]:
    """The hash (64 bits) of each window of 32 tokens, by the place of its first; empty for fewer than 32 tokens.

    Equal windows have equal hashes within one process. Python's keyed hash of bytes is used, since it runs at C speed
    and text cannot be made to collide on purpose; two of 100,000 windows collide by chance once in 10^9 requests.
    """
    return _hashes(array("I", tokens).tobytes(), WINDOW)


def _hashes(data: bytes, tokens: int) -> array[int]:
    """The hash of each run of so many tokens."""
    length = tokens * _WIDTH
    starts = range(0, len(data) - length + 1, _WIDTH)
    return array("q", [hash(data[start : start + length]) for start in starts])


def covered(windows: Sequence[int], known: Collection[int]) -> list[Span]:
    """The token spans (start, end) of a text that lie in a window of `known`, merged and in order."""
    spans: list[Span] = []
    start = end = -1
    for place, window in enumerate(windows):
        if window in known:
            if place > end:
                spans.append((start, end))
                start = place
            end = place + WINDOW
    spans.append((start, end))
    return [span for span in spans if span[1] > 0]


def spelled(tokens: Sequence[int]) -> str:
    """Tokens as a string of one character each, to be searched at C speed; equal tokens are equal characters."""
    try:
        cut = tokens if isinstance(tokens, array) else array("I", tokens)
        return cut.tobytes().decode(_UTF32, "surrogatepass")
    except UnicodeDecodeError:
        return "".join([chr(token % _CHARACTERS) for token in tokens])


def joined(texts: Iterable[str]) -> str:
    """Spelled texts as one, with what no window spans between them."""
    return _BREAK.join([text for text in texts if len(text) >= WINDOW])


def may_repeat(texts: Sequence[str]) -> bool:
    """Whether any window of these spelled texts may stand there twice; False is certain, at a tenth of its cost.

    The second of two equal windows holds a whole block of 16 tokens at a place divisible by 17, which stands earlier.
    """
    long = [text for text in texts if len(text) >= WINDOW]
    before = joined(long)
    if len(before) > _LONGEST:
        return _blocks_repeat(long)
    start = 0
    for text in long:
        if _stands_before(text, before, start) if start else _repeats_itself(text):
            return True
        start += len(text) + 1
    return False


@functools.lru_cache(maxsize=32)
def _repeats_itself(text: str) -> bool:
    """As `may_repeat`, of one text: what comes first in a request is mostly the same in all of an application."""
    return _stands_before(text, text, 0)


def _stands_before(text: str, before: str, start: int) -> bool:
    """Whether a block of a text that begins at `start` stands earlier in what ends with it."""
    find = before.find
    places = range(0, len(text) - _BLOCK + 1, _EVERY)
    return any(find(text[at : at + _BLOCK], 0, start + at + _BLOCK - 1) >= 0 for at in places)


def _blocks_repeat(texts: Iterable[str]) -> bool:
    """Whether a block at a place divisible by 17 stands anywhere else; linear, with a table of few entries."""
    blocks = [_hashes(text.encode(_UTF32, "surrogatepass"), _BLOCK) for text in texts]
    placed = [block for of_text in blocks for block in of_text[::_EVERY]]
    known = set(placed)
    return len(known) < len(placed) or sum(sum(map(known.__contains__, of_text)) for of_text in blocks) > len(placed)


def may_cover(text: str, known: str) -> bool:
    """Whether any window of a spelled text may stand in the known one; False is certain."""
    if min(len(text), len(known)) < WINDOW:
        return False
    if max(len(text), len(known)) > _LONGEST:
        return True
    return any(text[at : at + _BLOCK] in known for at in range(0, len(text) - _BLOCK + 1, _EVERY))


class Repeats:
    """Finds what stands a second time in texts that are given one after the other.

    The earlier occurrence must not overlap the later one: of 1,000 equal tokens, 968 are a repetition.
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._starts = [0]

    def add(self, windows: Sequence[int]) -> list[Copy]:
        """Take the windows of the next text; give its copies of earlier tokens, in order, as far as windows reach.

        Neighbouring copies of different places are separate; together they cover each repeated token once.
        """
        start = self._starts[-1]
        places = range(start, start + len(windows))
        self._starts.append(places.stop)
        firsts = list(map(self._first.setdefault, windows, places))
        return [] if firsts == list(places) else self._copies(firsts, start)

    def _copies(self, firsts: Sequence[int], start: int) -> list[Copy]:
        """The copies in a text whose windows begin at `start`, by the first place of each of them."""
        copies: list[Copy] = []
        last, shift, limit = Copy(0, -1, 0, 0), 0, 0
        for place, first in enumerate(firsts):
            if first >= start and first > start + place - WINDOW:
                continue
            if place <= last.end and first - place == shift and first < limit:
                last.end = place + WINDOW
            else:
                last.end = min(last.end, place)
                text = bisect_right(self._starts, first) - 1
                shift, limit = first - place, self._starts[text + 1]
                last = Copy(place, place + WINDOW, text, first - self._starts[text])
                copies.append(last)
        return copies


class Copy:
    """Tokens `start` to `end` of a text, seen before in text number `text` from token `source` on."""

    __slots__ = ("end", "source", "start", "text")

    def __init__(self, start: int, end: int, text: int, source: int) -> None:
        self.start, self.end, self.text, self.source = start, end, text, source

    def __repr__(self) -> str:
        return f"Copy({self.start}, {self.end}, text={self.text}, source={self.source})"
