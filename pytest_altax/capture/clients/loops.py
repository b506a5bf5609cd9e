"""Event loops: what they look up in another thread, and what uvloop does in C, is asked about where it is called.

The audit events of a look-up are raised in a thread of the loop, where nobody can tell any more which library asked.
"""

from __future__ import annotations

import functools
from contextlib import ExitStack
from types import ModuleType
from typing import Any

from ..hosts import is_address
from .patching import Router, put


def patch_asyncio(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch the look-ups of asyncio's own loops (`asyncio.base_events`)."""
    loop = module.BaseEventLoop
    put(undo, loop, "getaddrinfo", _looking_up(loop.getaddrinfo, router))


def patch_uvloop(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch uvloop, which raises no audit events at all."""
    loop = module.Loop
    put(undo, loop, "getaddrinfo", _looking_up(loop.getaddrinfo, router))
    put(undo, loop, "create_connection", _connecting(loop.create_connection, router))
    put(undo, loop, "sock_connect", _connecting_socket(loop.sock_connect, router))


def _looking_up(real: Any, router: Router) -> Any:
    @functools.wraps(real)
    async def getaddrinfo(loop: Any, host: Any, port: Any, **options: Any) -> Any:
        if host:
            router.connecting(_text(host), _number(port), looked_up=False)
        return await real(loop, host, port, **options)

    return getaddrinfo


def _connecting(real: Any, router: Router) -> Any:
    @functools.wraps(real)
    async def create_connection(loop: Any, factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        if host:
            router.connecting(_text(host), _number(port), looked_up=is_address(_text(host)))
        return await real(loop, factory, host, port, **options)

    return create_connection


def _connecting_socket(real: Any, router: Router) -> Any:
    @functools.wraps(real)
    async def sock_connect(loop: Any, sock: Any, address: Any) -> Any:
        if isinstance(address, tuple):
            router.connecting(_text(address[0]), _number(address[1]), looked_up=True)
        return await real(loop, sock, address)

    return sock_connect


def _text(host: Any) -> str:
    return (host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)).lower().partition("%")[0]


def _number(port: Any) -> int | None:
    return int(port) if str(port).isdecimal() else None
