"""aiohttp: a call is decided where its connector would connect.

What is replayed goes as bytes through aiohttp's own protocol and parser; what is live is heard by the same protocol.
"""

from __future__ import annotations

import asyncio
import functools
import io
from contextlib import ExitStack
from types import ModuleType
from typing import Any

from ..recording import Recording
from .aiohttp_played import Collector, PlayedTransport
from .failures import aiohttp_connect_error, describe, is_cancellation, is_connecting, is_transport
from .patching import Router, going_live, is_live, put
from .wire import Tap, written

_TAP = "_altax_tap"

# What we rely on, beyond the documentation, of aiohttp; a test holds each against the installed version.
RELIED_ON = (
    "connector.BaseConnector.connect",
    "connector.Connection",
    "client_reqrep.ClientResponse.start",
    "client_proto.ResponseHandler.data_received",
    "client_proto.ResponseHandler.connection_lost",
    "client_proto.ResponseHandler.connection_made",
    "client_proto.ResponseHandler.force_close",
    "client_proto.ResponseHandler.set_exception",
    "streams.StreamReader._wait",
    "streams.StreamReader._protocol",
)


def patch(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch the connectors of aiohttp, and the protocol and the reader through which responses come."""
    stubs = _Stubs(module, router)
    handler = module.client_proto.ResponseHandler
    put(undo, module.connector.BaseConnector, "connect", stubs.connect(module.connector.BaseConnector.connect))
    put(undo, module.client_reqrep.ClientResponse, "start", _start(module.client_reqrep.ClientResponse.start))
    put(undo, handler, "data_received", _data_received(handler.data_received))
    put(undo, handler, "connection_lost", _connection_lost(handler.connection_lost))
    put(undo, module.streams.StreamReader, "_wait", _wait(module.streams.StreamReader._wait))


class _Stubs:
    """The patched connector."""

    def __init__(self, module: ModuleType, router: Router) -> None:
        self.module = module
        self.router = router

    def connect(self, real: Any) -> Any:
        """`BaseConnector.connect`."""

        @functools.wraps(real)
        async def connect(connector: Any, request: Any, *rest: Any, **options: Any) -> Any:
            # A websocket cannot be replayed: it meets the network wall
            websocket = request.headers.get("upgrade", "").lower() == "websocket"
            tape = None if websocket or is_live() else self.router.taking(request.method, str(request.url))
            if tape is None:
                return await real(connector, request, *rest, **options)
            body = await self.body(request)
            kept = tape.redactor.request(request.method, str(request.url), request.headers.items(), body)
            exchange = tape.ask(kept)
            if exchange.recording is not None:
                return self.replayed(connector, request, exchange.recording, tape.paced)
            try:
                with going_live():
                    connection = await real(connector, request, *rest, **options)
            except BaseException as error:
                if is_transport(error) or is_cancellation(error):
                    exchange.fail(describe(error, connecting=True))
                raise
            _listen(connection, Tap(exchange, request.method))
            return connection

        return connect

    async def body(self, request: Any) -> bytes:
        """The bytes of a request's body; one that can be read only once is replaced by what was read."""
        body, payload = request.body, self.module.payload
        if not isinstance(body, payload.Payload):
            return bytes(body) if isinstance(body, bytes | bytearray | memoryview) else b"".join(body)
        # their writers need no more of one than these four methods
        writer = Collector()
        await body.write(writer)
        if not isinstance(body, payload.BytesPayload):
            name = "_body" if hasattr(type(request), "_body") else "body"
            request.__dict__[name] = payload.BytesIOPayload(io.BytesIO(bytes(writer.collected)))
            if hasattr(body, "close"):
                await body.close()
        return bytes(writer.collected)

    def replayed(self, connector: Any, request: Any, recording: Recording, paced: bool) -> Any:
        """A connection that brings a recorded response. Raises the error of one that could not be made."""
        response, failure, key = recording.response, recording.failure, request.connection_key
        if response is None and failure and is_connecting(failure):
            raise aiohttp_connect_error(failure, key)
        pieces = written(recording, request.method, paced=paced, may_retry=True)
        loop = asyncio.get_running_loop()
        protocol = self.module.client_proto.ResponseHandler(loop)
        protocol.connection_made(PlayedTransport(loop, protocol, pieces, failure))
        # no pool may keep it
        protocol.force_close()
        return self.module.connector.Connection(connector, key, protocol, loop)


def _listen(connection: Any, tap: Tap) -> None:
    protocol, transport = connection.protocol, connection.transport
    protocol.__dict__[_TAP] = tap
    # uvloop keeps the methods of a protocol, perhaps from before they were patched
    if type(transport).__module__.startswith("uvloop"):
        transport.set_protocol(protocol)


def _tap(protocol: Any) -> Tap | None:
    return getattr(protocol, _TAP, None)


def _start(real: Any) -> Any:
    """`ClientResponse.start`: waits for the headers."""

    @functools.wraps(real)
    async def start(response: Any, connection: Any) -> Any:
        tap = _tap(connection.protocol)
        try:
            return await real(response, connection)
        except BaseException as error:
            if tap and (is_transport(error) or is_cancellation(error)):
                tap.failed(describe(error))
            raise

    return start


def _data_received(real: Any) -> Any:
    """`ResponseHandler.data_received`."""

    @functools.wraps(real)
    def data_received(protocol: Any, data: bytes) -> None:
        tap = _tap(protocol)
        if tap:
            tap.feed(data)
        real(protocol, data)

    return data_received


def _connection_lost(real: Any) -> Any:
    """`ResponseHandler.connection_lost`: the client has left if it gave up its transport before."""

    @functools.wraps(real)
    def connection_lost(protocol: Any, error: BaseException | None) -> None:
        tap = _tap(protocol)
        if tap and error is not None:
            tap.failed(describe(error))
        elif tap and protocol.transport is None:
            tap.left()
        elif tap:
            tap.eof()
        real(protocol, error)

    return connection_lost


def _wait(real: Any) -> Any:
    """`StreamReader._wait`: where the time-outs of a body are raised, and where its task is cancelled."""

    @functools.wraps(real)
    async def wait(reader: Any, *arguments: Any) -> None:
        try:
            await real(reader, *arguments)
        except (TimeoutError, asyncio.CancelledError) as error:
            tap = _tap(reader._protocol)
            if tap:
                tap.failed(describe(error))
            raise

    return wait
