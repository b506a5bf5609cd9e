"""What the patches of all clients share: how they ask whose a call is, and how they are put in and taken out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from ..tape import Tape

_LIVE: ContextVar[bool] = ContextVar("altax_live", default=False)
_MISSING = object()


class Router(Protocol):
    """Says where a call goes; the engine is one."""

    def taking(self, method: str, url: str) -> Tape | None:
        """The tape that a call belongs on; None when it is to pass untouched. Raises NetworkBlocked."""
        ...

    def is_open(self) -> bool:
        """Whether any tape takes calls now."""
        ...

    def is_replaying(self) -> bool:
        """Whether the tape that takes calls now lets none of an LLM out."""
        ...

    def connecting(self, host: str, port: int | None, *, looked_up: bool) -> None:
        """A connection is about to be made, or (not `looked_up`) a host looked up for one. Raises NetworkBlocked."""
        ...

    def starting(self, program: str) -> None:
        """A process is about to be started."""
        ...


def put(undo: ExitStack, owner: Any, name: str, value: Any) -> None:
    """Set an attribute of a class or module; `undo` puts back what it had of its own, or nothing."""
    before = vars(owner).get(name, _MISSING)
    setattr(owner, name, value)
    if before is _MISSING:
        undo.callback(delattr, owner, name)
    else:
        undo.callback(setattr, owner, name, before)


@contextmanager
def going_live() -> Iterator[None]:
    """Around a call that is recorded already: a client beneath this one must not record the same exchange again."""
    token = _LIVE.set(True)
    try:
        yield
    finally:
        _LIVE.reset(token)


def is_live() -> bool:
    """Whether this code runs inside a call that is being recorded."""
    return _LIVE.get()
