"""Regular expressions kept as package data, each behind a literal that must occur first: many rules at little cost."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .normalize import straight

_BEFORE, _AFTER = 80, 240
_WORD_SET = re.compile(r"<(\w+)>")
_SHARED = 4

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Folded:
    """A stretch of a text as rules see it: straight apostrophes in `text`, small letters in `lower`, place by place.

    `start` is where it stands in the whole text.
    """

    text: str
    lower: str
    start: int = 0

    @classmethod
    def of(cls, text: str, start: int = 0, end: int | None = None) -> Folded:
        """Fold a text between two places."""
        window = straight(text[start:end])
        lower = window.lower()
        if len(lower) != len(window):  # some capitals become two letters, such as the Turkish dotted one
            lower = "".join(small if len(small := char.lower()) == 1 else char for char in window)
        return cls(window, lower, start)


@dataclass(frozen=True)
class Rule:
    """An expression, tried where its literal (in small letters) occurs; `words` fill in what it names as `<name>`."""

    literal: str
    pattern: str
    words: Mapping[str, str]

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression, compiled when first asked for. Raises re.error, or KeyError for a set of words unknown."""
        return re.compile(_WORD_SET.sub(lambda name: f"(?:{self.words[name[1]]})", self.pattern), re.IGNORECASE)


class Phrases:
    """Rules over one text: each is tried around its literal alone, from 80 characters before it to 240 behind.

    So most rules cost no more than looking for a literal, and are compiled when theirs is first found. Rules ignore
    case. Raises `re.error`, when its literal is first found, for a rule that is no regular expression.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._groups = list(_grouped(tuple(rules)))

    def spans(self, seen: Folded) -> Iterator[Span]:
        """The characters (start, end) of each match in the whole text, in no order."""
        lower = seen.lower
        for shared, rules in self._groups:
            if shared in lower:
                for rule in rules:
                    for found in _matches(seen, rule):
                        yield seen.start + found.start(), seen.start + found.end()


def rules_of(table: Mapping[str, str], words: Mapping[str, str]) -> Iterator[Rule]:
    """The rules of a table of package data: literals divided by `|` → regular expression."""
    for literals, pattern in table.items():
        for literal in literals.split("|"):
            yield Rule(literal, pattern, words)


def _grouped(rules: Sequence[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    """The rules by four letters that their literals share, the most shared first: one search rules out several."""
    sharing: dict[str, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        for start in range(max(1, len(rule.literal) - _SHARED + 1)):
            sharing[rule.literal[start : start + _SHARED]].append(number)
    left = dict(enumerate(rules))
    for shared, numbers in sorted(sharing.items(), key=lambda entry: -len(entry[1])):
        found = [left.pop(number) for number in dict.fromkeys(numbers) if number in left]
        if found:
            yield (shared if len(found) > 1 else found[0].literal), found


def _matches(seen: Folded, rule: Rule) -> Iterator[re.Match[str]]:
    """The matches of a rule near its literal, which are all there are: no rule reaches further from it."""
    literal, lower = rule.literal, seen.lower
    place, read = lower.find(literal), 0
    while place >= 0:
        found = rule.compiled.search(seen.text, max(read, place - _BEFORE), place + _AFTER)
        if found:
            read = max(found.end(), found.start() + 1)
            yield found
        place = lower.find(literal, max(place + len(literal), read))
