"""Who is about to open a connection or to start a process: the package on the stack that is not plumbing."""

from __future__ import annotations

import sys
from collections.abc import Iterator

# What others make their connections with, or run their tests on: never the answer.
_PLUMBING = frozenset(
    {"aiohappyeyeballs", "anyio", "eventlet", "gevent", "pytest_asyncio", "sniffio", "trio", "uvloop"}
)
_OURS = frozenset({"__main__", "pytest_altax"})


def modules() -> Iterator[str]:
    """The modules on the stack, innermost first, down to where pytest calls the test."""
    frame = sys._getframe(1).f_back
    while frame:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith("_pytest."):
            return
        yield name
        frame = frame.f_back


def library() -> str | None:
    """The installed package nearest to the socket call, such as httpcore; None where nothing but user code is seen."""
    names = (name.partition(".")[0] for name in modules())
    return next((name for name in names if name not in _PLUMBING | _OURS and _is_installed(name)), None)


def _is_installed(name: str) -> bool:
    path = getattr(sys.modules.get(name), "__file__", None) or ""
    return "site-packages" in path or "dist-packages" in path
