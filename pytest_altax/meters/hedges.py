"""Disclaimer sentences inside an answer, in several languages: being an AI, being no doctor, not being advice."""

from __future__ import annotations

import functools
import json
import re
from bisect import bisect_left
from collections.abc import Mapping
from importlib import resources

from ..text.phrases import Folded, Phrases, Span, rules_of
from .detecting.languages import asked

_SENTENCE_END = re.compile(r"[.!?]+[\"')*_]*(?=\s|$)|\n+|[。！？]")


class Hedges:
    """Finds the disclaimers of `data/hedges.json`."""

    def spans(self, text: str) -> list[Span]:
        """The characters (start, end) of each sentence of a text that is a disclaimer, in order."""
        found = sorted(start for start, _ in _phrases(asked(text)).spans(Folded.of(text)))
        if not found:
            return []
        return [(start, end) for start, end in _sentences(text) if bisect_left(found, start) < bisect_left(found, end)]


@functools.cache
def _phrases(languages: tuple[str, ...]) -> Phrases:
    tables = _tables()
    return Phrases(rule for language in languages for rule in rules_of(tables.get(language, {}), {}))


@functools.cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("pytest_altax").joinpath("data/hedges.json").read_text("utf-8")
    data: dict[str, dict[str, dict[str, str]]] = json.loads(text)
    return data["disclaimers"]


def _sentences(text: str) -> list[Span]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return list(zip([0, *ends], ends, strict=False))
