"""`--altax-shard=i/n`: one of n parts of the suite, to be put together again with `altax merge`."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

SENT = "altax_suite"
"""Under which a worker of pytest-xdist tells the controller which suite it has collected."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` (from 1) of `of`."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def takes(self, place: int, count: int) -> bool:
        """Whether the test at a place (from 0) among `count` sorted ones is its own.

        Parts are runs of neighbours, so that the fixtures of a module are set up in few of them.
        """
        return place * self.of // count == self.number - 1 if count >= self.of else place == self.number - 1


def parsed(given: str) -> Shard:
    """The shard that an option names. Raises argparse.ArgumentTypeError for anything but i/n with 1 <= i <= n."""
    number, mark, of = given.partition("/")
    if mark and number.isascii() and number.isdigit() and of.isascii() and of.isdigit() and 1 <= int(number) <= int(of):
        return Shard(int(number), int(of))
    raise argparse.ArgumentTypeError(f"takes the part and the number of parts, such as 1/4, not {given!r}")


class Sharding:
    """Leaves out the tests of other shards. `suite` is a digest of the ids of all that were collected."""

    def __init__(self, config: pytest.Config, shard: Shard) -> None:
        self.config, self.shard, self.suite = config, shard, ""
        self._tests = 0

    @property
    def is_empty(self) -> bool:
        """Whether the suite has tests, but none for this shard."""
        return self.suite not in ("", digest(())) and not self._tests

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep this shard's tests; the rest is deselected, after all that others deselect."""
        ids = sorted({item.nodeid for item in items})
        self.suite = digest(ids)
        mine = {id for place, id in enumerate(ids) if self.shard.takes(place, len(ids))}
        left_out = [item for item in items if item.nodeid not in mine]
        items[:] = [item for item in items if item.nodeid in mine]
        self._tests = len(items)
        if left_out:
            self.config.hook.pytest_deselected(items=left_out)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell the controller which suite this was, when this is a worker; a shard that is empty has not failed."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[SENT] = self.suite
        if self.is_empty and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take from a worker which suite it was."""
        self.suite = getattr(node, "workeroutput", {}).get(SENT, "") or self.suite


def digest(ids: Iterable[str]) -> str:
    """A digest of test ids, whatever their order: 16 hexadecimal digits."""
    text = "\n".join(sorted(ids))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
