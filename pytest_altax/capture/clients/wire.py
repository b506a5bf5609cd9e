"""HTTP/1.1 responses as bytes: read while a client receives one, and written again for the client's own parser.

Replaying bytes beneath a client instead of objects above it leaves every behaviour of its response classes its own.
Framing is that of RFC 9112, sections 6 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...records import Response
from ..exchange import Exchange, replayed_chunks, replayed_headers
from ..recording import Recording
from .failures import Fault, fault, missing
from .pacing import waits

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d\.\d (\d{3}) ?([^\r\n]*)")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(;.*)?")
_NO_BODY = frozenset({204, 304})


class Tap:
    """Listens to the bytes of one response, as they arrive, and tells the exchange of the call what it hears.

    A piece of the body is what one chunk of the framing holds. Bytes after the end belong to nobody.
    """

    def __init__(self, exchange: Exchange, method: str) -> None:
        self._exchange = exchange
        self._method = method.upper()
        self._buffer = bytearray()
        self._read = self._head
        # bytes that are still to come: of the body, or of the chunk that is being read; None if nobody knows
        self._left: int | None = None
        self._count = 0

    def feed(self, data: bytes) -> None:
        """Bytes have arrived."""
        self._buffer += data
        while self._buffer and self._read():
            pass

    def eof(self) -> None:
        """The other side has closed the connection."""
        if self._read == self._head:
            self._exchange.fail("http.RemoteDisconnected: Remote end closed connection without response")
        elif self._read == self._until_close:
            self._exchange.finish()
        else:
            self._cut_short()

    def failed(self, failure: str) -> None:
        """The transport failed."""
        self._flush()
        self._exchange.fail(failure)

    def left(self) -> None:
        """The client has closed the connection."""
        if self._read != self._head:
            self._flush()
            self._exchange.finish(complete=False)

    def _cut_short(self) -> None:
        self._flush()
        more = f", {self._left} more expected" if self._left else ""
        self._exchange.fail(f"http.IncompleteRead: IncompleteRead({self._count} bytes read{more})")

    def _flush(self) -> None:
        """Tell of the chunk that is being read as far as it has come."""
        if self._read == self._chunk and self._buffer:
            self._left = (self._left or 0) - len(self._buffer)
            self._tell(len(self._buffer))

    def _tell(self, size: int) -> None:
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._count += size
        self._exchange.chunk(piece)

    def _head(self) -> bool:
        end = _HEAD_END.search(self._buffer)
        if end is None:
            return False
        head = bytes(self._buffer[: end.start()])
        del self._buffer[: end.end()]
        found = _STATUS.match(head)
        if found is None:
            self._read = self._nothing
        elif not 100 <= int(found[1]) < 200:
            lines = (line.partition(b":") for line in head[found.end() :].splitlines() if line)
            headers = [(name.decode("latin-1"), value.strip().decode("latin-1")) for name, _, value in lines]
            self._exchange.answered(int(found[1]), headers, found[2].decode("latin-1").strip())
            self._begin_body(int(found[1]), {name.lower(): value for name, value in headers})
        return True

    def _begin_body(self, status: int, headers: dict[str, str]) -> None:
        length = headers.get("content-length", "")
        self._read = self._until_close
        if self._method == "HEAD" or status in _NO_BODY:
            self._end()
        elif headers.get("transfer-encoding", "").lower().endswith("chunked"):
            self._read = self._size
        elif length.isdecimal():
            self._left, self._read = int(length), self._length
            if not self._left:
                self._end()

    def _end(self) -> None:
        self._read = self._nothing
        self._exchange.finish()

    def _nothing(self) -> bool:
        self._buffer.clear()
        return False

    def _until_close(self) -> bool:
        self._tell(len(self._buffer))
        return False

    def _length(self) -> bool:
        size = min(len(self._buffer), self._left or 0)
        self._left = (self._left or 0) - size
        self._tell(size)
        if not self._left:
            self._end()
        return True

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r")

    def _size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            self._cut_short()
            self._read = self._nothing
        else:
            self._left = int(size[1], 16)
            self._read = self._chunk if self._left else self._trailer
        return True

    def _chunk(self) -> bool:
        size = self._left or 0
        if len(self._buffer) < size:
            return False
        self._tell(size)
        self._left, self._read = None, self._chunk_end
        return True

    def _chunk_end(self) -> bool:
        if self._line() is None:
            return False
        self._read = self._size
        return True

    def _trailer(self) -> bool:
        line = self._line()
        if line == b"":
            self._end()
        return line is not None


def unchunked(body: bytes) -> bytes:
    """The body of a request that was framed in chunks."""
    plain, start = [], 0
    while found := _CHUNK_SIZE.match(body, start):
        start = body.find(b"\n", found.end()) + 1
        plain.append(body[start : start + int(found[1], 16)])
        start += int(found[1], 16) + 2
        if not plain[-1]:
            break
    return b"".join(plain)


class Piece(NamedTuple):
    """Bytes of a replayed response, and the seconds that went by before they came."""

    wait: float
    data: bytes


def written(recording: Recording, method: str, *, paced: bool, may_retry: bool) -> Iterator[Piece]:
    """A recorded response as bytes, framed as it came: in chunks, or with its length. One cut short has no end.

    Nothing for a recording without a response. `paced`: at the speed at which it came. `may_retry` as in
    `replayed_headers`.
    """
    response, failure = recording.response, recording.failure
    if response is None:
        return
    cut = failure is not None
    more = missing(failure) if failure else 0
    chunked = bool(response.chunks) or (failure is not None and fault(failure) is Fault.CUT and not more)
    bodiless = method.upper() == "HEAD" or response.status in _NO_BODY
    length = len(response.body) + (more or (1 if cut else 0))
    framing = b"transfer-encoding: chunked\r\n" if chunked else b"content-length: %d\r\n" % length
    yield Piece(0.0, _head(response, may_retry) + (b"" if bodiless else framing) + b"\r\n")
    seconds = waits(recording, paced=paced)
    if not bodiless:
        yield from _chunks(response, seconds, cut, more) if chunked else [Piece(next(seconds), response.body)]


def _chunks(response: Response, gaps: Iterator[float], cut: bool, more: int) -> Iterator[Piece]:
    pieces = replayed_chunks(response)
    last = len(pieces) - 1
    for number, (piece, seconds) in enumerate(zip(pieces, gaps, strict=False)):
        open_ended = more if number == last else 0
        # an empty one would be the end
        if piece:
            yield Piece(seconds, b"%x\r\n%b%b" % (len(piece) + open_ended, piece, b"" if open_ended else b"\r\n"))
    if not cut:
        yield Piece(0.0, b"0\r\n\r\n")


def _head(response: Response, may_retry: bool) -> bytes:
    lines = [f"HTTP/1.1 {response.status:03} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in replayed_headers(response, may_retry=may_retry)]
    # a cassette must not add lines of its own
    return b"".join(re.sub(r"[\r\n\0]", " ", line).encode("latin-1", "replace") + b"\r\n" for line in lines)
