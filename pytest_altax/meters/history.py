"""What a session has sent and been answered before, so that the same content is known when it is sent again."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from ..text.shingles import covered, joined, may_cover
from .pieces import Piece, Texts

Span = tuple[int, int]
_SEVERAL = "*"


class History:
    """The content of a session's earlier untagged calls. Content of a call's own prompt group is never `resent`.

    Whole pieces that come in the same order as in one earlier call and its answer are recognised at any length, all
    else by windows of 32 tokens. Cheap for long chats: a call that a later one continues is kept inside that one.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._frontier: list[_Sequence] = []
        self._owners: dict[str, str] = {}
        self._log: list[tuple[str, str]] = []
        self._windows: dict[str | None, _Windows] = defaultdict(_Windows)
        self._asked: tuple[str | None, str, int] | None = None
        self._others = ""

    def whole(self, keys: Sequence[str], group: str) -> set[int]:
        """The numbers of the pieces that stand in the same order in the earlier call with most of them."""
        best: list[int] = []
        for sequence in self._candidates(self._frontier, group, frozenset(keys)):
            matched = sequence.match(keys)
            if len(matched) > len(best):
                best = matched
        return set(best)

    def spans(self, piece: Piece, model: str | None, group: str) -> list[Span]:
        """The token spans of a piece that lie in windows sent or answered before."""
        others, text = self._spelled(model, group), self._texts.get(piece.text, model)
        if not others or not may_cover(text.spelled, others):
            return []
        windows = self._windows[model]
        windows.update(self._log, self._texts, model)
        return covered(text.windows, windows.outside(group))

    def _spelled(self, model: str | None, group: str) -> str:
        """The tokens of all that calls of other groups sent, as characters."""
        asked = model, group, len(self._log)
        if self._asked != asked:
            self._asked = asked
            self._others = joined(self._texts.get(text, model).spelled for text, own in self._log if own != group)
        return self._others

    def add(self, pieces: Iterable[Piece], answers: Iterable[tuple[str, str]], group: str) -> None:
        """Take note of a call: its content pieces and the (key, text) of its answers."""
        sent = [(piece.key, piece.text) for piece in pieces if piece.key]
        known = [*sent, *answers]
        if known:
            self._add_sequence(_Sequence(tuple(key for key, _ in known), group))
        for _, text in known:
            owner = self._owners.setdefault(text, "")
            if owner not in (group, _SEVERAL):
                self._owners[text] = _SEVERAL if owner else group
                self._log.append((text, group))

    def _add_sequence(self, new: _Sequence) -> None:
        kept = []
        for old in self._frontier:
            if old.keys == new.keys[: len(old.keys)]:
                # A candidate for the same groups as the new one, it would never be looked at again.
                new.continues += old.continues if old.group == new.group else [old]
                old.forget_places()
            else:
                kept.append(old)
        self._frontier = [*kept, new]

    def _candidates(self, sequences: Iterable[_Sequence], group: str, keys: Collection[str]) -> Iterator[_Sequence]:
        for sequence in sequences:
            if sequence.group == group:
                yield from self._candidates(sequence.continues, group, keys)
            elif not sequence.places.keys().isdisjoint(keys):
                yield sequence


class _Sequence:
    """The keys of one call and its answers in order, and the earlier calls that it continues."""

    __slots__ = ("_places", "continues", "group", "keys")

    def __init__(self, keys: tuple[str, ...], group: str) -> None:
        self.keys, self.group = keys, group
        self.continues: list[_Sequence] = []
        self._places: dict[str, list[int]] | None = None

    @property
    def places(self) -> dict[str, list[int]]:
        """The places of each key."""
        if self._places is None:
            self._places = defaultdict(list)
            for place, key in enumerate(self.keys):
                self._places[key].append(place)
        return self._places

    def forget_places(self) -> None:
        """Free what can be made again."""
        self._places = None

    def match(self, keys: Sequence[str]) -> list[int]:
        """The numbers of those of `keys` found in this sequence, each at the first place behind the one before."""
        at, matched = -1, []
        for number, key in enumerate(keys):
            places = self.places.get(key, ()) if key else ()
            following = bisect_right(places, at)
            if following < len(places):
                at = places[following]
                matched.append(number)
        return matched


class _Windows:
    """The windows of all texts of a session in one model's tokens, with the prompt group that sent each."""

    def __init__(self) -> None:
        self._owner: dict[int, str] = {}
        self._groups: set[str] = set()
        self._outside: tuple[str, set[int]] | None = None
        self._read = 0

    def update(self, log: Sequence[tuple[str, str]], texts: Texts, model: str | None) -> None:
        """Take in the entries (text, group) that are new since the last time."""
        if len(log) > self._read:
            self._outside = None
        for text, group in log[self._read :]:
            self._groups.add(group)
            for window in texts.get(text, model).windows:
                if self._owner.setdefault(window, group) != group:
                    self._owner[window] = _SEVERAL
        self._read = len(log)

    def outside(self, group: str) -> Collection[int]:
        """The windows that a call of another group sent."""
        if group not in self._groups:
            return self._owner
        if self._outside is None or self._outside[0] != group:
            self._outside = group, {window for window, owner in self._owner.items() if owner != group}
        return self._outside[1]
