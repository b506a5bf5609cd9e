"""What a cassette holds, whatever file format it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..records import Request, Response


@dataclass(frozen=True, slots=True)
class Recording:
    """A request and what came back for it: a response, a transport failure, or a response cut short by a failure.

    `failure` is `module.Class: message`. `events` places it among the other calls of the test: the numbers, counted
    from 1 over the whole cassette, at which its request was sent and its response finished; None where the format
    does not tell, so that it follows the one before.
    """

    request: Request
    response: Response | None = None
    failure: str | None = None
    tag: str | None = None
    events: tuple[int, int] | None = None


class Recorded(NamedTuple):
    """A whole cassette: its recordings in order, and the texts of each layer that was declared, the newest first."""

    recordings: list[Recording]
    layers: Mapping[str, tuple[str, ...]]
