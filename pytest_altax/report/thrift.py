"""What a run could save, in words, the same in every report: its savings, cache breaks and tools by server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..gate.wording import figure
from ..measurements import Unit
from ..meters.cachebreaks import CacheBreak
from ..meters.savings import Saving, ServerUse
from .model import TestResult
from .safe import plain

_MOST_NAMES = 3


def savings(found: Sequence[Saving], most: int) -> list[str]:
    """The dearest savings, one a line: `save 4,120 tokens, $0.0103: tools never called, github: a, b (tools[0-1])`."""
    return [_saving(one) for one in found[:most]]


def _saving(one: Saving) -> str:
    priced = "" if one.usd is None else f", {figure(one.usd, Unit.USD)}"
    where = "; ".join(plain(text, 100) for text in (one.place, one.test) if text)
    tokens = f"{figure(one.tokens, Unit.TOKENS)} tokens"
    if one.kind == "cache_break":
        return f"read up to {tokens} from the cache{priced and priced + ' less'}: {plain(one.detail, 120)} ({where})"
    return f"save up to {tokens}{priced}: {_what(one)} ({where})"


def _what(one: Saving) -> str:
    if one.kind == "idle_tools":
        names = ", ".join(plain(name, 40) for name in one.names[:_MOST_NAMES])
        more = f" and {len(one.names) - _MOST_NAMES} more" if len(one.names) > _MOST_NAMES else ""
        server = f" of {plain(one.server, 40)}" if one.server else ""
        return f"tools{server} never called, {names}{more}"
    return "messages sent again"


def cache_breaks(tests: Iterable[TestResult], most: int) -> Iterator[tuple[str, bool]]:
    """The cache breaks of some tests: see `CacheBreaks`."""
    found = CacheBreaks(most)
    for test in tests:
        found.add(test)
    return found.lines()


class CacheBreaks:
    """The cache breaks that cost most, of tests that come one by one; not those that a note says cost none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._kept: list[tuple[str, CacheBreak]] = []

    def add(self, test: TestResult) -> None:
        """Take the breaks of a test into account."""
        found = [(test.id, one) for one in test.cache_breaks if one.note is None]
        if found:
            self._count += len(found)
            self._kept = sorted([*self._kept, *found], key=_dearest)[: self._most]

    def lines(self) -> Iterator[tuple[str, bool]]:
        """One a line, and whether money is lost."""
        for id, one in self._kept:
            yield f"cache break: {plain(id, 120)}, {cache_break(one)}", True
        if self._count > self._most:
            yield f"  and {self._count - self._most} more cache breaks", False


def _dearest(pair: tuple[str, CacheBreak]) -> tuple[int, str, int]:
    id, one = pair
    return -one.tokens, id, one.call


def cache_break(one: CacheBreak, usd: float | None = None) -> str:
    """A break in words: `call 2: tools[1] reordered since call 1 (b stands where a stood), 900 tokens behind it`.

    `usd` is what it costs at most, where that is known.
    """
    detail = f" ({plain(one.detail, 120)})" if one.detail else ""
    priced = "" if usd is None else f", up to {figure(usd, Unit.USD)}"
    note = f"; {one.note}" if one.note else ""
    what = f"{plain(one.place, 80)} {one.change} since call {one.earlier}{detail}"
    return f"call {one.call}: {what}, {figure(one.tokens, Unit.TOKENS)} tokens behind it{priced}{note}"


def tools(servers: Sequence[ServerUse]) -> str:
    """The tools by MCP server: `tools: github 1 of 12 called, 4,120 · own 2 of 2 called, 310`; empty without any."""
    if not any(one.server for one in servers):
        return ""
    return "tools: " + " · ".join(_server(one) for one in servers)


def _server(one: ServerUse) -> str:
    name = plain(one.server, 40) if one.server else "own"
    return f"{name} {one.called} of {one.tools} called, {figure(one.tokens, Unit.TOKENS)}"
