"""The message of a call that has no recording: which call, which recording is nearest, what differs, how to fix it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import UnmatchedCall
from ..providers import drift
from ..records import Call, Request
from .differ import distance, printable, short_diff
from .index import Index
from .standin import StandIns

_MOST_COMPARED = 500
_ADD = "pytest --altax --altax-record=new_episodes records what is missing, --altax-record=all the whole test again"


class Explainer:
    """Writes the errors of one tape. `source` is the file that was read, None when there is none."""

    def __init__(self, path: Path, source: Path | None, index: Index, standins: StandIns) -> None:
        self.path = path
        self.source = source
        self._index = index
        self._standins = standins

    def no_cassette(self, request: Request, tag: str | None) -> UnmatchedCall:
        """Nothing was ever recorded for this test."""
        what = f"no recording for {self._name(self._standins.call(request, tag), request)}"
        facts = [f"the cassette {self.path} does not exist"]
        return UnmatchedCall(what, facts=facts, fix="record it: pytest --altax --altax-record=once")

    def used_up(self, request: Request, tag: str | None, numbers: Sequence[int], *, same: bool) -> UnmatchedCall:
        """There are recordings of this very request (`same`), or of its task, but all were played."""
        whose = "its" if same else "its task's"
        played = f"{len(numbers)} recordings were all played" if len(numbers) > 1 else "1 recording was played"
        what = f"no recording is left for {self._name(self._standins.call(request, tag), request)}: {whose} {played}"
        return UnmatchedCall(what, facts=[self._cassette()], fix=_ADD)

    def ambiguous(self, request: Request, tag: str | None, numbers: Sequence[int]) -> UnmatchedCall:
        """Several recordings of its task are equally near and answer differently."""
        first, second = numbers[:2]
        what = f"no one recording for {self._name(self._standins.call(request, tag), request)}"
        requests = (self._index.recordings[number].request for number in (first, second))
        facts = [
            self._cassette(),
            f"recordings {first} and {second} are of its task and equally near, with different answers",
            f"recording {first} against recording {second}:",
            *(f"  {line}" for line in short_diff(*requests)),
        ]
        fix = f"put what differs from run to run (dates, ids) in match.ignore; {_ADD}"
        return UnmatchedCall(what, facts=facts, fix=fix)

    def unmatched(self, request: Request, tag: str | None) -> UnmatchedCall:
        """No recording is of this request or its task."""
        live = self._standins.call(request, tag)
        facts = [self._cassette(), *self._nearest(request, live)]
        return UnmatchedCall(f"no recording for {self._name(live, request)}", facts=facts, fix=_ADD)

    def _cassette(self) -> str:
        total, left = len(self._index.recordings), len(self._index.left())
        return f"in {self.source or self.path}, {total} recordings, {left} not played"

    def _nearest(self, request: Request, live: Call) -> list[str]:
        recordings = self._index.recordings
        if not recordings:
            return []
        ranked = [
            (distance(recordings[number].request, request), number in self._index.played, number)
            for number in range(min(len(recordings), _MOST_COMPARED))
        ]
        number = min(ranked)[2]
        nearest, recorded = recordings[number].request, self._standins.recorded(number)
        played = ", already played" if number in self._index.played else ""
        changes = ", ".join(drift.changes(recorded, live)) if recorded.endpoint == live.endpoint else ""
        lines = [f"nearest: recording {number}, {self._name(recorded, nearest)}{played}"]
        lines += [f"what differs: {changes}"] if changes else ["what differs:"]
        return lines + [f"  {line}" for line in short_diff(nearest, request)]

    def _name(self, call: Call, request: Request) -> str:
        model = f" ({printable(call.model)})" if call.model else ""
        return f"{printable(request.method)} {printable(request.url)}{model}"
