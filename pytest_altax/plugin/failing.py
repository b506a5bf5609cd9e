"""Errors of ours as failed tests of pytest's own kind.

An unmatched call must be no Exception, or SDKs would retry it; of what is none, pytest expects only its own outcomes
while it sets up and tears down. What is raised under pytest is therefore both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from ..errors import AltaxError


def as_outcome(error: AltaxError) -> AltaxError:
    """The error as one that pytest takes for a failed test wherever it is raised, and others for what it was."""
    if isinstance(error, (Exception, pytest.fail.Exception)):
        return error
    kind: Any = type(error)
    made: AltaxError = _both(kind)(error.what)
    made.__dict__.update(error.__dict__)
    return made


@cache
def _both(kind: Any) -> type[AltaxError]:
    def reduce(self: AltaxError) -> tuple[object, ...]:
        _, *rest = kind.__reduce__(self)
        return (kind, *rest)

    members = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__reduce__": reduce}
    return type(kind.__name__, (kind, pytest.fail.Exception), members)


def failure(error: AltaxError, root: Path) -> BaseException:
    """An error as a plain failed test that shows the user's own frames below `root`, or its message alone."""
    frames = users_own(error.__traceback__, root)
    return pytest.fail.Exception(str(error), pytrace=frames is not None).with_traceback(frames)


def users_own(traceback: TracebackType | None, root: Path) -> TracebackType | None:
    """The frames of the user's own code: those of SDKs, between the call and our error, help nobody."""
    kept: TracebackType | None = None
    frames = []
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    for one in reversed(frames):
        path = Path(one.tb_frame.f_code.co_filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept
