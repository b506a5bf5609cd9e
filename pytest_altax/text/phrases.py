"""Regular expressions kept as package data, each behind a literal that must occur first: many rules at little cost."""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

from .normalize import straight

_BEFORE, _AFTER = 80, 240
_WORD_SET = re.compile(r"<(\w+)>")
_SHARED = 4

Rule = tuple[str, re.Pattern[str]]


class Phrases:
    """The rules of one group of a file in `pytest_altax/data`.

    The file maps group → language → literals (divided by `|`) → regular expression, and `words` → language → name →
    alternatives, which stand in an expression as `<name>`. A rule is tried only around its literals in the lower-case
    text (from 80 characters before to 240 behind), so most cost no more than looking for a literal. Rules ignore case
    and see straight apostrophes. Files are read when first used, once in a process.
    """

    def __init__(self, file: str, group: str) -> None:
        self._file, self._group = file, group

    def spans(self, text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """The characters (start, end) of each match between two places of a text, in no order."""
        window = straight(text[start:end])
        lower = window.lower()
        if len(lower) != len(window):  # some capitals become two letters, such as the Turkish dotted one
            lower = "".join(small if len(small := char.lower()) == 1 else char for char in window)
        for shared, rules in _rules(self._file, self._group):
            if shared in lower:
                for literal, pattern in rules:
                    for found in _matches(window, lower, literal, pattern):
                        yield start + found.start(), start + found.end()


@functools.cache
def _rules(file: str, group: str) -> list[tuple[str, list[Rule]]]:
    text = resources.files("pytest_altax").joinpath(f"data/{file}").read_text("utf-8")
    data: dict[str, dict[str, Any]] = json.loads(text)
    rules = [
        (literal, _compiled(pattern, data.get("words", {}).get(language, {})))
        for language, rules in data[group].items()
        for literals, pattern in rules.items()
        for literal in literals.split("|")
    ]
    return list(_grouped(rules))


def _grouped(rules: Sequence[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    """The rules by four letters that their literals share, the most shared first: one search rules out several."""
    sharing: dict[str, list[int]] = defaultdict(list)
    for number, (literal, _) in enumerate(rules):
        for start in range(max(1, len(literal) - _SHARED + 1)):
            sharing[literal[start : start + _SHARED]].append(number)
    left = dict(enumerate(rules))
    for shared, numbers in sorted(sharing.items(), key=lambda entry: -len(entry[1])):
        found = [left.pop(number) for number in numbers if number in left]
        if found:
            yield (shared if len(found) > 1 else found[0][0]), found


def _matches(window: str, lower: str, literal: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The matches of a rule near its literal, which are all there are: no rule reaches further from it."""
    place, read = lower.find(literal), 0
    while place >= 0:
        found = pattern.search(window, max(read, place - _BEFORE), place + _AFTER)
        if found:
            read = found.end()
            yield found
        place = lower.find(literal, max(place + len(literal), read))


def _compiled(pattern: str, words: dict[str, str]) -> re.Pattern[str]:
    return re.compile(_WORD_SET.sub(lambda name: f"(?:{words[name[1]]})", pattern), re.IGNORECASE)
