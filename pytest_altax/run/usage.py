"""Which recordings none of the tests played."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from ..capture import RecordMode, Tape
from ..capture.storage.file_digest import file_digest
from ..errors import CassetteError
from ..report.model import CassetteUse, TestResult, UnusedRecordings
from ..report.safe import plain
from .project import Project

_MOST_TOLD = 3
_MOST_CASSETTES = 5
_PROMPT = 60
_RAN = ("passed", "xfailed", "xpassed")


class Unplayed:
    """The recordings that no test played, of tests that come one by one, sorted by id.

    `idle` are the cassettes of which any of them has left something unplayed. Cassettes that were written in this run
    tell nothing, nor do those that are shared in a run that is not whole.
    """

    def __init__(self, run: Project, idle: Collection[str], *, whole: bool) -> None:
        self._run, self._idle, self._whole = run, idle, whole
        self._opened: dict[str, _Opened] = {}

    def add(self, test: TestResult) -> None:
        """Look at the cassettes of a test."""
        for use in test.cassettes:
            if use.path in self._idle:
                telling = test.outcome in _RAN and (self._whole or not use.shared)
                self._opened.setdefault(use.path, _Opened(use)).add(use, telling)

    def found(self) -> tuple[UnusedRecordings, ...]:
        """The recordings, by cassette; reads the cassettes."""
        found: list[UnusedRecordings] = []
        for path, opened in sorted(self._opened.items()):
            unused = sorted(opened.unused)
            if unused and opened.digests == {file_digest(self._run.root / path)}:
                told = _told(self._run, path, unused) if len(found) < _MOST_CASSETTES else ()
                found.append(UnusedRecordings(path, opened.recordings, tuple(unused), told))
        return tuple(found)


class _Opened:
    """What the tests so far that opened a cassette have not played of it; nothing where one of them does not tell."""

    def __init__(self, first: CassetteUse) -> None:
        self.unused = set(first.unused)
        self.recordings = first.recordings
        self.digests: set[str | None] = set()

    def add(self, use: CassetteUse, telling: bool) -> None:
        self.unused &= set(use.unused) if telling else set()
        self.digests.add(use.digest)


def _told(run: Project, path: str, unused: Sequence[int]) -> tuple[str, ...]:
    """What the first of them were recorded for; nothing when the file no longer loads."""
    settings = dataclasses.replace(run.settings.capture, mode=RecordMode.NONE)
    try:
        tape = run.engine.tape(run.root / path, settings)
        return tuple(_one(tape, number) for number in unused[:_MOST_TOLD])
    except (CassetteError, IndexError):
        return ()


def _one(tape: Tape, number: int) -> str:
    one = tape.recorded(number)
    prompt = f", “{plain(one.prompt, _PROMPT)}”" if one.prompt else ""
    return f"{number}: {plain(one.model or f'{one.method} {one.url}', 80)}{prompt}"
