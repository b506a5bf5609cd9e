"""Which languages' phrases an answer is asked for: its own, its neighbours', English; all of its script if unclear."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

from ...text.language import UNDETERMINED, identify
from ...text.phrases import Phrases, Rule, rules_of

_FOLDER = "data/refusals"
_READ = 300
_SHORT = 60
_UNSURE = 80
_NOT_LATIN = re.compile("[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufdff]")
# Languages that a short answer is easily taken for, or that lend each other whole phrases.
_KIN = (
    frozenset({"es", "pt", "ca", "gl", "it"}),
    frozenset({"da", "no", "sv"}),
    frozenset({"nl", "af"}),
    frozenset({"cs", "sk"}),
    frozenset({"hr", "sl", "sr", "bs"}),
    frozenset({"ru", "uk", "bg", "be", "sr", "mk"}),
    frozenset({"id", "ms"}),
    frozenset({"hi", "mr", "ne"}),
    frozenset({"fi", "et"}),
    frozenset({"ar", "fa", "ur"}),
    frozenset({"zh", "ja", "ko"}),
)


@functools.cache
def available() -> tuple[str, ...]:
    """The languages that have phrases, English first."""
    folder = resources.files("pytest_altax").joinpath(_FOLDER)
    names = sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))
    return ("en", *(name for name in names if name != "en"))


def asked(text: str) -> tuple[str, ...]:
    """The languages whose phrases are looked for in a text, English first."""
    head = text[:_READ]
    if head.isascii() and " the " in head and (" of " in head or " to " in head or " and " in head):
        return _near("en")
    language = identify(head) if len(head) >= _SHORT else UNDETERMINED
    if language in available() and (language == "en" or len(head) >= _UNSURE):
        return _near(language)
    return _of_script(_NOT_LATIN.search(head) is None)


@functools.cache
def phrases(group: str, languages: tuple[str, ...]) -> Phrases:
    """The rules of a group (`refusals`, `incapable`, `complying` ...) in these languages; read once in a process."""
    return Phrases(rule for language in languages for rule in _rules(group, language))


@functools.cache
def _near(language: str) -> tuple[str, ...]:
    kin = {language, "en"}.union(*(family for family in _KIN if language in family))
    return tuple(name for name in available() if name in kin)


@functools.cache
def _of_script(latin: bool) -> tuple[str, ...]:
    return tuple(name for name in available() if name == "en" or _is_latin(name) is latin)


def _is_latin(language: str) -> bool:
    """Whether a language is written in Latin letters, as its own phrases tell."""
    return _NOT_LATIN.search("".join(_table(language)["refusals"])) is None


def _rules(group: str, language: str) -> Iterator[Rule]:
    table = _table(language)
    return rules_of(table.get(group, {}), table.get("words", {}))


@functools.cache
def _table(language: str) -> dict[str, Any]:
    text = resources.files("pytest_altax").joinpath(f"{_FOLDER}/{language}.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
