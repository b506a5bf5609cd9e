"""Which recordings of a cassette are still to be played, found by the key of a request in one look-up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import cached_property

from ..records import Request
from .match import Key, Matcher
from .recording import Recording


class Index:
    """The recordings of a cassette by exact key. Each is taken once; those of one key are taken in their order.

    One that was only lent to a changed request is still there for the request that it was recorded for, once.
    """

    def __init__(self, recordings: Sequence[Recording], matcher: Matcher) -> None:
        self.recordings = recordings
        self.matcher = matcher
        self.played: set[int] = set()
        # keys of recordings that a live request matched exactly: the app still makes these requests
        self.asked: set[Key] = set()
        # recordings that stood in for a changed request and were not played exactly since
        self._lent: set[int] = set()

    @cached_property
    def keys(self) -> list[Key]:
        """The key of each recording."""
        return [self.matcher.key(recording.request) for recording in self.recordings]

    @cached_property
    def _numbers(self) -> dict[Key, deque[int]]:
        return _grouped(self.keys)

    @cached_property
    def _elsewhere(self) -> dict[Key, deque[int]]:
        """The same with every origin left out: a request recorded from another host is the same request."""
        return _grouped(Key("", key.what) for key in self.keys)

    @cached_property
    def _origins(self) -> set[str]:
        return {key.origin for key in self.keys}

    @cached_property
    def _counts(self) -> dict[Key, int]:
        groups = (self._numbers, self._elsewhere)
        return {key: len(numbers) for group in groups for key, numbers in group.items()}

    def key(self, request: Request) -> Key:
        """The key under which a request is looked up: without its origin when the cassette knows no such origin."""
        key = self.matcher.key(request)
        return key if key.origin in self._origins else Key("", key.what)

    def take(self, key: Key) -> int | None:
        """The number of the next recording of a key, from 0; None when there is none, or none left."""
        counts = self._counts
        if key not in counts:
            return None
        numbers = (self._numbers if key.origin else self._elsewhere)[key]
        while numbers:
            number = numbers.popleft()
            if number not in self.played:
                self.played.add(number)
                self.asked.add(self.keys[number])
                return number
        return self._take_lent(key)

    def _take_lent(self, key: Key) -> int | None:
        number = next((number for number in self.numbers(key) if number in self._lent), None) if self._lent else None
        if number is not None:
            self._lent.remove(number)
            self.asked.add(self.keys[number])
        return number

    def take_stale(self, key: Key) -> int | None:
        """The next recording of a recorded key, for a request that has changed since."""
        number = next((number for number in self._numbers[key] if number not in self.played), None)
        if number is not None:
            self.played.add(number)
            self._lent.add(number)
        return number

    def count(self, key: Key) -> int:
        """How many recordings of a key there are, played or not."""
        return self._counts.get(key, 0)

    def numbers(self, key: Key) -> list[int]:
        """The numbers of all recordings of a key, played or not."""
        same = (number for number, one in enumerate(self.keys) if one.what == key.what)
        return [number for number in same if not key.origin or self.keys[number].origin == key.origin]

    def left(self) -> list[int]:
        """The numbers that were not played, in order."""
        return [number for number in range(len(self.recordings)) if number not in self.played]


def _grouped(keys: Iterable[Key]) -> dict[Key, deque[int]]:
    groups: dict[Key, deque[int]] = {}
    for number, key in enumerate(keys):
        groups.setdefault(key, deque()).append(number)
    return groups
