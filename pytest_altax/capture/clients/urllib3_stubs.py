"""urllib3, and so requests and botocore: all of a request is known before its pool connects.

A replayed response is read from a socket by the real urllib3; a live one is heard as it is read (http_stubs).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from ..exchange import Exchange
from ..tape import Tape
from .failures import describe, is_connecting, is_transport, urllib3_error
from .http_stubs import CALL, body_pieces, play
from .patching import Router, going_live, is_live, put

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Where a connection keeps the proxy tunnel that it has not opened yet.
_TUNNEL = "_altax_tunnel"

# What we rely on, beyond the documentation, of urllib3; a test holds each against the installed version.
RELIED_ON = (
    "connectionpool.HTTPConnectionPool._make_request",
    "connectionpool.HTTPSConnectionPool._prepare_proxy",
    "connection.HTTPConnection.is_verified",
)


def patch(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch the connection pools of urllib3; those of botocore are derived from them."""
    stubs, pools = _Stubs(router), module.connectionpool
    put(undo, pools.HTTPConnectionPool, "_make_request", stubs.make_request(pools.HTTPConnectionPool._make_request))
    put(undo, pools.HTTPSConnectionPool, "_prepare_proxy", stubs.tunnel(pools.HTTPSConnectionPool._prepare_proxy))


class _Stubs:
    """The patched methods."""

    def __init__(self, router: Router) -> None:
        self.router = router

    def tunnel(self, real: Any) -> Any:
        """`_prepare_proxy`: connects to a proxy, which waits until it is known whether the call goes out."""

        @functools.wraps(real)
        def prepare_proxy(pool: Any, connection: Any) -> None:
            if self.router.is_open() and not is_live():
                connection.__dict__[_TUNNEL] = lambda: real(pool, connection)
            else:
                real(pool, connection)

        return prepare_proxy

    def make_request(self, real: Any) -> Any:
        """`_make_request`: one attempt at a request, over a connection that was got for it."""

        @functools.wraps(real)
        def make_request(pool: Any, connection: Any, method: str, url: str, *rest: Any, **options: Any) -> Any:
            open_tunnel = connection.__dict__.pop(_TUNNEL, lambda: None)
            tape = None if is_live() else self.router.taking(method, _absolute(pool, url))
            if tape is None:
                with going_live():
                    open_tunnel()
                    return real(pool, connection, method, url, *rest, **options)
            exchange, options = _ask(tape, method, _absolute(pool, url), options)
            if exchange.live:
                with _recorded(connection, exchange):
                    open_tunnel()
                    return real(pool, connection, method, url, *rest, **options)
            _stage(pool, connection, tape, exchange, method)
            with going_live():
                return real(pool, connection, method, url, *rest, **_without_expect(options))

        return make_request


def _ask(tape: Tape, method: str, url: str, options: dict[str, Any]) -> tuple[Exchange, dict[str, Any]]:
    """The exchange of a request, and the options to send it with: a body that can be read once has been."""
    body = options.get("body")
    pieces = [body.encode()] if isinstance(body, str) else body_pieces(body, "utf-8")
    headers = [(_text(name), _text(value)) for name, value in (options.get("headers") or {}).items()]
    exchange = tape.ask(tape.redactor.request(method, url, headers, b"".join(pieces)))
    once = body is not None and not isinstance(body, str | bytes | bytearray | memoryview)
    return exchange, {**options, "body": pieces} if once else options


@contextmanager
def _recorded(connection: Any, exchange: Exchange) -> Iterator[None]:
    """Around a live attempt: http.client's `getresponse` finds the exchange with the connection."""
    connection.__dict__[CALL] = exchange
    try:
        with going_live():
            yield
    except Exception as error:  # urllib3's own, and those of sockets that it wraps later
        if is_transport(error):
            exchange.fail(describe(error, connecting=connection.sock is None))
        raise
    finally:
        connection.__dict__.pop(CALL, None)


def _stage(pool: Any, connection: Any, tape: Tape, exchange: Exchange, method: str) -> None:
    """Give a connection the recording to read, or raise what kept it from being made."""
    recording = exchange.recording
    if recording and recording.response is None and recording.failure and is_connecting(recording.failure):
        raise urllib3_error(recording.failure, pool, connection)
    play(connection, tape, exchange, method)
    # urllib3 warns of what is not verified, and takes an error for one of a proxy that it never reached
    unverified = getattr(connection, "cert_reqs", None) in (0, "CERT_NONE")
    connection.__dict__.update(is_verified=not unverified, _has_connected_to_proxy=True)


def _without_expect(options: dict[str, Any]) -> dict[str, Any]:
    """Nobody is there to say `100 Continue`."""
    headers = options.get("headers") or {}
    return {**options, "headers": {name: value for name, value in headers.items() if _text(name).lower() != "expect"}}


def _absolute(pool: Any, url: str) -> str:
    """The full URL of a request to a connection pool; a request through a proxy names it already."""
    if not url.startswith("/"):
        return url
    host = f"[{pool.host}]" if ":" in pool.host else pool.host
    port = "" if pool.port in (None, _DEFAULT_PORTS.get(pool.scheme)) else f":{pool.port}"
    return f"{pool.scheme}://{host}{port}{url}"


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
