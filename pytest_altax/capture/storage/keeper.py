"""Saving what a tape recorded into its cassette, with what others have put there in the meantime."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import CassetteError
from ..recording import Recorded, Recording, fingerprint, numbered, settled
from . import cassette, shelf
from .saving import locked, write_whole

Layers = Mapping[str, Sequence[str]]


class Take(NamedTuple):
    """What a tape wants in its cassette: its calls, the recordings it did not use, and the texts of layers.

    All have events. `new` of the `calls` are not in the file yet. Texts of the first of `layers` come first.
    """

    calls: Sequence[Recording]
    unused: Sequence[Recording]
    new: int
    layers: Sequence[Layers]
    header: Mapping[str, Any]


class Keeper:
    """Saves the takes of one tape. `known` are the recordings that it answers for, `digest` the file they were in.

    All else that is in the file when it is written stays: others have put it there. `check` may refuse what is to be
    written by raising CassetteError.
    """

    def __init__(
        self,
        path: Path,
        known: Sequence[Recording],
        digest: bytes | None,
        *,
        replacing: bool,
        check: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._known = known
        self._digest = digest
        # in mode all the old cassette need not be readable
        self._replacing = replacing
        self._check = check
        self._saved = False

    def save(self, take: Take) -> None:
        """Write the cassette under its lock. Raises CassetteError, which says what was kept; the old file is whole."""
        found: Recorded | None = None
        try:
            self._check_name()
            with locked(self._path):
                now = self._now()
                found = now.recorded if now else None
                others, unused = self._merged(take, now)
                layers = [*take.layers, found.layers] if found and others else take.layers
                together = numbered([others, take.calls, unused])
                data = cassette.dump(together, take.header, joined(layers))
                self._check(data)
                write_whole(self._path, data)
        except (OSError, CassetteError) as error:
            raise self._failed(error, found, take.new) from error
        self._known, self._saved = [*take.calls, *unused], True

    def _check_name(self) -> None:
        try:
            self._check(os.fsencode(self._path.name))
        except CassetteError as error:
            fix = "give the parameter of the test a name of its own: pytest.param(..., id='a name')"
            raise CassetteError("its name holds a likely secret", fix=fix) from error

    def _now(self) -> shelf.Snapshot | None:
        try:
            return shelf.snapshot(self._path)
        except CassetteError:
            if self._replacing:
                return None
            raise

    def _merged(self, take: Take, now: shelf.Snapshot | None) -> tuple[Sequence[Recording], Sequence[Recording]]:
        """What others have put into the file since it was read, and what this tape did not use and is still to stay."""
        if now is None or (now.digest == self._digest and not self._saved):
            return [], take.unused
        there = self._there(now.recorded)
        known = Counter(map(fingerprint, self._known))
        others = [one for one, print_ in there if not _taken(known, print_)]
        left = Counter(print_ for _, print_ in there)
        # what somebody else replaced or removed is not put back, unless this tape played it
        return others, [one for one in take.unused if _taken(left, fingerprint(one))]

    def _there(self, recorded: Recorded) -> list[tuple[Recording, bytes]]:
        try:
            return [(one, fingerprint(one)) for one in settled(enumerate(recorded.recordings))]
        except CassetteError:
            if self._replacing:
                return []
            raise

    def _failed(self, error: Exception, found: Recorded | None, new: int) -> CassetteError:
        facts = [error.what, *error.facts] if isinstance(error, CassetteError) else [str(error)]
        kept = "no recording was there before"
        if found is not None:
            there = len(found.recordings)
            kept = f"the {there} recordings that were there are kept" if there != 1 else "the 1 that was there is kept"
        elif os.path.exists(self._path):
            kept = "the file is kept as it was"
        lost = f"the {new} new ones of this test are not saved" if new != 1 else "1 new one of this test is not saved"
        fix = error.fix if isinstance(error, CassetteError) else "make room or give leave to write, then record again"
        return CassetteError(f"{self._path} cannot be written: {kept}; {lost}", facts=facts, fix=fix)


def _taken(counts: Counter[bytes], one: bytes) -> bool:
    """Take one of a kind away; whether there was one."""
    counts[one] -= 1
    return counts[one] >= 0


def joined(layers: Iterable[Layers]) -> dict[str, list[str]]:
    """The texts of each layer, each once, in the order in which they are told."""
    texts: dict[str, list[str]] = {}
    for told in layers:
        for name, new in told.items():
            kept = texts.setdefault(name, [])
            kept.extend(text for text in new if text not in kept)
    return texts
