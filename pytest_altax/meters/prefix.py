"""How much of a request is the same, from its start on, as an earlier request of the session to the same model.

That much a provider could serve from its cache, if it still holds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ..records import Call
from .pieces import Texts
from .segments import REASONING, Key, Segment, model_key, segments
from .totals import model_of

# With so many of the requests that went another way at the same place the tokens are compared.
_BRANCHES = 8


class _Node:
    """A place in the tree of all that a session sent: the segments that followed it, and where each leads."""

    __slots__ = ("following",)

    def __init__(self) -> None:
        self.following: dict[Key, tuple[Segment, _Node]] = {}


class Prefixes:
    """The requests of one session, as a tree of segments for each model."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._roots: dict[object, _Node] = {}

    def add(self, call: Call, sent: Sequence[Segment] | None = None) -> int:
        """Take note of a request. Give the tokens (ours, without slope) that an earlier one began with as well."""
        parts = segments(call) if sent is None else sent
        node, model = self._roots.setdefault(model_key(call), _Node()), model_of(call)
        shared, known = 0, True
        for part in parts:
            if part.kind == REASONING:
                shared += known * len(self._texts.get(part.text, model))
                continue
            if known and part.key in node.following:
                shared += len(self._texts.get(part.text, model)) if part.text else 0
            elif known:
                known = False
                shared += self._common(node, part, model)
            node = node.following.setdefault(part.key, (part, _Node()))[1]
        return shared

    def _common(self, node: _Node, part: Segment, model: str | None) -> int:
        """The tokens that a segment has in common, from its start on, with one that stood at its place before."""
        rivals = list(node.following.values())[-_BRANCHES:]
        return max((common_start(self._texts, one, part, model) for one, _ in rivals), default=0)


def common_start(texts: Texts, one: Segment, other: Segment, model: str | None) -> int:
    """The tokens at the start of two segments of one kind that are the same."""
    if one.kind != other.kind or one.text[:1] != other.text[:1] or not one.text:
        return 0
    old, new = texts.get(one.text, model).tokens, texts.get(other.text, model).tokens
    shorter = min(len(old), len(new))
    return next((place for place in range(shorter) if old[place] != new[place]), shorter)


def within(runs: Iterable[tuple[str, int]], lines: Mapping[str, int], shared: int) -> dict[str, int]:
    """The billed tokens of each line that stand in the first `shared` tokens of the runs, never more than the line."""
    if not shared:
        return {}
    all_of: Counter[str] = Counter()
    first: Counter[str] = Counter()
    left = shared
    for name, tokens in runs:
        first[name] += min(tokens, left)
        all_of[name] += tokens
        left -= min(tokens, left)
    shares = {name: round(lines.get(name, 0) * first[name] / all_of[name]) for name in first if first[name]}
    return {name: tokens for name, tokens in shares.items() if tokens > 0}
