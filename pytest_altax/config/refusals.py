"""`[tool.pytest-altax.refusals]`: phrases that are refusals in this app, and text that says nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..meters.own_phrases import OwnPhrases
from ..text.normalize import straight
from . import patterns
from .document import Document
from .problems import Problems
from .schema import violations

_KEY, _DETECTOR = "refusals", "detector"


def own_phrases(table: Mapping[str, Any], problems: Problems) -> OwnPhrases:
    """The phrases of the table; none where it says none. What cannot be used is added to the problems.

    As those of the built-in detectors they ignore case, and a curly apostrophe is a straight one.
    """
    said = table.get(_KEY, {})
    if problems.touch(_KEY) or not isinstance(said, Mapping):
        return OwnPhrases()
    return OwnPhrases(tuple(_patterns("phrases", said, problems)), tuple(_patterns("not-phrases", said, problems)))


def read_refusals(path: Path | None, root: Path) -> tuple[str | None, OwnPhrases]:
    """The detector that a `pyproject.toml` names, None for none, and its phrases; nothing else of it is looked at.

    Whether a detector of that name exists is not asked. Raises ConfigError.
    """
    document = None if path is None else Document.read(path, root)
    table = document.table if document else None
    if document is None or not table:
        return None, OwnPhrases()
    only = {key: table[key] for key in (_DETECTOR, _KEY) if key in table}
    problems = Problems(document.shown, document.where)
    for problem in violations(only):
        problems.add(problem)
    phrases = own_phrases(only, problems)
    problems.stop()
    return only.get(_DETECTOR), phrases


def _patterns(key: str, said: Mapping[str, Any], problems: Problems) -> Iterator[re.Pattern[str]]:
    for index, text in enumerate(said.get(key, ())):
        with problems.at(_KEY, key, index):
            patterns.pattern(text)
            yield re.compile(straight(text), re.IGNORECASE)
