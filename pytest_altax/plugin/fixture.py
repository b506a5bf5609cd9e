"""The `altax` fixture: what a test may ask of the plugin while it runs."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

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

        With a coroutine function, or a function that returns an awaitable, await what `sample` returns.
        """
        return _sample(function, n, lambda _: contextlib.nullcontext())

    def score(self, value: float) -> None:
        """Say how good the answer was, 0 (wrong) to 1 (right). Raises ValueError outside that range."""
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

    def __init__(self, attempt: Attempt, measure: Callable[[], TestResult]) -> None:
        """For an attempt; `measure` gives its result so far."""
        self._attempt = attempt
        self._measure = measure

    def layer(self, name: str) -> AbstractContextManager[None]:
        """See Altax.layer."""
        from ..capture.context import tagged

        return tagged(name)

    def session(self, name: str) -> AbstractContextManager[None]:
        """See Altax.session."""
        from ..capture.context import in_session

        return in_session(name)

    def sample(self, function: Callable[[], Any], n: int) -> Any:
        """See Altax.sample."""
        from ..capture.context import in_session

        self._attempt.samplings += 1
        sampling = f"sample-{self._attempt.samplings}"
        return _sample(function, n, lambda number: in_session(f"{sampling}/{number}"))

    def score(self, value: float) -> None:
        """See Altax.score."""
        super().score(value)
        self._attempt.scores.append(float(value))

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
    return Measuring(attempt, lambda: runtest.measure(request.node, attempt))


def _sample(function: Callable[[], Any], n: int, numbered: Callable[[int], AbstractContextManager[None]]) -> Any:
    if n < 1:
        raise ValueError(f"altax.sample takes at least one sample, not {n!r}")
    if inspect.iscoroutinefunction(function):
        return _sample_async(function, n, numbered)
    with numbered(0):
        first = function()
        if inspect.isawaitable(first):
            return _sample_async(function, n, numbered, first)
    rest = []
    for number in range(1, n):
        with numbered(number):
            rest.append(function())
    return [first, *rest]


async def _sample_async(
    function: Callable[[], Awaitable[Any]],
    n: int,
    numbered: Callable[[int], AbstractContextManager[None]],
    first: Awaitable[Any] | None = None,
) -> list[Any]:
    results = []
    for number in range(n):
        with numbered(number):
            results.append(await (first if first is not None and number == 0 else function()))
    return results
