"""The second chance of a request that matches no recording: one of the same task, asked under another prompt or model.

What it finds is stale: the answer was given to another request, which is told with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from ...providers import drift
from ...providers.registry import ProviderRegistry
from ...records import Call, Interaction, Request
from ..settings import CaptureSettings
from .index import Index
from .match import Key


class Ambiguous(Exception):
    """Two different recorded requests are equally near and have different answers; `numbers` are their recordings."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__()
        self.numbers = tuple(numbers)


class _Rank(NamedTuple):
    asked: bool
    difference: float


class StandIns:
    """Recordings that stand in for changed requests.

    The first time a request is not found it is bound to the nearest recorded request of its task; from then on it gets
    the recordings of that one in their order, and none when they are used up. Recorded requests which the app still
    makes come last, so that their recordings stay for it. A request whose task was not recorded, or that several
    recordings are equally near to, gets the first one left that `accepts` of the settings takes.
    """

    def __init__(self, index: Index, providers: ProviderRegistry, settings: CaptureSettings) -> None:
        self._index = index
        self._providers = providers
        self._accepts = settings.accepts
        self._repeats = settings.repeats
        self._bound: dict[Key, Key] = {}
        self._calls: dict[int, Call] = {}

    def take(self, key: Key, request: Request, tag: str | None) -> int | None:
        """The number of a recording for a changed request; None when its task was not recorded or is used up.

        Raises Ambiguous.
        """
        if key not in self._bound:
            chosen = self._chosen(key, request, tag)
            if chosen is None:
                return None
            self._bound[key] = chosen
        number = self._index.take_stale(self._bound[key])
        accepted = self._accepted(request) if number is None else None
        if accepted is not None:
            number = self._index.take_stale(accepted)
        return self.again(self._bound[key]) if number is None else number

    def again(self, key: Key) -> int | None:
        """The first recording of a key, played or not, where recordings may be played more than once."""
        return self._index.numbers(key)[0] if self._repeats and self._index.count(key) else None

    def _chosen(self, key: Key, request: Request, tag: str | None) -> Key | None:
        try:
            chosen = self._choose(key, self.call(request, tag))
        except Ambiguous:
            if self._accepts is None:
                raise
            chosen = None
        return self._accepted(request) if chosen is None else chosen

    def _accepted(self, request: Request) -> Key | None:
        """The key of the first recording left that another recorder's rules would give to a request."""
        if self._accepts is None:
            return None
        taken = [n for n, one in enumerate(self._index.recordings) if self._accepts(request, one.request)]
        left = [n for n in taken if n not in self._index.played]
        first = left or (taken if self._repeats else [])
        return self._index.keys[first[0]] if first else None

    def same_task(self, key: Key, request: Request, tag: str | None) -> list[int]:
        """The numbers of all recordings that could ever have stood in for a request, played or not."""
        return self._of_task(key, self.call(request, tag))

    def call(self, request: Request, tag: str | None) -> Call:
        """A request as its provider reads it."""
        return self._providers.read(Interaction(request, tag=tag))

    def recorded(self, number: int) -> Call:
        """The request of a recording as its provider reads it."""
        if number not in self._calls:
            recording = self._index.recordings[number]
            self._calls[number] = self.call(recording.request, recording.tag)
        return self._calls[number]

    @cached_property
    def _tasks(self) -> dict[str, list[int]]:
        tasks: dict[str, list[int]] = {}
        for number in range(len(self._index.recordings)):
            tasks.setdefault(self._task(self.recorded(number)), []).append(number)
        return tasks

    def _of_task(self, key: Key, call: Call) -> list[int]:
        # A call without any turn has an empty task key: there is no task to recognise it by
        task = self._task(call)
        numbers = self._tasks.get(task, []) if task else []
        # An app that talks to two hosts compares them: only a host without recordings may get those of another
        return [number for number in numbers if not key.origin or self._index.keys[number].origin == key.origin]

    def _task(self, call: Call) -> str:
        return drift.task_key(call, self._index.matcher.ignore)

    def _choose(self, key: Key, live: Call) -> Key | None:
        keys = self._index.keys
        nearest: dict[Key, tuple[_Rank, int]] = {}
        for number in self._of_task(key, live):
            if number not in self._index.played and keys[number] not in nearest:
                asked = keys[number] in self._index.asked
                nearest[keys[number]] = (_Rank(asked, drift.difference(self.recorded(number), live)), number)
        if not nearest:
            return None
        ranked = sorted(nearest.values())
        best = [number for rank, number in ranked if rank == ranked[0][0]]
        if len({self._answer(number) for number in best}) > 1:
            raise Ambiguous(best)
        return keys[best[0]]

    def _answer(self, number: int) -> object:
        recording = self._index.recordings[number]
        response = recording.response
        return (response.status, response.body) if response else recording.failure
