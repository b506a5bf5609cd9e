"""Which recordings of a cassette are still to be played, found by the key of a request in one look-up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ...errors import CassetteError
from ...records import Request
from ..recording import Recording
from .match import Key, Matcher


class _Group:
    """The recordings of one key: their numbers in order, and how many of them are known to be played."""

    __slots__ = ("numbers", "passed")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.passed = 0

    def next(self, played: set[int]) -> int | None:
        """The first that was not played; none before it ever will be again."""
        while self.passed < len(self.numbers) and self.numbers[self.passed] in played:
            self.passed += 1
        return self.numbers[self.passed] if self.passed < len(self.numbers) else None


class Index:
    """The recordings of a cassette by exact key. Each is taken once; those of one key are taken in their order.

    One that was only lent to a changed request is still there for the request that it was recorded for, once.
    `keys` are those of the recordings.
    """

    def __init__(self, recordings: Sequence[Recording], matcher: Matcher, keys: Sequence[Key]) -> None:
        self.recordings = recordings
        self.matcher = matcher
        self.keys = keys
        self.played: set[int] = set()
        # keys of recordings that a live request matched exactly: the app still makes these requests
        self.asked: set[Key] = set()
        # recordings that stood in for a changed request and were not played exactly since
        self._lent: set[int] = set()
        # the session of each recording that was asked for its own
        self._sessions: dict[int, str | None] = {}

    @cached_property
    def _groups(self) -> dict[Key, _Group]:
        """The recordings of each key, and those of each key without its origin: from another host it is the same."""
        groups: dict[Key, _Group] = {}
        for number, key in enumerate(self.keys):
            for one in (key, Key("", key.what)) if key.origin else (key,):
                groups.setdefault(one, _Group()).numbers.append(number)
        return groups

    @cached_property
    def _origins(self) -> set[str]:
        return {key.origin for key in self.keys}

    def key(self, request: Request) -> Key:
        """The key under which a request is looked up: without its origin when the cassette knows no such origin."""
        key = self.matcher.key(request)
        return key if key.origin in self._origins else Key("", key.what)

    def take(self, key: Key, session: str | None = None) -> int | None:
        """The number of the next recording of a key, from 0; None when there is none, or none left.

        Of a sample it is the next one that was recorded in its own `session`, where one was: samples that are taken
        side by side are in another order each time.
        """
        group = self._groups.get(key)
        number = None if group is None else group.next(self.played)
        if number is None:
            return self._take_lent(key)
        if session is not None and self._session(number) not in (None, session):
            number = self._of_session(self.numbers(key), session, number)
        self.played.add(number)
        self.asked.add(self.keys[number])
        return number

    def _of_session(self, numbers: Sequence[int], session: str, otherwise: int) -> int:
        left = (number for number in numbers if number not in self.played)
        return next((number for number in left if self._session(number) == session), otherwise)

    def _session(self, number: int) -> str | None:
        if number not in self._sessions:
            try:
                self._sessions[number] = self.recordings[number].session
            except CassetteError:  # whoever plays it tells
                self._sessions[number] = None
        return self._sessions[number]

    def _take_lent(self, key: Key) -> int | None:
        number = next((number for number in self.numbers(key) if number in self._lent), None) if self._lent else None
        if number is not None:
            self._lent.remove(number)
            self.asked.add(self.keys[number])
        return number

    def take_stale(self, key: Key) -> int | None:
        """The next recording of a recorded key, for a request that has changed since."""
        number = self._groups[key].next(self.played)
        if number is not None:
            self.played.add(number)
            self._lent.add(number)
        return number

    def count(self, key: Key) -> int:
        """How many recordings of a key there are, played or not."""
        return len(self.numbers(key))

    def numbers(self, key: Key) -> Sequence[int]:
        """The numbers of all recordings of a key, played or not."""
        group = self._groups.get(key)
        return () if group is None else group.numbers

    def left(self) -> list[int]:
        """The numbers that were not played, in order."""
        return [number for number in range(len(self.recordings)) if number not in self.played]
