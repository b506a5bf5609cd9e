"""What changed from one text to another, in one short line, and inside which declared layer it lies."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

Finder = Callable[[str], Sequence[tuple[int, int]]]

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_COMPARED = 600
_MOST_HUNKS = 2
_CONTEXT = 24
_WIDEST = 60
# Tokens: between two changes that lie nearer, what stayed is told as if it had changed, so that phrases stay whole.
_NEAR = 4


class Marked(NamedTuple):
    """A declared layer: how its characters are found in a text as it was recorded, and in one of now."""

    name: str
    then: Finder
    now: Finder


class Pieces(NamedTuple):
    """Two texts, the recorded one first: what of each lies in a layer, and all that lies in none (name is None)."""

    name: str | None
    old: str
    new: str


def pieces(old: str, new: str, layers: Sequence[Marked] = ()) -> list[Pieces]:
    """The parts of two texts that differ: of each layer what lies in it, last what lies in none."""
    found = []
    for layer in layers:
        before, rest_before = _cut(old, layer.then(old))
        after, rest_after = _cut(new, layer.now(new))
        if after and not before and rest_before.split() != rest_after.split():
            # A recording that does not tell what the layer held: it is what stood where the layer stands now
            before, rest_before = _instead(rest_before, new, layer.now(new), rest_after)
        if before != after:
            found.append(Pieces(layer.name, before, after))
        old, new = rest_before, rest_after
    if old.split() != new.split() or (old != new and not found):
        found.append(Pieces(None, old, new))
    return found


def _cut(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, str]:
    inside, outside, at = [], [], 0
    for start, end in spans:
        outside.append(text[at:start])
        inside.append(text[start:end])
        at = end
    return "\n".join(inside), "".join([*outside, text[at:]])


def _instead(old: str, new: str, spans: Sequence[tuple[int, int]], rest: str) -> tuple[str, str]:
    """What the old text has between the text before and the text after a layer of the new one; and the rest."""
    head, tail = new[: spans[0][0]], new[spans[-1][1] :]
    if len(spans) == 1 and old.startswith(head) and old.endswith(tail) and len(old) >= len(head) + len(tail):
        return old[len(head) : len(old) - len(tail)], rest
    return "", old


def short(old: str, new: str) -> str:
    """The first changes as `…before [-was-]{+is+}`, as git's word diff writes them; safe to print, 200 characters.

    Empty for texts that do not differ.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    hunks = list(_hunks(before, after))
    ends = [0, *(hunk[1] for hunk in hunks)]
    told = [_hunk(before, after, hunk, end) for hunk, end in zip(hunks[:_MOST_HUNKS], ends, strict=False)]
    more = len(hunks) - _MOST_HUNKS
    # One whose words follow the change before it at once is a part of the same sentence
    shown = "".join(f" {one}" if number and one.startswith("…") else one for number, one in enumerate(told))
    return shown + (f" and {more} more" if more > 0 else "")


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """The places that differ, as ranges of tokens."""
    start = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - start
    ends = zip(reversed(old), reversed(new), strict=False)
    end = min(most, next((n for n, (a, b) in enumerate(ends) if a != b), most))
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    if not left and not right:
        return
    if len(left) + len(right) > _MOST_COMPARED:
        yield start, start + len(left), start, start + len(right)
        return
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    changed = [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    merged = [changed[0]]
    for a, b, c, d in changed[1:]:
        if a - merged[-1][1] <= _NEAR:
            merged[-1] = (merged[-1][0], b, merged[-1][2], d)
        else:
            merged.append((a, b, c, d))
    yield from ((a + start, b + start, c + start, d + start) for a, b, c, d in merged)


def _hunk(old: Sequence[str], new: Sequence[str], hunk: tuple[int, int, int, int], told: int) -> str:
    """One change after the words before it, from token `told` of the old text on: what is before was shown."""
    a, b, c, d = hunk
    start = max(told, a - 12)
    context = "".join(old[start:a])
    lead = printable(("…" if len(context) > _CONTEXT or start > told else "") + context[-_CONTEXT:], _WIDEST)
    gone, come = ("".join(part).strip() or "".join(part) for part in (old[a:b], new[c:d]))
    removed = f"[-{printable(gone, _WIDEST)}-]" if gone else ""
    return lead + removed + (f"{{+{printable(come, _WIDEST)}+}}" if come else "")


def printable(text: str, most: int) -> str:
    """`text` cut to `most` characters, those that do not print (control, direction) escaped."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)
