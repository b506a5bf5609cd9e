"""Secrets that a stream tells in pieces, a few letters an event: looked for in what a client puts together of them.

A stream is lines with an event of JSON each, server-sent (`data: {...}`) or bare (application/x-ndjson).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from .spans import Span, joined

CONTENT_TYPES = ("text/event-stream", "application/x-ndjson")
# The fields in which providers send the pieces of a text; possessive, so that one without an end costs its length once.
_PIECE = re.compile(
    rb'"(content|text|delta|partial_json|arguments|thinking|reasoning(?:_content|_text)?|refusal|transcript|response)"'
    rb'\s{0,4}:\s{0,4}"((?:[^"\\\r\n]|\\[^\r\n])*+)"'
)
_INDEX = re.compile(rb'"index"\s{0,4}:\s{0,4}([0-9]{1,6})')
_LINE = re.compile(rb"[^\r\n]+")

_Places = list[tuple[int, int]]


def find(data: bytes, look: Callable[[bytes], Iterable[Span]]) -> Iterator[Span]:
    """The parts of what `look` finds in the texts that are told in pieces; what lies in one piece alone is left out.

    What is to stand for a secret comes in the first of its pieces, the others lose their part of it.
    """
    for places in _texts(data):
        whole = b"".join(data[start:end] for start, end in places)
        begins = [0, *accumulate(end - start for start, end in places)]
        for span in joined(look(whole), whole):
            yield from _split(span, places, begins)


def _texts(data: bytes) -> list[_Places]:
    """Where the pieces of each text stand that has several: those of a field by name, in events of the same index."""
    texts: dict[tuple[bytes, bytes], _Places] = {}
    for line in _LINE.finditer(data):
        index = _INDEX.search(data, *line.span())
        for piece in _PIECE.finditer(data, *line.span()):
            texts.setdefault((piece[1], index[1] if index else b""), []).append(piece.span(2))
    return [places for places in texts.values() if len(places) > 1]


def _split(span: Span, places: Sequence[tuple[int, int]], begins: Sequence[int]) -> Iterator[Span]:
    first, last = bisect_right(begins, span.start) - 1, bisect_right(begins, span.end - 1) - 1
    for number in range(first, last + 1 if last > first else first):
        place, begin = places[number][0], begins[number]
        start, end = max(span.start, begin), min(span.end, begins[number + 1])
        by = span.by if number == first else b""
        yield span._replace(start=place + start - begin, end=place + end - begin, by=by)
