"""Disclaimer sentences inside an answer, in several languages: being an AI, being no doctor, not being advice."""

from __future__ import annotations

import re
from bisect import bisect_left

from ..text.phrases import Phrases

Span = tuple[int, int]
_SENTENCE_END = re.compile(r"[.!?]+[\"')*_]*(?=\s|$)|\n+|[。！？]")


class Hedges:
    """Finds the disclaimers of `data/hedges.json`."""

    def __init__(self) -> None:
        self._phrases = Phrases("hedges.json", "disclaimers")

    def spans(self, text: str) -> list[Span]:
        """The characters (start, end) of each sentence of a text that is a disclaimer, in order."""
        found = sorted(start for start, _ in self._phrases.spans(text))
        if not found:
            return []
        return [(start, end) for start, end in _sentences(text) if bisect_left(found, start) < bisect_left(found, end)]


def _sentences(text: str) -> list[Span]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return list(zip([0, *ends], ends, strict=False))
