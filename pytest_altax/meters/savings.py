"""What would go away from a bill: tools that nobody calls, transcripts sent again, prompts that miss the cache."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..plain import Record
from ..records import Call, Tool
from ..stats.summing import ExactSum
from ..text.requests import billed_schema
from .bill import CallBill
from .cachebreaks import CacheBreak
from .lines import IDLE_TOOLS, RESENT, TOOLS, family
from .pieces import tool_text
from .prices import Rates
from .pricing import input_price
from .reading import Reading
from .segments import CONTENT, segments
from .sessions import tools_called
from .shares import apportion
from .totals import model_of

TOOLS_UNUSED, TRANSCRIPT, CACHE = "idle_tools", "transcript", "cache_break"
_MILLION = 1e6
_TOOL = re.compile(r"(.*\[)(\d+)\]")
_ITEM = re.compile(r"[^\[.]+(\[\d+\])?")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Saving(Record):
    """What could be saved, at most: `kind` is idle_tools, transcript or cache_break.

    `tokens` would not be sent (idle_tools, transcript), or be read from the cache (cache_break); `usd` is what that is
    worth at the rates of the calls, None without a price. `place` is where it stands in the request, and `call` the
    number of the call with most of it. `names` are the tools, `server` the MCP server they are of. `calls` counts the
    calls concerned. `test` is the test with most of it, in a run.
    """

    kind: str
    place: str
    tokens: int
    usd: float | None = None
    calls: int = 1
    call: int = 0
    names: tuple[str, ...] = ()
    server: str | None = None
    detail: str = ""
    test: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse(Record):
    """A tool in the requests of a test: how many carry it, what its schema costs there, and whether it was called.

    `place` is where it first stands. `tokens` hold its share of what the provider adds to a request that has tools;
    these `template` tokens go only when no tool is left. `request` is the first call with the same tools. The
    tokens of a server that the provider asks itself stand under its name.
    """

    name: str
    tokens: int
    place: str = ""
    server: str | None = None
    calls: int = 1
    called: bool = False
    usd: float | None = None
    template: int = 0
    request: int = 0


@dataclass(frozen=True, slots=True)
class ServerUse(Record):
    """The tools of an MCP server (None: of none): how many there are, how many were called, and what they cost."""

    server: str | None
    tools: int
    called: int
    tokens: int
    usd: float | None = None


def tool_uses(reading: Reading, calls: Collection[int] | None = None) -> tuple[ToolUse, ...]:
    """The tools in the calls of a test, or in some of its calls by number, as they first stand there.

    A tool has an entry for each set of tools that it is sent in.
    """
    sessions = tools_called(reading.calls)
    called = frozenset().union(reading.context.tools_called, *sessions.values())
    found: dict[tuple[str, str | None, int], ToolUse] = {}
    first: dict[frozenset[tuple[str, str | None]], int] = {}
    for number in range(len(reading.calls)) if calls is None else calls:
        here = sessions[reading.calls[number].session] | reading.context.tools_called
        uses = tuple(_uses(reading, number, here))
        request = first.setdefault(frozenset((use.name, use.server) for use in uses), number)
        for one in uses:
            use = replace(one, called=one.called or one.name in called, request=request)
            key = use.name, use.server, request
            found[key] = _both(found[key], use) if key in found else use
    return tuple(found.values())


def _uses(reading: Reading, number: int, called: Collection[str]) -> Iterator[ToolUse]:
    call, bill, rates = reading.calls[number], reading.bill[number], reading.rates[number]
    if bill.line is not None:
        return
    yield from _on_line(reading, number, TOOLS, [tool for tool in call.tools if tool.name in called])
    yield from _on_line(reading, number, IDLE_TOOLS, [tool for tool in call.tools if tool.name not in called])
    for line, tokens in bill.input.items():
        if family(line) == TOOLS and line != TOOLS:
            server = line.partition(":")[2]
            yield ToolUse(server, tokens, "", server, 1, True, _dollars(bill, rates, line, tokens))


def _on_line(reading: Reading, number: int, line: str, tools: Sequence[Tool]) -> Iterator[ToolUse]:
    """The tools whose schemas stand on a line, which they share out, as far as it is not the schema of an answer."""
    call, bill, counter = reading.calls[number], reading.bill[number], reading.context.counter
    model = model_of(call)
    texts = [tool.text for tool in tools] + ([billed_schema(call)] if line == TOOLS else [])
    counts = [counter.slope(model) * len(counter.encode(text, model)) if text else 0.0 for text in texts]
    billed = min(bill.input.get(line, 0), sum(bill.input.values()))
    if billed <= 0 or not any(counts):
        return
    for tool, tokens, count in zip(tools, apportion(billed, counts), counts, strict=False):
        if tokens:
            usd = _dollars(bill, reading.rates[number], line, tokens)
            template = max(0, tokens - round(count))
            yield ToolUse(tool.name, tokens, tool.path, tool.server, 1, line == TOOLS, usd, template)


def _both(one: ToolUse, other: ToolUse) -> ToolUse:
    return replace(
        one,
        tokens=one.tokens + other.tokens,
        calls=one.calls + other.calls,
        called=one.called or other.called,
        usd=_sum((one.usd, other.usd)),
        template=one.template + other.template,
    )


def servers(uses: Iterable[ToolUse]) -> tuple[ServerUse, ...]:
    """The tools by server, the dearest first."""
    found = Servers()
    for use in uses:
        found.add(use)
    return found.found()


class Servers:
    """The tools of tests that come one by one, by server: their names and sums."""

    def __init__(self) -> None:
        self._groups: dict[str | None, _Server] = {}

    def add(self, use: ToolUse) -> None:
        """Add a tool to those of its server."""
        self._groups.setdefault(use.server, _Server()).add(use)

    def found(self) -> tuple[ServerUse, ...]:
        """The servers, the dearest first."""
        found = (group.use(server) for server, group in self._groups.items())
        return tuple(sorted(found, key=lambda one: (-one.tokens, one.server is None, one.server or "")))


class _Server:
    """The names of a server's tools, those that were called, and what all of them cost."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._called: set[str] = set()
        self._tokens, self._usd = 0, _Dollars()

    def add(self, use: ToolUse) -> None:
        self._names.add(use.name)
        if use.called:
            self._called.add(use.name)
        self._tokens += use.tokens
        self._usd.add(use.usd)

    def use(self, server: str | None) -> ServerUse:
        return ServerUse(server, len(self._names), len(self._called), self._tokens, self._usd.total)


def unused_tools(uses: Iterable[ToolUse], called: Collection[str], call: int = 0) -> list[Saving]:
    """What goes away without the tools that are not among `called`, an entry a server.

    What the provider adds to a request with tools goes as well, where no tool is left.
    """
    groups: dict[str | None, list[ToolUse]] = defaultdict(list)
    found = tuple(uses)
    left = {use.request for use in found if use.called or use.name in called}
    for use in found:
        if use.name not in called and not use.called:
            groups[use.server].append(_schema_alone(use) if use.request in left else use)
    return [
        Saving(
            TOOLS_UNUSED,
            _range([use.place for use in group]),
            sum(use.tokens for use in group),
            _sum(use.usd for use in group),
            sum({use.request: use.calls for use in group}.values()),
            call,
            tuple(dict.fromkeys(use.name for use in group)),
            server,
        )
        for server, group in groups.items()
    ]


def _schema_alone(use: ToolUse) -> ToolUse:
    tokens = use.tokens - use.template
    return replace(use, tokens=tokens, template=0, usd=None if use.usd is None else use.usd * tokens / use.tokens)


def call_savings(reading: Reading) -> tuple[tuple[Saving, ...], ...]:
    """For each call of a test the transcript it need not send again, and the cache break that could be mended."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    found = []
    for number, call in enumerate(reading.calls):
        known, group = said[call.session], reading.groups[number]
        texts = [(part.text.strip(), part.place) for part in segments(call) if part.kind == CONTENT and part.text]
        again = [place for text, place in texts if known.get(text, group) != group]
        broken = reading.cache_breaks.get(number)
        both = _transcript(reading, number, again), broken and _cache(reading, broken)
        found.append(tuple(one for one in both if one))
        if reading.bill[number].line is None:
            for text in (*(text for text, _ in texts), *_answers(call)):
                known.setdefault(text, group)
    return tuple(found)


def _answers(call: Call) -> Iterator[str]:
    for choice in call.choices:
        yield choice.text.strip()
        yield from (tool_text(tool).strip() for tool in choice.tool_calls)


def _transcript(reading: Reading, number: int, places: Sequence[str]) -> Saving | None:
    bill, call = reading.bill[number], reading.calls[number]
    tokens = min(bill.input.get(RESENT, 0), sum(bill.input.values()))
    if tokens <= 0 or bill.line is not None:
        return None
    items = list(dict.fromkeys(found[0] for place in places if (found := _ITEM.match(place))))
    # Without a message that is sent again as a whole: parts of one are, or the provider keeps the conversation.
    place = _range(items) or ("previous_response_id" if call.previous_response_id else "messages")
    return Saving(TRANSCRIPT, place, tokens, _dollars(bill, reading.rates[number], RESENT, tokens), call=number)


def _cache(reading: Reading, broken: CacheBreak) -> Saving | None:
    """What a call would have saved, had the cache served it; nothing where none was to be had."""
    if broken.note is not None:
        return None
    bill, rates = reading.bill[broken.call], reading.rates[broken.call]
    written = sum(bill.cache_write.values())
    tokens, usd = broken.tokens, None
    if rates is not None:
        paid = min(tokens, written) * rates.cache_write + max(0, tokens - written) * rates.input
        usd = (paid - tokens * rates.cached) / _MILLION
    said = f"{broken.change}: {broken.detail}" if broken.detail else broken.change
    return Saving(CACHE, broken.place, tokens, usd, call=broken.call, detail=said)


def merged(savings: Iterable[Saving]) -> tuple[Saving, ...]:
    """Savings of one kind and place added up, the dearest first; `calls` adds up, the rest is that of the largest."""
    found = Savings()
    for one in savings:
        found.add(one)
    return found.merged()


class Savings:
    """Savings that come one by one, added up by kind and place; none but the largest of each is kept."""

    def __init__(self) -> None:
        self._groups: dict[tuple[object, ...], _Alike] = {}

    def add(self, one: Saving, test: str = "") -> None:
        """Add a saving, of a test of that id, to those of its kind and place."""
        one = replace(one, test=test) if test else one
        place = (_NUMBER.sub("", one.place), one.detail.partition(":")[0]) if one.kind == CACHE else ()
        self._groups.setdefault((one.kind, one.server, place), _Alike(one)).add(one)

    def merged(self) -> tuple[Saving, ...]:
        """One of each kind and place, the dearest first."""
        return tuple(sorted((group.merged() for group in self._groups.values()), key=_rank))


class _Alike:
    """Savings of one kind and place: their sums, and the one with most tokens, the first of several."""

    def __init__(self, first: Saving) -> None:
        self._largest = first
        self._tokens = self._calls = 0
        self._usd = _Dollars()
        self._names: dict[str, None] = {}

    def add(self, one: Saving) -> None:
        self._tokens += one.tokens
        self._calls += one.calls
        self._usd.add(one.usd)
        self._names.update(dict.fromkeys(one.names))
        if one.tokens > self._largest.tokens:
            self._largest = one

    def merged(self) -> Saving:
        names = tuple(self._names)
        return replace(self._largest, tokens=self._tokens, usd=self._usd.total, calls=self._calls, names=names)


class _Dollars:
    """The sum of what has a price; None where nothing has."""

    def __init__(self) -> None:
        self._sum, self._any = ExactSum(), False

    def add(self, amount: float | None) -> None:
        if amount is not None:
            self._sum.add(amount)
            self._any = True

    @property
    def total(self) -> float | None:
        return float(self._sum) if self._any else None


def _rank(one: Saving) -> tuple[float, int, str, str]:
    return -(one.usd or 0.0), -one.tokens, one.kind, one.place


def _sum(amounts: Iterable[float | None]) -> float | None:
    """The sum of what has a price; None where nothing has."""
    found = _Dollars()
    for amount in amounts:
        found.add(amount)
    return found.total


def _dollars(bill: CallBill, rates: Rates | None, line: str, tokens: int) -> float | None:
    """What so many tokens of an input line cost, each as much as the others of its line."""
    whole = bill.input.get(line, 0)
    if rates is None or whole <= 0:
        return None
    return input_price(bill, line, rates) * tokens / whole / _MILLION


def _range(places: Sequence[str]) -> str:
    """Places in a list as ranges: `tools[0]`, `tools[2-5]`; others as they are."""
    found = [(m[1], int(m[2])) if (m := _TOOL.fullmatch(place)) else (place, -1) for place in dict.fromkeys(places)]
    runs: list[tuple[str, int, int]] = []
    for stem, number in sorted(found):
        if runs and runs[-1][0] == stem and number == runs[-1][2] + 1:
            runs[-1] = stem, runs[-1][1], number
        else:
            runs.append((stem, number, number))
    return ", ".join(_shown(*run) for run in runs if run[0])


def _shown(stem: str, first: int, last: int) -> str:
    if first < 0:
        return stem
    return f"{stem}{first}]" if first == last else f"{stem}{first}-{last}]"
