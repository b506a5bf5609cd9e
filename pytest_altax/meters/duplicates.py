"""Which tokens of a request stand there a second time: copies of 32 tokens and more, to the exact edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..text.shingles import Copy, Repeats, may_repeat
from .pieces import Text

Span = tuple[int, int]


def duplicates(texts: Sequence[Text]) -> list[list[Span]]:
    """For each text of a request the token spans that stand earlier in it; schemas are not to be among the texts."""
    if not may_repeat([text.spelled for text in texts]):
        return [[] for _ in texts]
    repeats = Repeats()
    copies = [repeats.add(text.windows) for text in texts]
    return [list(_spans(text, found, texts)) for text, found in zip(texts, copies, strict=True)]


def _spans(text: Text, copies: Sequence[Copy], texts: Sequence[Text]) -> Iterator[Span]:
    for number, copy in enumerate(copies):
        before = copies[number - 1].end if number else 0
        after = copies[number + 1].start if number + 1 < len(copies) else len(text)
        start, end = _trimmed(text, copy)
        if start == end:
            continue
        if start == copy.start > before and _same(text, start - 1, texts[copy.text], copy.source - 1):
            start -= 1
        if end == copy.end < after and _same(text, end, texts[copy.text], copy.source + copy.end - copy.start):
            end += 1
        yield start, end


def _trimmed(text: Text, copy: Copy) -> Span:
    """The copy without white space at its edges, which sets it off; at an end of the text it stays."""
    start, end = copy.start, copy.end
    while 0 < start < end and text.token(start).isspace():
        start += 1
    while start < end < len(text) and text.token(end - 1).isspace():
        end -= 1
    return start, end


def _same(text: Text, place: int, earlier: Text, source: int) -> bool:
    """Whether two tokens at the edge of a copy differ in white space alone, as `.` and `.` with line feeds do."""
    if not 0 <= source < len(earlier):
        return False
    here = text.token(place).strip()
    return bool(here) and here == earlier.token(source).strip()
