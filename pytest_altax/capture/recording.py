"""One entry of a cassette, whatever file format it was read from."""

from __future__ import annotations

from dataclasses import dataclass

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
