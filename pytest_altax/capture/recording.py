"""What a cassette holds, whatever file format it was read from."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from ..records import Headers, Request, Response


@dataclass(frozen=True, slots=True)
class Recording:
    """A request and what came back for it: a response, a transport failure, or a response cut short by a failure.

    `failure` is `module.Class: message`. `events` places it among the other calls of the test: the numbers, counted
    from 1 over the whole cassette, at which its request was sent and its response finished; None where the format
    does not tell, so that it follows the one before. `session` is that of a sample, None for any other.
    """

    request: Request
    response: Response | None = None
    failure: str | None = None
    tag: str | None = None
    events: tuple[int, int] | None = None
    session: str | None = None


class Recorded(NamedTuple):
    """A whole cassette: its recordings in order, the texts of each layer that was declared (the newest first).

    `recordings` of a large file are read when they are asked for. `header` tells when and with what it was recorded.
    """

    recordings: Sequence[Recording]
    layers: Mapping[str, tuple[str, ...]]
    header: Mapping[str, Any] = MappingProxyType({})


def events_of(recording: Recording, place: int) -> tuple[int, int]:
    """Its events; those of a call that follows the one before it where it has none, `place` counted from 0."""
    return recording.events or (2 * place + 1, 2 * place + 2)


def settled(recordings: Iterable[tuple[int, Recording]]) -> list[Recording]:
    """Recordings with the events that they have at their places, counted from 0, in the cassette they come from."""
    return [dataclasses.replace(one, events=events_of(one, place)) for place, one in recordings]


def numbered(groups: Iterable[Sequence[Recording]]) -> list[Recording]:
    """Groups of settled recordings in one cassette: events counted from 1 without holes, one group after the other."""
    together: list[Recording] = []
    for group in groups:
        ticks = sorted((tick, place) for place, one in enumerate(group) for tick in one.events or ())
        ranks: dict[int, list[int]] = {}
        for rank, (_, place) in enumerate(ticks, 2 * len(together) + 1):
            ranks.setdefault(place, []).append(rank)
        events = [(ranks[place][0], ranks[place][1]) for place in range(len(group))]
        together += [dataclasses.replace(one, events=pair) for one, pair in zip(group, events, strict=True)]
    return together


def fingerprint(recording: Recording) -> bytes:
    """Equal for recordings of the same content, wherever they stand (`events` do not count)."""
    digest = hashlib.blake2b(digest_size=16)
    for piece in _pieces(recording):
        digest.update(b"%d:" % len(piece))
        digest.update(piece)
    return digest.digest()


def _pieces(recording: Recording) -> Iterator[bytes]:
    request, response = recording.request, recording.response
    told = [request.method, request.url, _spelled(request.headers), recording.failure, recording.tag]
    yield repr(told).encode()
    yield request.body
    if response is not None:
        head = [response.status, response.reason, _spelled(response.headers), response.complete]
        yield repr([*head, response.chunks, response.gaps]).encode()
        yield response.body


def _spelled(headers: Headers) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]
