"""The `altax` fixture: what a test may ask of the plugin while it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from .sampling import draw, whole

if TYPE_CHECKING:
    from ..report.model import TestResult
    from .state import Attempt


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a test's ledger so far: tokens, and their share of all tokens (0..1)."""

    tokens: int
    ratio: float


class Altax:
    """The fixture without `--altax`: tests that use it run as they would without the plugin."""

    def layer(self, name: str) -> AbstractContextManager[None]:  # noqa: ARG002 - nothing to tag
        """Tag the LLM calls made inside the block: their whole cost stands on that line of the ledger.

        `moderation`, `guard`, `judge` and `retry` are lines of their own; any other name is `layer:NAME`.
        """
        return contextlib.nullcontext()

    def session(self, name: str) -> AbstractContextManager[None]:  # noqa: ARG002 - nothing to name
        """Calls made inside the block form a conversation of their own: nothing in it counts as resent from outside."""
        return contextlib.nullcontext()

    def sample(self, function: Callable[[], Any], n: int) -> Any:
        """Call `function` n times and give the list of its results, each run recorded and counted as one sample.

        With a coroutine function, or a function that returns an awaitable, await what `sample` returns. The samples
        are taken one after the other; what one of them raises is raised, with its number as a note.
        `--altax-samples=N` goes before `n`. Raises ValueError unless `n` is a whole number of 1 or more.
        """
        return draw(function, whole(n), lambda _: contextlib.nullcontext())

    def score(self, value: float) -> None:
        """Say how good the answer was, 0 (wrong) to 1 (right). Raises ValueError outside that range.

        A score is about the answers since the scores before: scores that follow each other are about one answer each,
        or one prompt each, where they are as many; else about all of them.
        """
        if not 0 <= value <= 1:
            raise ValueError(f"altax.score takes a number from 0 to 1, not {value!r}")

    def tool_called(self, name: str) -> None:
        """Say that a tool was called which the app parsed out of text, so that its schema does not count as idle."""

    @property
    def ledger(self) -> Mapping[str, Line]:
        """The ledger of the test so far, by line; a line that has no tokens is there with 0. Skips without --altax."""
        pytest.skip("altax.ledger needs --altax")


class Measuring(Altax):
    """The fixture under `--altax`."""

    def __init__(self, attempt: Attempt, measure: Callable[[], TestResult], samples: int | None = None) -> None:
        """For an attempt; `measure` gives its result so far, `samples` is the number that every sampling takes."""
        self._attempt = attempt
        self._measure = measure
        self._samples = samples

    def layer(self, name: str) -> AbstractContextManager[None]:
        """See Altax.layer."""
        from ..capture.context import tagged

        return tagged(name)

    def session(self, name: str) -> AbstractContextManager[None]:
        """See Altax.session."""
        from ..capture.context import current_session, in_session
        from ..meters.sessions import within

        return in_session(within(current_session(), name))

    def sample(self, function: Callable[[], Any], n: int) -> Any:
        """See Altax.sample."""
        from ..capture.context import in_session

        own = whole(n)
        size = self._samples or own
        if size < own:
            self._attempt.tape.take_fewer(f"altax.sample took {size} of its {own} samples (--altax-samples={size})")
        self._attempt.samplings += 1
        sampling = f"sample-{self._attempt.samplings}"
        return draw(function, size, lambda number: in_session(f"{sampling}/{number}"))

    def score(self, value: float) -> None:
        """See Altax.score."""
        from ..meters.base import Score

        super().score(value)
        self._attempt.scores.append(Score(float(value), self._attempt.tape.count))

    def tool_called(self, name: str) -> None:
        """See Altax.tool_called."""
        self._attempt.tools_called.add(name)

    @property
    def ledger(self) -> Mapping[str, Line]:
        """See Altax.ledger."""
        lines = self._measure().lines
        total = sum(line.tokens for line in lines) or 1
        return _Ledger({line.name: Line(line.tokens, line.tokens / total) for line in lines})


class _Ledger(dict[str, Line]):
    def __missing__(self, name: str) -> Line:
        from ..errors import UnknownName, nearest
        from ..meters.bill import LINES

        if name in LINES or name.startswith(("layer:", "tools:")):
            return Line(0, 0.0)
        known = sorted({*self, *LINES})
        fix = f"the lines are {', '.join(known)}"
        raise UnknownName(f"the ledger has no line {name!r}", did_you_mean=nearest(name, known), fix=fix)


def fixture_of(request: pytest.FixtureRequest) -> Altax:
    """The fixture for a test: measuring when its attempt is on tape, else the one that does nothing."""
    runtest = request.config.pluginmanager.getplugin("altax-tests")
    if runtest is None:
        return Altax()
    attempt = runtest.attempt(request.node)
    return Measuring(attempt, lambda: runtest.measure(request.node, attempt), runtest.run.samples)
