"""Sockets for the clients that stand on http.client: one plays a recording, one listens to a live response."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from ..recording import Recording
from .failures import describe, socket_error
from .pacing import wait
from .wire import Piece, Tap, written


def played(recording: Recording, method: str, *, paced: bool) -> PlayedSocket:
    """A socket from which the response of a recording can be read, then its failure if it has one."""
    failure = recording.failure
    pieces = written(recording, method, paced=paced, may_retry=False)
    return PlayedSocket(pieces, socket_error(failure) if failure else None)


class PlayedSocket:
    """In place of the socket of a connection: swallows the request, and is read once."""

    def __init__(self, pieces: Iterable[Piece], error: Exception | None) -> None:
        self._raw = _Played(iter(pieces), error)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """The response as a file."""
        return io.BufferedReader(self._raw)

    def sendall(self, data: Any, *_: Any) -> None:
        """The request goes nowhere."""

    def settimeout(self, seconds: float | None) -> None:
        """Nothing here takes time."""

    def setsockopt(self, *_: Any) -> None:
        """There is nothing to be set."""

    def shutdown(self, how: int) -> None:
        """There is nobody to be told."""

    def fileno(self) -> int:
        """None, as of a socket that is closed."""
        return -1

    def close(self) -> None:
        """The response can still be read, as of a real socket."""


class _Played(io.RawIOBase):
    def __init__(self, pieces: Iterator[Piece], error: Exception | None) -> None:
        self._pieces = pieces
        self._error = error
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return self._end()
            wait(piece.wait)
            self._rest = piece.data
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def _end(self) -> int:
        error, self._error = self._error, None
        try:
            if error:
                raise error
            return 0
        finally:
            # a cycle through its traceback would close this before the response that reads from it
            del error


class TappedSocket:
    """In place of the socket of a connection while its response is begun, so that all that is read of it is heard."""

    def __init__(self, real: Any, tap: Tap) -> None:
        self.real = real
        self._tap = tap

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """The response as a file."""
        return io.BufferedReader(_Tapped(self.real.makefile("rb", buffering=0), self._tap))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class _Tapped(io.RawIOBase):
    def __init__(self, raw: Any, tap: Tap) -> None:
        self._raw = raw
        self._tap = tap

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def readinto(self, buffer: Any) -> int | None:
        try:
            size: int | None = self._raw.readinto(buffer)
        except OSError as error:
            self._tap.failed(describe(error))
            raise
        if size:
            self._tap.feed(bytes(buffer[:size]))
        elif size == 0:
            self._tap.eof()
        return size

    def close(self) -> None:
        if not self.closed:
            self._tap.left()
            self._raw.close()
        super().close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
