"""The network wall: sees every look-up and connection of the process, also by clients that are not patched.

Only what raises Python's audit events is seen: a spawned process and event loops in C (uvloop) are not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

Guard = Callable[[str, int | None, bool], None]


@cache
def guards() -> list[Guard]:
    """The guards that are asked before each look-up (host, port, False) and each connection (host, port, True).

    A guard refuses by raising. The list is one for the process, because an audit hook can never be taken back: it is
    added when this is first called, and costs one membership test an event while the list is empty.
    """
    asked: list[Guard] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if asked and event in ("socket.connect", "socket.getaddrinfo"):
            found = _target(event, arguments)
            if found:
                for guard in tuple(asked):
                    guard(*found, event == "socket.connect")

    sys.addaudithook(hook)
    return asked


def _target(event: str, arguments: tuple[Any, ...]) -> tuple[str, int | None] | None:
    """The host and port of an event; None for what has none, such as a Unix socket."""
    # socket.connect: (socket, address); socket.getaddrinfo: (host, port, family, type, protocol)
    where = arguments[1] if event == "socket.connect" else arguments[:2]
    if not isinstance(where, tuple) or len(where) < 2:
        return None
    host, port = where[:2]
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    number = int(port) if isinstance(port, int | str | bytes) and str(port).isdecimal() else None
    return (host.lower().partition("%")[0], number) if isinstance(host, str) else None
