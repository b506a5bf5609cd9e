"""Which layer and which session a call belongs to: told by the code around it, carried by context variables.

Tasks of asyncio inherit both. A thread does not, unless it is started with `contextvars.copy_context().run`: one that
entered nothing itself belongs to what the main thread entered last and has not left.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """A value that a thread entered; no two are equal."""

    thread: int
    variable: ContextVar[str | None]
    value: str


_TAG: ContextVar[str | None] = ContextVar("altax_tag", default=None)
_SESSION: ContextVar[str | None] = ContextVar("altax_session", default=None)
_ENTRIES: list[_Entry] = []
_LOCK = threading.RLock()


@contextmanager
def tagged(tag: str) -> Iterator[None]:
    """Tag the calls made inside: `Interaction.tag`. The innermost tag wins."""
    with _entered(_TAG, tag):
        yield


@contextmanager
def in_session(name: str) -> Iterator[None]:
    """Put the calls made inside in a session of that name: `Interaction.session`."""
    with _entered(_SESSION, name):
        yield


def current_tag() -> str | None:
    """The tag of a call made now."""
    return _current(_TAG)


def current_session() -> str:
    """The session of a call made now; empty for the test's own."""
    return _current(_SESSION) or ""


@contextmanager
def _entered(variable: ContextVar[str | None], value: str) -> Iterator[None]:
    entry = _Entry(threading.get_ident(), variable, value)
    token = variable.set(value)
    with _LOCK:
        _ENTRIES.append(entry)
    try:
        yield
    finally:
        with _LOCK:
            _ENTRIES.remove(entry)
        variable.reset(token)


def _current(variable: ContextVar[str | None]) -> str | None:
    value, main = variable.get(), threading.main_thread().ident
    if value is not None or threading.get_ident() == main:
        return value
    with _LOCK:
        entered = (entry.value for entry in reversed(_ENTRIES) if (entry.thread, entry.variable) == (main, variable))
        return next(entered, None)
