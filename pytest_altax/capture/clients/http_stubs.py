"""http.client, and so urllib.request and what else is derived from it: recorded as it is read, replayed as bytes.

A call is decided when its request is complete: then it is known whether there is to be a connection at all.
"""

from __future__ import annotations

import functools
import http.client
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

from ..exchange import Exchange
from ..tape import Tape
from .failures import describe, is_connecting, socket_error
from .patching import Router, going_live, is_live, put
from .sockets import PlayedSocket, TappedSocket, played
from .wire import Tap, unchunked

# Where a connection keeps the call whose response it will be asked for next.
CALL = "_altax_call"

# What we rely on, beyond the documentation, of http.client; a test holds each against the installed version.
RELIED_ON = (
    "HTTPConnection._send_output",
    "HTTPConnection.send",
    "HTTPConnection.getresponse",
    "HTTPConnection.connect",
    "HTTPSConnection.connect",
)
RELIED_ON_IN_A_CONNECTION = ("_buffer", "_method", "_tunnel_host", "_tunnel_port", "host", "port", "sock")


def patch(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch the connection classes of http.client."""
    stubs, kind = _Stubs(router), module.HTTPConnection
    put(undo, kind, "_send_output", stubs.send_output(kind._send_output))
    put(undo, kind, "send", stubs.send(kind.send))
    put(undo, kind, "getresponse", stubs.getresponse(kind.getresponse))
    for one in (kind, module.HTTPSConnection):
        put(undo, one, "connect", stubs.connect(one.connect))


def body_pieces(body: Any, charset: str = "iso-8859-1") -> list[bytes]:
    """The body of a request as http.client would send it: bytes, a file, or an iterable of bytes. It is used up.

    `charset` is what the client encodes text with: http.client in Latin-1.
    """
    if body is None:
        return []
    if hasattr(body, "read"):
        read = body.read()
        return [read.encode(charset) if isinstance(read, str) else bytes(read)]
    try:
        return [bytes(memoryview(body))]
    except TypeError:
        return [one.encode(charset) if isinstance(one, str) else bytes(one) for one in body]


def play(connection: Any, tape: Tape, exchange: Exchange, method: str) -> None:
    """Let a connection read a recording instead of what its socket has; one that is open is closed."""
    assert exchange.recording is not None
    if connection.sock is not None:
        connection.sock.close()
    connection.sock = played(exchange.recording, method, paced=tape.paced)


class _Head(NamedTuple):
    """A request line and headers, as they would be sent."""

    method: str
    url: str
    headers: list[tuple[str, str]]

    def announces_body(self) -> bool:
        """Whether a body follows, though none came with the headers."""
        told = {name.lower(): value for name, value in self.headers}
        return told.get("content-length", "0") != "0" or "transfer-encoding" in told


@dataclass
class _Held:
    """A request whose body the app sends by itself, held back until it asks for the response."""

    tape: Tape
    head: _Head
    body: list[bytes] = field(default_factory=list)


class _Stubs:
    """The patched methods."""

    def __init__(self, router: Router) -> None:
        self.router = router

    def send_output(self, real: Any) -> Any:
        """`HTTPConnection._send_output`: the headers are complete, and often the body."""

        @functools.wraps(real)
        def send_output(connection: Any, message_body: Any = None, encode_chunked: bool = False) -> None:
            if is_live():
                return real(connection, message_body, encode_chunked)  # type: ignore[no-any-return]
            connection.__dict__.pop(CALL, None)
            head = _head(connection)
            tape = self.router.taking(head.method, head.url)
            if tape is None:
                with going_live():
                    return real(connection, message_body, encode_chunked)  # type: ignore[no-any-return]
            if message_body is None and head.announces_body():
                connection.__dict__[CALL] = _Held(tape, head)
                return None
            pieces = body_pieces(message_body)
            exchange = self.begin(connection, tape, head, b"".join(pieces))
            if exchange.live:
                with _failing(connection, exchange), going_live():
                    real(connection, pieces if message_body is not None else None, encode_chunked)
            return None

        return send_output

    def send(self, real: Any) -> Any:
        """`HTTPConnection.send`: a piece of a body that the app sends by itself."""

        @functools.wraps(real)
        def send(connection: Any, data: Any) -> None:
            call = connection.__dict__.get(CALL)
            if isinstance(call, _Held):
                call.body += body_pieces(data)
            else:
                real(connection, data)

        return send

    def getresponse(self, real: Any) -> Any:
        """`HTTPConnection.getresponse`."""

        @functools.wraps(real)
        def getresponse(connection: Any) -> Any:
            call = connection.__dict__.pop(CALL, None)
            if isinstance(call, _Held):
                call = self.release(connection, call)
            if isinstance(connection.sock, PlayedSocket):
                response = real(connection)
                # as if it were closed: whatever comes next is decided anew
                connection.sock = None
                return response
            if call is None:
                return real(connection)
            return _tapped(connection, call, lambda: real(connection))

        return getresponse

    def connect(self, real: Any) -> Any:
        """`connect`, if the app calls it: while a tape is open, only a call that goes out connects."""

        @functools.wraps(real)
        def connect(connection: Any) -> None:
            own = type(connection) in (http.client.HTTPConnection, http.client.HTTPSConnection)
            if not own or is_live() or not self.router.is_open():
                real(connection)

        return connect

    def begin(self, connection: Any, tape: Tape, head: _Head, body: bytes) -> Exchange:
        """Ask the tape. A replayed call is staged, unless it is to fail; a live one waits for its response."""
        exchange = tape.ask(tape.redactor.request(head.method, head.url, head.headers, body))
        recording = exchange.recording
        if recording is None:
            connection.__dict__[CALL] = exchange
            return exchange
        connection._buffer.clear()
        if recording.response is None and recording.failure and is_connecting(recording.failure):
            raise socket_error(recording.failure) or ConnectionError(recording.failure)
        play(connection, tape, exchange, head.method)
        return exchange

    def release(self, connection: Any, held: _Held) -> Exchange | None:
        """Decide a call whose body came piece by piece, and send it if it is to be sent."""
        body = b"".join(held.body)
        chunked = any(name.lower() == "transfer-encoding" for name, _ in held.head.headers)
        exchange = self.begin(connection, held.tape, held.head, unchunked(body) if chunked else body)
        if not exchange.live:
            return None
        with _failing(connection, exchange), going_live():
            connection._send_output()
            connection.send(body)
        return exchange


@contextmanager
def _failing(connection: Any, exchange: Exchange) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        exchange.fail(describe(error, connecting=connection.sock is None))
        raise


def _tapped(connection: Any, exchange: Exchange, real: Any) -> Any:
    """The live response of a connection, heard by its exchange."""
    tap = Tap(exchange, connection._method or "")
    tapped = connection.sock = TappedSocket(connection.sock, tap)
    try:
        return real()
    except (OSError, http.client.HTTPException) as error:
        tap.failed(describe(error))
        raise
    finally:
        if connection.sock is tapped:
            connection.sock = tapped.real


def _head(connection: Any) -> _Head:
    line, *rest = (one.decode("iso-8859-1") for one in connection._buffer)
    method, target = line.split(" ")[:2]
    headers = [(name, value.strip()) for name, _, value in (one.partition(":") for one in rest if one)]
    return _Head(method, _url(connection, target), headers)


def _url(connection: Any, target: str) -> str:
    """The full URL of a request; one through a proxy names it already, one through a tunnel goes where that ends."""
    if not target.startswith("/"):
        return target
    secure = isinstance(connection, http.client.HTTPSConnection)
    host, port = (connection._tunnel_host or connection.host), connection._tunnel_port or connection.port
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{host}{'' if port == (443 if secure else 80) else f':{port}'}{target}"
