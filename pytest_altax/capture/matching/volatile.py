"""Text that changes from run to run by itself: two requests that differ in nothing else are the same request.

What is proposed is always a pattern for its kind, never the text at hand, and it is proved: with it the requests match.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...records import Request
from .differ import differences
from .match import Matcher, json_of

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_REST_OF_PATH = r"[^\s\x22\x27\x60)\]}>,;]+"
# Each kind before those that its matches contain.
_KINDS = (
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
    rf"(?:/private)?/(?:tmp|var/tmp|var/folders)/{_REST_OF_PATH}",
    rf"\b[A-Za-z]:(?:\\+[^\\\s\x22\x27]+)*?\\+(?:Temp|temp|tmp)\\+{_REST_OF_PATH}",
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?",
    r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b",
    r"\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b",
    rf"\b(?:{_DAY},? )?\d{{1,2}}(?:st|nd|rd|th)?\.? {_MONTH},?(?: \d{{4}})?\b",
    rf"\b(?:{_DAY},? )?{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,?(?: \d{{4}})?\b",
    rf"\b{_DAY}\b",
    r"\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\b\.?)?(?: ?(?:Z|UTC|GMT)\b)?",
    r"\b1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?\b",
    r"\b(?:localhost|\d{1,3}(?:\.\d{1,3}){3}):\d{2,5}\b",
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
    r"\bip(?:-\d{1,3}){4}\b",
    r"(?<=://)[^/\s\x22\x27]+",
    r"\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{6,}\b",
    r"\b(?=[0-9]*[A-F])(?=[A-F]*[0-9])[0-9A-F]{6,}\b",
    r"\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{16,}\b",
)
# Ids of a kind that says its name: req_011CSd, chatcmpl-9aB, run-7f3. The name stays, or two kinds would be one.
_NAMED = re.compile(r"\b([A-Za-z]{2,12}[_-])((?=[A-Za-z]*\d)[A-Za-z0-9]{6,})")
_LONGEST = 200_000

Pair = tuple[str, str]


def proposals(old: Request, new: Request, ignore: Sequence[re.Pattern[str]] = ()) -> tuple[str, ...]:
    """The patterns under which two requests are the same, when they differ in dates, times, ids and the like alone.

    Empty when anything else differs, or nothing does. Proved against the way in which requests are compared.
    """
    pairs = _pairs(old, new, ignore)
    if not pairs or sum(len(one) + len(other) for one, other in pairs) > _LONGEST:
        return ()
    chosen = _needed(pairs, _chosen(pairs))
    matcher = Matcher((*ignore, *map(re.compile, chosen)))
    return tuple(chosen) if chosen and matcher.key(old).what == matcher.key(new).what else ()


def toml_line(patterns: Sequence[str]) -> str:
    """The line of `[tool.pytest-altax]` that ignores these patterns."""
    return f"match = {{ ignore = [{', '.join(map(_quoted, patterns))}] }}"


def _quoted(pattern: str) -> str:
    # A literal string shows a pattern as it is; what it cannot hold is escaped
    return f'"{"".join(map(_escaped, pattern))}"' if "'" in pattern or not pattern.isprintable() else f"'{pattern}'"


def _escaped(character: str) -> str:
    if character in '\\"':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _pairs(old: Request, new: Request, ignore: Sequence[re.Pattern[str]]) -> list[Pair] | None:
    """The texts that differ, those that are ignored taken out; None when something differs that is no text."""
    before, after = json_of(old.body), json_of(new.body)
    if before is None or after is None:
        found: list[tuple[Any, Any]] = [(_decoded(old.body), _decoded(new.body))]
    else:
        found = [(one.old, one.new) for one in differences(before, after)]
    found.append((_target(old.url), _target(new.url)))
    if old.method != new.method or not all(_is_text(one) and _is_text(other) for one, other in found):
        return None
    texts = [(_without(str(one), ignore), _without(str(other), ignore)) for one, other in found]
    return [pair for pair in texts if pair[0] != pair[1]]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int | float) and abs(value) >= 1_000_000_000)


def _decoded(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _target(url: str) -> str:
    """The path and the query: a request from another host is the same."""
    return "/" + url.partition("://")[2].partition("/")[2]


def _without(text: str, patterns: Sequence[re.Pattern[str]]) -> str:
    for pattern in patterns:
        text = pattern.sub("", text)
    return text


def _chosen(pairs: Sequence[Pair]) -> list[str]:
    """The kinds of which two texts hold as many, but not the same, one after the other taken out; none if more is left.

    The names of ids come after the kinds that are sure, and before those that only look random.
    """
    chosen, left = [], list(pairs)
    for pattern in itertools.chain(_KINDS[:-3], _named(pairs), _KINDS[-3:]):
        kind = re.compile(pattern)
        matches = [tuple([m[0] for m in kind.finditer(text)] for text in pair) for pair in left]
        counted = all(len(one) == len(other) for one, other in matches)
        if counted and any(one != other for one, other in matches):
            chosen.append(pattern)
            left = [(kind.sub("", one), kind.sub("", other)) for one, other in left]
    return chosen if all(one == other for one, other in left) else []


def _named(pairs: Sequence[Pair]) -> Iterator[str]:
    """A pattern for each name of ids that differ between the texts."""
    for name in sorted({match[1] for one, _ in pairs for match in _NAMED.finditer(one)}):
        yield rf"\b{name}(?=[A-Za-z]*\d)[A-Za-z0-9]{{6,}}"


def _needed(pairs: Sequence[Pair], chosen: list[str]) -> list[str]:
    """Those without which the texts differ."""
    for pattern in list(chosen):
        rest = [re.compile(other) for other in chosen if other != pattern]
        if rest and all(_without(one, rest) == _without(other, rest) for one, other in pairs):
            chosen = [other for other in chosen if other != pattern]
    return chosen
