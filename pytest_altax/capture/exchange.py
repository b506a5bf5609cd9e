"""One call on a tape, from its request to its end: replayed from a recording, or live and being recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from ..meters.sessions import is_sampling
from ..records import Interaction, Request, Response
from .coding import decode_pieces
from .recording import Recording
from .secrets.redact import Redactor

# An SDK that is told to wait 0 s takes its own back-off of half a second and more; one that is told 1 ms does not.
_NO_WAIT = {"retry-after": "0", "retry-after-ms": "1"}
_RETRIED = frozenset({408, 409, 429})
# The last event of OpenAI's streams: its SDK leaves there, a few bytes before the end of the body.
_DONE = b"data: [DONE]"


class Exchange:
    """A call. Whoever makes it live tells what came: `answered`, `chunk`..., then `finish`, or `fail`.

    `recording` is what is to be replayed, None for a live call; `number` its place in the cassette. `stale` says that
    the recording answered another request. `replaces` is the number of the recording that a live call supersedes.
    `started` and `ended` count the events of the tape; `ended` is 0 while the call goes on.
    """

    __slots__ = (
        "_chunks",
        "_complete",
        "_encoding",
        "_gaps",
        "_head",
        "_in_one_piece",
        "_last",
        "_redactor",
        "_tick",
        "ended",
        "failure",
        "number",
        "recording",
        "replaces",
        "request",
        "session",
        "stale",
        "started",
        "tag",
    )

    def __init__(
        self,
        request: Request,
        tick: Callable[[], int],
        redactor: Redactor,
        *,
        tag: str | None = None,
        session: str = "",
    ) -> None:
        self.request = request
        self.tag = tag
        self.session = session
        self.recording: Recording | None = None
        self.number: int | None = None
        self.stale = False
        self.replaces: int | None = None
        self.started = tick()
        self.ended = 0
        self.failure: str | None = None
        self._tick = tick
        self._redactor = redactor
        self._head: Response | None = None
        self._encoding = ""
        self._in_one_piece = False
        self._chunks: list[bytes] = []
        self._gaps: list[float] = []
        self._last = 0.0
        self._complete = False

    def replay(self, recording: Recording, number: int, *, stale: bool = False) -> None:
        """Make it a replay of a recording; nothing more will be told."""
        self.recording, self.number, self.stale = recording, number, stale
        if self.request == recording.request:
            # one copy of a long body instead of two
            self.request = recording.request
        self.ended = self._tick()

    def answered(self, status: int, headers: Iterable[tuple[str, str]], reason: str) -> None:
        """The status line and the headers have come."""
        pairs = [(name.lower(), value) for name, value in headers]
        self._encoding = next((value for name, value in pairs if name == "content-encoding"), "")
        self._in_one_piece = any(name == "content-length" for name, _ in pairs)
        self._head = Response(status, self._redactor.headers(pairs), b"", reason)
        self._last = time.monotonic()

    def chunk(self, data: bytes) -> None:
        """A piece of the body has come, as it was on the wire."""
        now = time.monotonic()
        self._chunks.append(data)
        self._gaps.append(now - self._last)
        self._last = now

    def finish(self, *, complete: bool = True) -> None:
        """The body has ended, or (not `complete`) the client left before it did. Only the first call counts."""
        if not self.ended:
            self._complete = complete or _DONE in b"".join(self._chunks[-2:])
            self.ended = self._tick()

    def fail(self, failure: str) -> None:
        """The transport failed: before the response, or in the middle of its body."""
        if not self.ended:
            self.failure = self._redactor.text(failure)
            self.ended = self._tick()

    @property
    def live(self) -> bool:
        """Whether it is recorded rather than replayed."""
        return self.recording is None

    @property
    def came_to_something(self) -> bool:
        """Whether there is anything to show of it yet: a response, perhaps unfinished, or a failure."""
        return self.recording is not None or self._head is not None or self.failure is not None

    def response(self) -> Response | None:
        """The response: of the recording, or as far as it has come."""
        if self.recording is not None:
            return self.recording.response
        head = self._head
        if head is None:
            return None
        headers, pieces = head.headers, decode_pieces(self._chunks, self._encoding)
        if pieces is None:
            pieces, headers = list(self._chunks), (*headers, ("content-encoding", self._encoding))
        chunks, gaps = ((), ()) if self._in_one_piece else _joined(pieces, self._gaps)
        response = Response(head.status, headers, b"".join(pieces), head.reason, chunks, gaps, self._complete)
        return self._redactor.response(response)

    def as_recording(self) -> Recording:
        """What a cassette keeps of a live call."""
        session = self.session if is_sampling(self.session) else None
        return Recording(self.request, self.response(), self.failure, self.tag, session=session)

    def interaction(self, events: tuple[int, int]) -> Interaction:
        """What the tape shows of it, under the event numbers it is to have."""
        recording = self.recording
        return Interaction(
            request=self.request,
            response=self.response(),
            failure=self.failure if recording is None else recording.failure,
            recorded=recording.request if recording and self.stale else None,
            tag=self.tag,
            session=self.session,
            started=events[0],
            ended=events[1],
            replayed=recording is not None,
            recording=self.number,
        )


def replayed_headers(response: Response, *, may_retry: bool = True) -> list[tuple[str, str]]:
    """The headers to hand out with a replayed response: nobody is to wait before trying again.

    Not `may_retry` for a client that would try again only because it is told when (urllib3).
    """
    headers = [(name, _NO_WAIT.get(name, value)) for name, value in response.headers]
    if may_retry and (response.status >= 500 or response.status in _RETRIED):
        known = {name for name, _ in headers}
        headers += [pair for pair in _NO_WAIT.items() if pair[0] not in known]
    return headers


def replayed_chunks(response: Response) -> list[bytes]:
    """The body of a replayed response in the pieces in which it came."""
    body, pieces, start = response.body, [], 0
    for size in response.chunks:
        pieces.append(body[start : start + size])
        start += size
    return [*pieces, body[start:]] if start < len(body) else pieces


def _joined(pieces: list[bytes], gaps: list[float]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Sizes and gaps (seconds, to a tenth of a millisecond) of the pieces that hold anything; none for a single one."""
    sizes, waits, waited = [], [], 0.0
    for piece, gap in zip(pieces, gaps, strict=True):
        waited += gap
        if piece:
            sizes.append(len(piece))
            waits.append(round(waited, 4))
            waited = 0.0
    return (tuple(sizes), tuple(waits)) if len(sizes) > 1 else ((), ())
