"""What two requests have in common, wherever it stands, and the first thing in which they differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .pieces import Texts
from .segments import CONTENT, REASONING, SETTING, STATIC, SYSTEM, TOOL, Key, Segment

_BEFORE, _SHOWN = 16, 40


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference of two requests: `change` is added, dropped, changed, reordered or moved."""

    place: str
    change: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Common:
    """The tokens of a request that an earlier one holds as well, and what the larger or earlier one has of each kind.

    `system` and `static` are shares of the larger of the two (1 where neither has any), `talk` the share of the earlier
    one's conversation.
    """

    tokens: int
    system: float
    static: float
    talk: float


def common(old: Sequence[Segment], new: Sequence[Segment], texts: Texts, model: str | None) -> Common:
    """What is left of `old` in `new`: schemas in any order, the rest in its own."""
    weigh = _Weigher(texts, model)
    before, now = _by_kind(old), _by_kind(new)
    schemas = weigh.all(_found_in(before[TOOL], now[TOOL]))
    system = weigh.ordered(before[SYSTEM], now[SYSTEM], tail=True)
    talk = weigh.ordered(before[CONTENT], now[CONTENT], tail=False)
    sizes = [(weigh.all(side[TOOL]), weigh.all(side[SYSTEM])) for side in (before, now)]
    return Common(
        schemas + system + talk,
        _share(system, max(size for _, size in sizes)),
        _share(schemas + system, max(map(sum, sizes))),
        _share(talk, weigh.all(before[CONTENT])),
    )


def first_difference(old: Sequence[Segment], new: Sequence[Segment]) -> Difference | None:
    """Where `new` leaves `old`, None where one is the start of the other."""
    before, now = ([part for part in side if part.kind != REASONING] for side in (old, new))
    here = next((place for place, (a, b) in enumerate(zip(before, now, strict=False)) if a.key != b.key), None)
    if here is None:
        return None
    gone, come = before[here], now[here]
    stays = any(part.key == gone.key for part in now[here:])
    stood = any(part.key == come.key for part in before[here:])
    if stays and stood:
        return Difference(come.place, "reordered", f"{_named(come)} stands where {_named(gone)} stood")
    if stays:
        return Difference(come.place, "added", _named(come))
    other_tool = gone.kind == TOOL and gone.name != come.name
    if stood or other_tool or gone.kind != come.kind:
        return _replaced(gone, come, stood=stood)
    return Difference(come.place, "changed", _change(gone, come))


def _replaced(gone: Segment, come: Segment, *, stood: bool) -> Difference:
    if not stood and come.kind in STATIC and (gone.kind not in STATIC or gone.kind == come.kind):
        return Difference(come.place, "added", _named(come))
    return Difference(gone.place, "dropped", _named(gone))


def _named(part: Segment) -> str:
    if part.name:
        return part.name
    return f"{part.key[0]}: {_cut(part.text)}" if part.text else part.key[0]


def _change(gone: Segment, come: Segment) -> str:
    """What a segment was and is, from a little before the first character that differs."""
    if gone.kind == SETTING:
        return f"{gone.name}: {_cut(gone.key[2])} → {_cut(come.key[2])}"
    if gone.key[:2] != come.key[:2]:
        return f"{_named(gone)} → {_named(come)}"
    apart = next((at for at, (a, b) in enumerate(zip(gone.text, come.text, strict=False)) if a != b), 0)
    at = max(0, apart - _BEFORE)
    lead = "…" if at else ""
    name = f"{come.name}: " if come.kind == TOOL else ""
    return f"{name}{lead}{_cut(gone.text[at:])} → {lead}{_cut(come.text[at:])}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _by_kind(parts: Sequence[Segment]) -> dict[str, list[Segment]]:
    kinds: dict[str, list[Segment]] = defaultdict(list)
    for part in parts:
        kinds[part.kind].append(part)
    return kinds


def _found_in(old: Sequence[Segment], new: Sequence[Segment]) -> list[Segment]:
    left = Counter(part.key for part in old)
    found = []
    for part in new:
        if left[part.key] > 0:
            left[part.key] -= 1
            found.append(part)
    return found


class _Weigher:
    """Counts the tokens (ours, without slope) of segments."""

    def __init__(self, texts: Texts, model: str | None) -> None:
        self._texts, self._model = texts, model

    def all(self, parts: Sequence[Segment]) -> int:
        """The tokens of segments."""
        return sum(len(self._texts.get(part.text, self._model)) for part in parts if part.text)

    def ordered(self, old: Sequence[Segment], new: Sequence[Segment], *, tail: bool) -> int:
        """The tokens of `new` that stand in `old` in the same order, and what changed segments between have in common.

        With `tail` those behind the last that both have count, too.
        """
        total, at = 0, 0
        gap: list[Segment] = []
        places: dict[Key, list[int]] = defaultdict(list)
        for number, part in enumerate(old):
            places[part.key].append(number)
        for part in new:
            place = next((place for place in places.get(part.key, ()) if place >= at), None)
            if place is None:
                gap.append(part)
                continue
            total += self.all([part]) + self._changed(old[at:place], gap)
            at, gap = place + 1, []
        return total + (self._changed(old[at:], gap) if tail else 0)

    def _changed(self, old: Sequence[Segment], new: Sequence[Segment]) -> int:
        if len(old) != len(new):
            return 0
        pairs = ((a, b) for a, b in zip(old, new, strict=True) if a.key[:2] == b.key[:2] and a.text and b.text)
        return sum(self._alike(a.text, b.text) for a, b in pairs)

    def _alike(self, old: str, new: str) -> int:
        """The tokens at the start and at the end of a changed text that are the same."""
        a, b = self._texts.get(old, self._model).tokens, self._texts.get(new, self._model).tokens
        shorter = min(len(a), len(b))
        start = next((place for place in range(shorter) if a[place] != b[place]), shorter)
        rest = shorter - start
        return start + next((place for place in range(rest) if a[-1 - place] != b[-1 - place]), rest)
