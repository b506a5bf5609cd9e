"""The message of a call that has no recording: which call, which recording is nearest, what differs, how to fix it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ...errors import UnmatchedCall
from ...meters.sessions import sample_number
from ...providers import drift
from ...records import Call, Request
from .differ import distance, printable, short_diff
from .index import Index
from .match import Matcher
from .standin import StandIns
from .volatile import proposals, toml_line

_MOST_COMPARED = 500
_ADD = "pytest --altax --altax-record=new_episodes records what is missing, --altax-record=all the whole test again"


class Explainer:
    """Writes the errors of one tape. `source` is the file that was read, None when there is none."""

    def __init__(self, path: Path, source: Path | None, index: Index, standins: StandIns) -> None:
        self.path = path
        self.source = source
        self._index = index
        self._standins = standins
        self._merging: dict[tuple[str, ...], bool] = {}

    def proposed(self, old: Request, new: Request) -> tuple[str, ...]:
        """The patterns to ignore under which a live request is the recorded one; none where two recordings would be."""
        patterns = proposals(old, new, self._index.matcher.ignore)
        if patterns and patterns not in self._merging:
            matcher, count = self._matcher(patterns), min(len(self._index.recordings), _MOST_COMPARED)
            now = {matcher.key(self._index.recordings[number].request) for number in range(count)}
            self._merging[patterns] = len(now) < len(set(self._index.keys[:count]))
        return () if patterns and self._merging[patterns] else patterns

    def _matcher(self, patterns: Sequence[str]) -> Matcher:
        return Matcher((*self._index.matcher.ignore, *map(re.compile, patterns)))

    def _ignoring(self, patterns: Sequence[str]) -> str:
        every = [*(pattern.pattern for pattern in self._index.matcher.ignore), *patterns]
        return f"they differ in what changes by itself; ignore it in [tool.pytest-altax]: {toml_line(every)}"

    def no_cassette(self, request: Request, tag: str | None) -> UnmatchedCall:
        """Nothing was ever recorded for this test."""
        what = f"no recording for {self._name(self._standins.call(request, tag), request)}"
        facts = [f"the cassette {self.path} does not exist"]
        return UnmatchedCall(what, facts=facts, fix="record it: pytest --altax --altax-record=once")

    def used_up(
        self, request: Request, tag: str | None, numbers: Sequence[int], *, same: bool, session: str = ""
    ) -> UnmatchedCall:
        """There are recordings of this very request (`same`), or of its task, but all were played.

        `session` is that of the call: a sample that has none left tells how many samples are recorded.
        """
        whose = "its" if same else "its task's"
        played = f"{len(numbers)} recordings were all played" if len(numbers) > 1 else "1 recording was played"
        what = f"no recording is left for {self._name(self._standins.call(request, tag), request)}: {whose} {played}"
        sample = sample_number(session)
        if not sample:
            return UnmatchedCall(what, facts=[self._cassette()], fix=_ADD)
        recorded = f"{sample} sample{'s are' if sample > 1 else ' is'} recorded, and altax.sample asks for more"
        fix = f"{_ADD}; or ask for no more: n={sample} or --altax-samples={sample}"
        return UnmatchedCall(what, facts=[recorded, self._cassette()], fix=fix)

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
        patterns = proposals(self._index.recordings[first].request, request, self._index.matcher.ignore)
        keys = {self._matcher(patterns).key(self._index.recordings[number].request).what for number in numbers}
        if patterns and len(keys) == 1:
            return UnmatchedCall(what, facts=facts, fix=self._ignoring(patterns))
        fix = f"put what differs from run to run (dates, ids) in match.ignore; {_ADD}"
        return UnmatchedCall(what, facts=facts, fix=fix)

    def unmatched(self, request: Request, tag: str | None) -> UnmatchedCall:
        """No recording is of this request or its task."""
        live = self._standins.call(request, tag)
        number = self._nearest(request)
        facts, fix = [self._cassette()], _ADD
        if number is not None:
            facts += self._compared(number, request, live)
            patterns = self.proposed(self._index.recordings[number].request, request)
            fix = f"{self._ignoring(patterns)}; or {_ADD}" if patterns else _ADD
        return UnmatchedCall(f"no recording for {self._name(live, request)}", facts=facts, fix=fix)

    def _cassette(self) -> str:
        total, left = len(self._index.recordings), len(self._index.left())
        return f"in {self.source or self.path}, {total} recordings, {left} not played"

    def _nearest(self, request: Request) -> int | None:
        recordings = self._index.recordings
        ranked = [
            (distance(recordings[number].request, request), number in self._index.played, number)
            for number in range(min(len(recordings), _MOST_COMPARED))
        ]
        return min(ranked)[2] if ranked else None

    def _compared(self, number: int, request: Request, live: Call) -> list[str]:
        recordings = self._index.recordings
        nearest, recorded = recordings[number].request, self._standins.recorded(number)
        played = ", already played" if number in self._index.played else ""
        changes = ", ".join(drift.changes(recorded, live)) if recorded.endpoint == live.endpoint else ""
        lines = [f"nearest: recording {number}, {self._name(recorded, nearest)}{played}"]
        lines += [f"what differs: {changes}"] if changes else ["what differs:"]
        return lines + [f"  {line}" for line in short_diff(nearest, request)]

    def _name(self, call: Call, request: Request) -> str:
        model = f" ({printable(call.model)})" if call.model else ""
        return f"{printable(request.method)} {printable(request.url)}{model}"
