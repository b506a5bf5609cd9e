"""`[tool.pytest-altax.secrets]`: what is to be taken out of recordings, and what is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..capture.secrets.rules import SecretRules
from . import patterns
from .document import Document
from .problems import Problems
from .schema import violations

_KEY = "secrets"


def secret_rules(table: Mapping[str, Any], problems: Problems) -> SecretRules:
    """The rules of the table of a document; none where it says none. What cannot be used is added to the problems."""
    said = table.get(_KEY, {})
    if problems.touch(_KEY) or not isinstance(said, Mapping):
        return SecretRules()
    return SecretRules(
        redact=tuple(_patterns("redact", said, problems)),
        allow=tuple(_patterns("allow", said, problems)),
        keep_headers=frozenset(name.lower() for name in said.get("keep-headers", ())),
    )


def read_secret_rules(path: Path | None, root: Path) -> SecretRules:
    """The rules of a `pyproject.toml`, nothing else of which is looked at; none for no file. Raises ConfigError."""
    document = None if path is None else Document.read(path, root)
    table = document.table if document else None
    if document is None or not table or _KEY not in table:
        return SecretRules()
    only, problems = {_KEY: table[_KEY]}, Problems(document.shown, document.where)
    for problem in violations(only):
        problems.add(problem)
    rules = secret_rules(only, problems)
    problems.stop()
    return rules


def _patterns(key: str, said: Mapping[str, Any], problems: Problems) -> Iterator[re.Pattern[str]]:
    for index, text in enumerate(said.get(key, ())):
        with problems.at(_KEY, key, index):
            yield patterns.pattern(text)
