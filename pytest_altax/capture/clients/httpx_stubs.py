"""httpx and httpx2: recorded while the response streams through to the client, replayed in the same chunks.

Both libraries have the same names; the module to patch is handed in, never imported here.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from ...records import Request
from ..exchange import Exchange, replayed_chunks, replayed_headers
from ..recording import Recording
from ..tape import Tape
from .failures import describe, httpx_error, is_cancellation, is_cancelled
from .pacing import wait, wait_async, wait_to_be_cancelled, waits
from .patching import Router, going_live, put

# What we rely on of httpx and httpx2; a test holds each against the installed version.
RELIED_ON = (
    "HTTPTransport.handle_request",
    "AsyncHTTPTransport.handle_async_request",
    "SyncByteStream",
    "AsyncByteStream",
    "TransportError",
)


def patch(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch the two transports that open sockets. Mock, WSGI and ASGI transports go nowhere and stay as they are."""
    stubs = _Stubs(module, router)
    sync, concurrent = module.HTTPTransport, module.AsyncHTTPTransport
    put(undo, sync, "handle_request", stubs.sync(sync.handle_request))
    put(undo, concurrent, "handle_async_request", stubs.concurrent(concurrent.handle_async_request))


class _Recorded:
    """A live response body on its way to the client; each chunk is kept as it passes."""

    def __init__(self, stream: Any, exchange: Exchange, failing: Callable[[Exchange], Any]) -> None:
        self._stream = stream
        self._exchange = exchange
        self._failing = failing

    def __iter__(self) -> Iterator[bytes]:
        with self._failing(self._exchange):
            for chunk in self._stream:
                self._exchange.chunk(chunk)
                yield chunk
        self._exchange.finish()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._failing(self._exchange):
            async for chunk in self._stream:
                self._exchange.chunk(chunk)
                yield chunk
        self._exchange.finish()

    def close(self) -> None:
        self._exchange.finish(complete=False)
        self._stream.close()

    async def aclose(self) -> None:
        self._exchange.finish(complete=False)
        await self._stream.aclose()


class _Replayed:
    """A recorded response body: its chunks with the seconds to wait before each, and what it was cut short by."""

    def __init__(self, chunks: Iterator[tuple[bytes, float]], error: Exception | None, cancelled: bool) -> None:
        self._chunks = chunks
        self._error = error
        self._cancelled = cancelled

    def __iter__(self) -> Iterator[bytes]:
        for chunk, seconds in self._chunks:
            wait(seconds)
            yield chunk
        if self._error:
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk, seconds in self._chunks:
            await wait_async(seconds)
            yield chunk
        if self._cancelled:
            await wait_to_be_cancelled()
        if self._error:
            raise self._error

    def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


class _Stubs:
    """The two patched methods for one of the libraries."""

    def __init__(self, module: ModuleType, router: Router) -> None:
        self.module = module
        self.router = router
        # the clients insist on streams of their own library
        streams = (module.SyncByteStream, module.AsyncByteStream)
        self.recorded_stream: Any = type("RecordedStream", (_Recorded, *streams), {})
        self.replayed_stream: Any = type("ReplayedStream", (_Replayed, *streams), {})

    def sync(self, real: Any) -> Any:
        """`HTTPTransport.handle_request`."""

        @functools.wraps(real)
        def handle_request(transport: Any, request: Any) -> Any:
            tape = self.router.taking(request.method, str(request.url))
            if tape is None:
                return real(transport, request)
            with _put_back(request):
                exchange = tape.ask(_kept(tape, request, request.read()))
                if exchange.recording is not None:
                    return self.replayed(exchange.recording, request, tape.paced)
                with going_live(), self.failing(exchange):
                    response = real(transport, request)
            return self.recorded(exchange, response)

        return handle_request

    def concurrent(self, real: Any) -> Any:
        """`AsyncHTTPTransport.handle_async_request`."""

        @functools.wraps(real)
        async def handle_async_request(transport: Any, request: Any) -> Any:
            tape = self.router.taking(request.method, str(request.url))
            if tape is None:
                return await real(transport, request)
            with _put_back(request):
                exchange = tape.ask(_kept(tape, request, await request.aread()))
                if exchange.recording is not None:
                    # a task that waits for nothing would keep all others from going on
                    await wait_async(0.0)
                    if exchange.recording.response is None and is_cancelled(exchange.recording.failure):
                        await wait_to_be_cancelled()
                    return self.replayed(exchange.recording, request, tape.paced)
                with going_live(), self.failing(exchange):
                    response = await real(transport, request)
            return self.recorded(exchange, response)

        return handle_async_request

    @contextmanager
    def failing(self, exchange: Exchange) -> Iterator[None]:
        """Keep a transport error of a live call, or that its task was cancelled."""
        try:
            yield
        except BaseException as error:
            if isinstance(error, self.module.TransportError) or is_cancellation(error):
                exchange.fail(describe(error))
            raise

    def recorded(self, exchange: Exchange, response: Any) -> Any:
        """A live response, told to its exchange, its body recorded as it will be read."""
        exchange.answered(response.status_code, response.headers.multi_items(), response.reason_phrase)
        response.stream = self.recorded_stream(response.stream, exchange, self.failing)
        return response

    def replayed(self, recording: Recording, request: Any, paced: bool) -> Any:
        """The response of a recording. Raises the transport error that was recorded instead of one."""
        error = httpx_error(recording.failure, self.module, request) if recording.failure else None
        response = recording.response
        if response is None:
            raise error or self.module.ReadError("nothing was recorded", request=request)
        extensions = {"http_version": b"HTTP/1.1"}
        if response.reason:
            extensions["reason_phrase"] = response.reason.encode("ascii", "replace")
        chunks = zip(replayed_chunks(response), waits(recording, paced=paced), strict=False)
        stream = self.replayed_stream(chunks, error, is_cancelled(recording.failure))
        return self.module.Response(
            response.status, headers=replayed_headers(response), stream=stream, extensions=extensions
        )


@contextmanager
def _put_back(request: Any) -> Iterator[None]:
    """Leave a request as its own transport would: a body that can be read once is used up, not kept for next time."""
    before = dict(vars(request))
    try:
        yield
    finally:
        vars(request).clear()
        vars(request).update(before)


def _kept(tape: Tape, request: Any, body: bytes) -> Request:
    return tape.redactor.request(request.method, str(request.url), request.headers.multi_items(), body)
