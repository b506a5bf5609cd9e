"""What is wrong with a configuration, collected, so that one run names everything and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..errors import ConfigError
from .locate import Keys

_MOST = 10


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that cannot be used; `keys` is its path within the table or marker that is read."""

    keys: Keys
    what: str
    did_you_mean: str | None = None
    fix: str | None = None

    def line(self, where: str) -> str:
        """The problem on one line, after the place where it stands."""
        meant = f"; did you mean {self.did_you_mean!r}?" if self.did_you_mean else ""
        return f"{where}: {self.what}{meant}" + (f"; {self.fix}" if self.fix else "")


class Problems:
    """A collector of problems; `where` turns a path into the place an error names, such as `pyproject.toml:14:1`."""

    def __init__(self, title: str, where: Callable[[Keys], str]) -> None:
        self._title, self._where = title, where
        self._found: list[Problem] = []

    def add(self, problem: Problem) -> None:
        """Collect a problem."""
        self._found.append(problem)

    def touch(self, *keys: str | int) -> bool:
        """Whether something at or below this path has been found wrong already."""
        return any(problem.keys[: len(keys)] == keys for problem in self._found)

    @contextmanager
    def at(self, *keys: str | int) -> Iterator[None]:
        """Collect a ConfigError raised within, as a problem at this path."""
        try:
            yield
        except ConfigError as error:
            self.add(Problem(keys, error.what, error.did_you_mean, error.fix))

    def stop(self) -> None:
        """Raise one ConfigError for all that was found, in the order of the file; nothing if all is well."""
        if len(self._found) == 1:
            only = self._found[0]
            raise ConfigError(f"{self._where(only.keys)}: {only.what}", did_you_mean=only.did_you_mean, fix=only.fix)
        if self._found:
            placed = sorted(
                ((self._where(problem.keys), problem) for problem in self._found), key=lambda p: _order(p[0])
            )
            facts = [problem.line(where) for where, problem in placed[:_MOST]]
            more = [f"and {len(placed) - _MOST} more"] if len(placed) > _MOST else []
            raise ConfigError(f"{self._title}: {len(placed)} settings cannot be used", facts=facts + more)


def _order(where: str) -> list[int]:
    """Line and column of `file:14:1` as numbers, since line 9 goes before line 14."""
    return [int(part) for part in where.split(":") if part.isdigit()]
