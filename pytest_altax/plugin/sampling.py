"""Taking samples: a function called again and again, each time as a sample of its own."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

Entering = Callable[[int], AbstractContextManager[None]]
"""What a sample is taken within, by its number from 0."""


def whole(n: Any) -> int:
    """The number of samples asked for, of any type that is a whole number. Raises ValueError."""
    try:
        number = 0 if isinstance(n, bool) else operator.index(n)
    except TypeError:
        number = 0
    if number < 1:
        raise ValueError(f"altax.sample takes a whole number of samples, 1 or more, not {n!r}")
    return number


def draw(function: Callable[[], Any], n: int, entering: Entering) -> Any:
    """The results of n calls, in their order; an awaitable of them where the function gives awaitables."""
    if inspect.iscoroutinefunction(function):
        return _await_each(function, n, entering)
    with _Noted(0, n), entering(0):
        first = function()
        if inspect.isawaitable(first):
            return _await_each(function, n, entering, first)
    rest = []
    for number in range(1, n):
        with _Noted(number, n), entering(number):
            rest.append(function())
    return [first, *rest]


async def _await_each(
    function: Callable[[], Awaitable[Any]], n: int, entering: Entering, first: Awaitable[Any] | None = None
) -> list[Any]:
    results = []
    for number in range(n):
        with _Noted(number, n), entering(number):
            results.append(await (first if first is not None and number == 0 else function()))
    return results


class _Noted:
    """Notes on whatever is raised inside in which sample it was raised."""

    def __init__(self, number: int, n: int) -> None:
        self._note = f"in sample {number + 1} of {n} of altax.sample"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None and self._note not in getattr(error, "__notes__", ()):
            error.add_note(self._note)
