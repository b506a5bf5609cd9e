"""Text that stands a second time, found on tokens: windows of 32 of them, hashed, in linear time.

A token is covered when it lies in a window that occurred before, so long repetitions are covered whole and an edit
costs the windows around it only. Windows never cross from one text into the next.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain

WINDOW = 32
_WIDTH = 4

Span = tuple[int, int]


def shingles(tokens: Sequence[int]) -> array[int]:
    """The hash (64 bits) of each window of 32 tokens, by the place of its first; empty for fewer than 32 tokens.

    Equal windows have equal hashes within one process. Python's keyed hash of bytes is used, since it runs at C speed
    and text cannot be made to collide on purpose; two of 100,000 windows collide by chance once in 10^9 requests.
    """
    data = array("I", tokens).tobytes()
    length = WINDOW * _WIDTH
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


def may_repeat(texts: Sequence[Sequence[int]]) -> bool:
    """Whether any window of these texts may stand there twice; False is certain, at a third of the cost of `Repeats`.

    No pair of neighbours in a repeated window stands there once only, and in prose most pairs do. Pairs that begin at
    an even place and those at an odd one are looked at apart: of either kind a window has 15 in a row.
    """
    pairs = [_pairs(array("I", tokens).tobytes()) for tokens in texts]
    counts = Counter(chain.from_iterable(chain.from_iterable(pairs)))
    once = {pair for pair, count in counts.items() if count == 1}
    row = bytes(WINDOW // 2 - 1)
    return any(all(row in bytes(map(once.__contains__, half)) for half in halves) for halves in pairs)


def _pairs(data: bytes) -> tuple[list[int], list[int]]:
    """Each two neighbouring tokens as one number: those that begin at even places, those that begin at odd ones."""
    even, odd = (memoryview(data)[start : start + (len(data) - start) // 8 * 8].cast("Q") for start in (0, _WIDTH))
    return even.tolist(), odd.tolist()


class Repeats:
    """Finds what stands a second time in texts that are given one after the other.

    The earlier occurrence must not overlap the later one: of 1,000 equal tokens, 968 are a repetition.
    """

    def __init__(self) -> None:
        self._first: dict[int, tuple[int, int]] = {}
        self._texts = 0

    def add(self, windows: Sequence[int]) -> list[Copy]:
        """Take the windows of the next text; give its copies of earlier tokens, in order, as far as windows reach.

        Neighbouring copies of different places are separate; together they cover each repeated token once.
        """
        copies: list[Copy] = []
        here = self._texts
        self._texts += 1
        for place, window in enumerate(windows):
            text, first = self._first.setdefault(window, (here, place))
            if text == here and first + WINDOW > place:
                continue
            last = copies[-1] if copies else None
            if last and place <= last.end and (text, first - last.source) == (last.text, place - last.start):
                last.end = place + WINDOW
            else:
                if last and last.end > place:
                    last.end = place
                copies.append(Copy(place, place + WINDOW, text, first))
        return copies


class Copy:
    """Tokens `start` to `end` of a text, seen before in text number `text` from token `source` on."""

    __slots__ = ("end", "source", "start", "text")

    def __init__(self, start: int, end: int, text: int, source: int) -> None:
        self.start, self.end, self.text, self.source = start, end, text, source

    def __repr__(self) -> str:
        return f"Copy({self.start}, {self.end}, text={self.text}, source={self.source})"
