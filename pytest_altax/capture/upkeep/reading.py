"""The interactions that a cassette holds, as a test that replays it in order would make them."""

from __future__ import annotations

from pathlib import Path

from ...records import Interaction
from ..recording import Recorded, events_of
from ..storage import store


def interactions(path: Path) -> tuple[Interaction, ...]:
    """What was recorded in a file of whichever format, in its order. Raises CassetteError."""
    return as_interactions(store.read(path))


def as_interactions(recorded: Recorded) -> tuple[Interaction, ...]:
    """The recordings of a cassette, each played for the request that it was recorded for."""
    found = []
    for place, one in enumerate(recorded.recordings):
        started, ended = events_of(one, place)
        found.append(
            Interaction(
                one.request,
                one.response,
                one.failure,
                tag=one.tag,
                started=started,
                ended=ended,
                replayed=True,
                recording=place,
            )
        )
    return tuple(found)
