"""Which layer and which session a call belongs to: told by the code around it, carried by context variables.

Tasks of asyncio inherit both. A thread does not, unless it is started with `contextvars.copy_context().run`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TAG: ContextVar[str | None] = ContextVar("altax_tag", default=None)
_SESSION: ContextVar[str] = ContextVar("altax_session", default="")


@contextmanager
def tagged(tag: str) -> Iterator[None]:
    """Tag the calls made inside: `Interaction.tag`. The innermost tag wins."""
    token = _TAG.set(tag)
    try:
        yield
    finally:
        _TAG.reset(token)


@contextmanager
def in_session(name: str) -> Iterator[None]:
    """Put the calls made inside in a session of that name: `Interaction.session`."""
    token = _SESSION.set(name)
    try:
        yield
    finally:
        _SESSION.reset(token)


def current_tag() -> str | None:
    """The tag of a call made now."""
    return _TAG.get()


def current_session() -> str:
    """The session of a call made now; empty for the test's own."""
    return _SESSION.get()
