"""What stands in for the network beneath aiohttp: a transport that brings a recording, a writer that keeps a body."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from .failures import aiohttp_read_error, is_cancelled
from .pacing import PATIENCE
from .wire import Piece


class Collector:
    """A writer of aiohttp's that keeps the body as it would be before compression and framing."""

    def __init__(self) -> None:
        self.collected = bytearray()
        self.on_body_write = None

    async def write(self, chunk: Any) -> None:
        """Keep a piece."""
        self.collected += chunk

    async def write_eof(self, chunk: bytes = b"") -> None:
        """Keep the last piece."""
        self.collected += chunk

    async def drain(self) -> None:
        """There is nothing to wait for."""


class PlayedTransport(asyncio.Transport):
    """Brings the pieces of a recording to a protocol, one in each turn of the loop, from the first write on."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, protocol: Any, pieces: Iterator[Piece], failure: str | None
    ) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._pieces = pieces
        self._failure = failure
        self._next: Piece | None = None
        self._begun = self._paused = self._closing = self._lost = False

    def write(self, data: Any) -> None:  # noqa: ARG002 - the signature is asyncio's
        """The request goes nowhere; its first bytes start the response."""
        if not self._begun:
            self._begun = True
            self._schedule()

    def writelines(self, list_of_data: Any) -> None:  # noqa: ARG002 - as above
        """The same in several pieces."""
        self.write(b"")

    def is_closing(self) -> bool:
        """Whether the client has left."""
        return self._closing

    def close(self) -> None:
        """The client leaves."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._lose, None)

    abort = close

    def pause_reading(self) -> None:
        """The client cannot keep up."""
        self._paused = True

    def resume_reading(self) -> None:
        """It can again."""
        if self._paused:
            self._paused = False
            self._schedule()

    def _schedule(self) -> None:
        if not self._begun or self._next is not None:
            return
        self._next = next(self._pieces, None)
        if self._next is None:
            self._loop.call_soon(self._end)
        elif self._next.wait:
            self._loop.call_later(self._next.wait, self._bring)
        else:
            self._loop.call_soon(self._bring)

    def _bring(self) -> None:
        piece, self._next = self._next, None
        if piece is not None and not self._closing:
            self._protocol.data_received(piece.data)
            if not self._paused:
                self._schedule()

    def _end(self) -> None:
        if is_cancelled(self._failure):
            self._loop.call_later(PATIENCE, self._fail)
        elif self._failure:
            self._fail()

    def _fail(self) -> None:
        error = aiohttp_read_error(self._failure or "")
        if not isinstance(error, TimeoutError):
            self._lose(error)
        elif not self._closing:
            self._protocol.set_exception(error)
            if self._protocol._payload is not None:
                self._protocol._payload.set_exception(error)

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            self._protocol.connection_lost(error)
