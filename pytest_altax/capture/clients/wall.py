"""The network wall: sees every look-up, connection and process of this one, also by clients that are not patched.

Only what raises Python's audit events is seen: what a library does in C (grpc, pycurl) is not.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, Protocol

from . import spawned

Target = tuple[str, int | None]


class Guard(Protocol):
    """Is asked before anything happens, and refuses by raising."""

    def connecting(self, host: str, port: int | None, *, looked_up: bool) -> None:
        """A connection is about to be made, or (not `looked_up`) a host looked up for one."""
        ...

    def is_open(self) -> bool:
        """Whether it wants to know of processes."""
        ...

    def starting(self, program: str) -> None:
        """A process is about to be started."""
        ...


@cache
def guards() -> list[Guard]:
    """The guards that are asked.

    The list is one for the process, because an audit hook can never be taken back: it is added when this is first
    called, and costs one or two membership tests an event.
    """
    asked: list[Guard] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if asked and event in ("socket.connect", "socket.getaddrinfo"):
            found = _target(event, arguments)
            if found:
                for guard in tuple(asked):
                    guard.connecting(*found, looked_up=event == "socket.connect")
        elif event in spawned.EVENTS:
            for guard in tuple(asked):
                _tell(guard, event, arguments)

    sys.addaudithook(hook)
    return asked


def _tell(guard: Guard, event: str, arguments: tuple[Any, ...]) -> None:
    program = spawned.program(event, arguments) if guard.is_open() else None
    if program:
        guard.starting(program)


def _target(event: str, arguments: tuple[Any, ...]) -> Target | None:
    """The host and port of an event; None for what has none, such as a Unix socket."""
    # socket.connect: (socket, address); socket.getaddrinfo: (host, port, family, type, protocol)
    where = arguments[1] if event == "socket.connect" else arguments[:2]
    if not isinstance(where, tuple) or len(where) < 2:
        return None
    host, port = where[:2]
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    number = int(port) if isinstance(port, int | str | bytes) and str(port).isdecimal() else None
    return (host.lower().partition("%")[0], number) if isinstance(host, str) else None
