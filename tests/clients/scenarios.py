"""What every client is put through: small functions from the URL of a server to plain data that can be compared."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

THREADS = 16
WAYS = ("sync", "async", "streamed", "async streamed", "threads", "gathered")
# Each of its own, and ten that only the order of their answers tells apart
QUESTIONS = [*(f"question <{number}>" for number in range(40)), *["the same"] * 10]


class Pieces(tuple[Any, ...]):
    """Pieces of a body as they arrived: where a live run cuts it is the network's, so only the whole is compared."""


@dataclass(frozen=True)
class Scenario:
    """One use of a client. `way` is a column of the table; without the packages that it `needs` it is skipped.

    `unplayed` are the methods of requests that the client does not make again on replay.
    """

    client: str
    name: str
    way: str
    serve: Callable[[], AbstractContextManager[Any]]
    use: Callable[..., Any]
    needs: tuple[str, ...]
    unplayed: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """How the test is called."""
        return f"{self.client}: {self.name}"

    @property
    def many(self) -> bool:
        """Whether it asks `QUESTIONS`, many at once."""
        return self.way in ("threads", "gathered")

    def run(self, url: str) -> Any:
        """What the client made of the server's answers."""
        result = self.use(url, QUESTIONS) if self.many else self.use(url)
        return asyncio.run(result) if inspect.iscoroutine(result) else result


class Group:
    """The scenarios of one client, in the order in which they stand in its module."""

    def __init__(self, client: str, serve: Callable[[], AbstractContextManager[Any]], *needs: str) -> None:
        self.client = client
        self.serve = serve
        self.needs = needs
        self.scenarios: list[Scenario] = []

    def __call__(
        self, name: str, way: str = "", *needs: str, client: str = "", unplayed: tuple[str, ...] = ()
    ) -> Callable[[Any], Any]:
        """Register a function. Its way is `sync` or `async` where nothing else is said."""

        def register(use: Any) -> Any:
            chosen = way or ("async" if inspect.iscoroutinefunction(use) else "sync")
            assert chosen in WAYS
            packages = (*self.needs, *needs)
            self.scenarios.append(Scenario(client or self.client, name, chosen, self.serve, use, packages, unplayed))
            return use

        return register


def in_threads(ask: Callable[[str], Any], questions: Sequence[str]) -> list[Any]:
    """What each question got, asked from 16 threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(ask, questions))


async def gathered(ask: Callable[[str], Any], questions: Sequence[str]) -> list[Any]:
    """What each question got, all asked at once."""
    return list(await asyncio.gather(*map(ask, questions)))


def plain(value: Any) -> Any:
    """A pydantic model, or a list of them, as plain data."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.model_dump(mode="json", warnings=False) if hasattr(value, "model_dump") else value


def unnumbered(value: Any) -> Any:
    """The same without the numbers that the server counts with, and without the cuts of the network."""
    if isinstance(value, Pieces):
        return unnumbered(type(value[0])().join(value)) if value else ""
    if isinstance(value, bytes):
        return unnumbered(value.decode("latin-1"))
    if isinstance(value, str):
        return re.sub(r"\d+", "#", value)
    if isinstance(value, (list, tuple)):
        return [unnumbered(item) for item in value]
    if isinstance(value, dict):
        return {key: unnumbered(item) for key, item in value.items()}
    return "#" if isinstance(value, (int, float)) and not isinstance(value, bool) else value
