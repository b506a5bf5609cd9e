"""Places of secrets in bytes, and taking them out while the sizes of chunks stay true."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

PLACEHOLDER = b"REDACTED"
# A client that parses a JSON Web Token must still be able to: no algorithm, no claims.
TOKEN_PLACEHOLDER = b"eyJhbGciOiJub25lIn0.e30.REDACTED"
ACCOUNT_PLACEHOLDER = b"000000000000"
_ROUNDS = 8


class Span(NamedTuple):
    """A secret at `start` to `end` of some bytes, what kind it is, and `by` what it is to be replaced.

    `named` says that it stands under a name that only secrets have.
    """

    start: int
    end: int
    kind: str
    by: bytes = PLACEHOLDER
    named: bool = False


class Cut(NamedTuple):
    """A replacement: `start` and `end` of what went, in the old bytes, and the `size` of what came instead."""

    start: int
    end: int
    size: int


Finder = Callable[[bytes], Iterable[Span]]


def placeholder(value: bytes) -> bytes:
    """What stands for a secret: the same for every secret of a shape, so that another key matches too."""
    return TOKEN_PLACEHOLDER if value.startswith(b"eyJ") and value.count(b".") >= 2 else PLACEHOLDER


def joined(spans: Iterable[Span], data: bytes) -> list[Span]:
    """The spans that change anything, in order; those that overlap become one, under the name of the first."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if result and span.start < result[-1].end:
            last = result[-1]
            result[-1] = last._replace(end=max(last.end, span.end))
        elif span.start < span.end:
            result.append(span)
    return [span for span in result if data[span.start : span.end] != span.by]


def replaced(data: bytes, find: Finder) -> tuple[bytes, list[list[Cut]], list[Span]]:
    """The bytes without what `find` finds, the cuts of each round, and what was found in the first.

    It is repeated until nothing changes, since a replacement may stand where it completes another shape.
    """
    rounds: list[list[Cut]] = []
    first: list[Span] = []
    while len(rounds) < _ROUNDS and (spans := joined(find(data), data)):
        first = first or spans
        rounds.append([Cut(span.start, span.end, len(span.by)) for span in spans])
        data = spliced(data, spans)
    return data, rounds, first


def spliced(data: bytes, spans: Sequence[Span]) -> bytes:
    """The bytes with each of the spans, which are in order, replaced."""
    pieces, at = [], 0
    for span in spans:
        pieces += [data[at : span.start], span.by]
        at = span.end
    return b"".join([*pieces, data[at:]])


def resized(
    chunks: Sequence[int], gaps: Sequence[float], cuts: Sequence[Cut]
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Chunk sizes and gaps after a round of cuts. A replacement is in the chunk in which what it replaces ended."""
    starts = [cut.start for cut in cuts]
    ends = [_moved(end, cuts, starts) for end in itertools.accumulate(chunks)]
    sizes, waits, last, waited = [], [], 0, 0.0
    for end, gap in itertools.zip_longest(ends, gaps, fillvalue=0.0):
        waited += gap
        if end > last:
            sizes.append(int(end - last))
            waits.append(round(waited, 4))
            last, waited = int(end), 0.0
    return tuple(sizes), tuple(waits[: len(gaps)])


def _moved(offset: int, cuts: Sequence[Cut], starts: Sequence[int]) -> int:
    """Where an offset between two chunks comes to lie; one inside a replacement, before it."""
    count = bisect_right(starts, offset - 1)
    shift = sum(cut.size - (cut.end - cut.start) for cut in cuts[:count])
    if count and offset < cuts[count - 1].end:
        cut = cuts[count - 1]
        return cut.start + shift - (cut.size - (cut.end - cut.start))
    return offset + shift
