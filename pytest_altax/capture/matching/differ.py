"""What differs between two request bodies, in a few lines that are safe to print."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...records import Request
from .match import json_of

_MOST = 4
_WIDEST = 100
_BEFORE = 24
_DEEPEST = 60
_WORDS = re.compile(rb"\w+|[^\w\s]")


class _Missing:
    def __repr__(self) -> str:
        return "(not there)"


_MISSING = _Missing()


class Difference(NamedTuple):
    """A place in a JSON body, such as `messages[0].content`, and what stands there in the one and in the other."""

    path: str
    old: Any
    new: Any


def distance(old: Request, new: Request) -> int:
    """How far apart two requests are: words that are not shared, and much for another path. For ranking only."""
    before, after = (Counter(_WORDS.findall(request.body[:20_000])) for request in (old, new))
    elsewhere = old.method != new.method or _path(old) != _path(new)
    return ((before - after) + (after - before)).total() + 100_000 * elsewhere


def short_diff(old: Request, new: Request) -> list[str]:
    """The first differences, recorded (`-`) against live (`+`), each line at most about 100 characters wide."""
    lines = []
    if old.method != new.method or old.url != new.url:
        lines += [f"- {printable(f'{old.method} {old.url}')}", f"+ {printable(f'{new.method} {new.url}')}"]
    before, after = json_of(old.body), json_of(new.body)
    if before is None or after is None:
        return lines + _text_diff(old.body, new.body)
    found = list(differences(before, after))
    for one in found[:_MOST]:
        lines += [printable(one.path or "body"), *_pair(one.old, one.new)]
    return [*lines, f"and {len(found) - _MOST} more places"] if len(found) > _MOST else lines


def printable(text: str) -> str:
    """`text` without characters that a terminal or a log would act on, cut to 100 characters."""
    cut = text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


def differences(old: Any, new: Any, path: str = "", deep: int = 0) -> Iterator[Difference]:
    """The places at which two JSON values differ, the deepest that can be named."""
    if isinstance(old, dict) and isinstance(new, dict) and deep < _DEEPEST:
        for key in dict.fromkeys((*old, *new)):
            place = f"{path}.{key}" if path else str(key)
            yield from differences(old.get(key, _MISSING), new.get(key, _MISSING), place, deep + 1)
    elif isinstance(old, list) and isinstance(new, list) and deep < _DEEPEST:
        for at in range(max(len(old), len(new))):
            before, after = (items[at] if at < len(items) else _MISSING for items in (old, new))
            yield from differences(before, after, f"{path}[{at}]", deep + 1)
    elif type(old) is not type(new) or old != new:
        yield Difference(path, old, new)


def _pair(old: Any, new: Any) -> list[str]:
    """Both values on a line each, cut so that the place where they part is seen."""
    before, after = (_spelled(value) for value in (old, new))
    # character by character is what is wanted here: where the two texts part
    start = max(0, len(os.path.commonprefix([before, after])) - _BEFORE)  # noqa: RUF071 - see above
    lead = "…" if start else ""
    return [f"- {lead}{printable(before[start:])}", f"+ {lead}{printable(after[start:])}"]


def _spelled(value: Any) -> str:
    return repr(value) if value is _MISSING else json.dumps(value, ensure_ascii=False)


def _text_diff(old: bytes, new: bytes) -> list[str]:
    before, after = (body[:20_000].decode("utf-8", "replace").splitlines() for body in (old, new))
    diff = difflib.unified_diff(before, after, n=0, lineterm="")
    return [printable(line) for line in diff if line[:2] not in ("--", "++", "@@")][: 2 * _MOST]


def _path(request: Request) -> str:
    return request.url.partition("?")[0].partition("://")[2].partition("/")[2]
