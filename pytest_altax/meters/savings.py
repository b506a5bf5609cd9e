"""What would go away from a bill: tools that nobody calls, transcripts sent again, prompts that miss the cache."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..plain import Record
from ..records import Call
from .bill import CallBill
from .cachebreaks import CacheBreak
from .lines import IDLE_TOOLS, RESENT, TOOLS, family
from .pieces import tool_text
from .prices import Rates
from .pricing import input_price
from .reading import Reading
from .segments import CONTENT, segments
from .sessions import tools_called
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

    `place` is where it first stands. The tokens of a server that the provider asks itself stand under its name.
    """

    name: str
    tokens: int
    place: str = ""
    server: str | None = None
    calls: int = 1
    called: bool = False
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class ServerUse(Record):
    """The tools of an MCP server (None: of none): how many there are, how many were called, and what they cost."""

    server: str | None
    tools: int
    called: int
    tokens: int
    usd: float | None = None


def tool_uses(reading: Reading, calls: Collection[int] | None = None) -> tuple[ToolUse, ...]:
    """The tools in the calls of a test, or in some of its calls by number, as they first stand there."""
    called = frozenset().union(reading.context.tools_called, *tools_called(reading.calls).values())
    found: dict[tuple[str, str | None], ToolUse] = {}
    for number in range(len(reading.calls)) if calls is None else calls:
        for use in _uses(reading, number, called):
            key = use.name, use.server
            found[key] = _both(found[key], use) if key in found else use
    return tuple(found.values())


def _uses(reading: Reading, number: int, called: Collection[str]) -> Iterator[ToolUse]:
    call, bill, rates = reading.calls[number], reading.bill[number], reading.rates[number]
    if bill.line is not None:
        return
    billed = {line: tokens for line, tokens in bill.input.items() if family(line) in (TOOLS, IDLE_TOOLS)}
    slope, counter, model = reading.context.counter.slope(model_of(call)), reading.context.counter, model_of(call)
    counts = [slope * len(counter.encode(tool.text, model)) if tool.text else 0 for tool in call.tools]
    # The rest of these lines is the template, which goes with the last tool only.
    fits = min(1.0, (billed.get(TOOLS, 0) + billed.get(IDLE_TOOLS, 0)) / (sum(counts) or 1))
    for tool, count in zip(call.tools, counts, strict=True):
        tokens, used = round(count * fits), tool.name in called
        if tokens:
            usd = _dollars(bill, rates, TOOLS if TOOLS in billed and used else IDLE_TOOLS, tokens)
            yield ToolUse(tool.name, tokens, tool.path, tool.server, 1, used, usd)
    for line, tokens in billed.items():
        if line not in (TOOLS, IDLE_TOOLS):
            server = line.partition(":")[2]
            yield ToolUse(server, tokens, "", server, 1, True, _dollars(bill, rates, line, tokens))


def _both(one: ToolUse, other: ToolUse) -> ToolUse:
    return replace(
        one,
        tokens=one.tokens + other.tokens,
        calls=one.calls + other.calls,
        called=one.called or other.called,
        usd=_sum((one.usd, other.usd)),
    )


def servers(uses: Iterable[ToolUse]) -> tuple[ServerUse, ...]:
    """The tools by server, the dearest first."""
    groups: dict[str | None, list[ToolUse]] = defaultdict(list)
    for use in uses:
        groups[use.server].append(use)
    found = (
        ServerUse(
            server,
            len({use.name for use in group}),
            len({use.name for use in group if use.called}),
            sum(use.tokens for use in group),
            _sum(use.usd for use in group),
        )
        for server, group in groups.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.tokens, one.server is None, one.server or "")))


def unused_tools(uses: Iterable[ToolUse], called: Collection[str], call: int = 0) -> list[Saving]:
    """What goes away without the tools that are not among `called`, an entry a server."""
    groups: dict[str | None, list[ToolUse]] = defaultdict(list)
    for use in uses:
        if use.name not in called and not use.called:
            groups[use.server].append(use)
    return [
        Saving(
            TOOLS_UNUSED,
            _range([use.place for use in group]),
            sum(use.tokens for use in group),
            _sum(use.usd for use in group),
            max(use.calls for use in group),
            call,
            tuple(dict.fromkeys(use.name for use in group)),
            server,
        )
        for server, group in groups.items()
    ]


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
    tokens = bill.input.get(RESENT, 0)
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
    read, written = sum(bill.cached.values()), sum(bill.cache_write.values())
    tokens = min(broken.tokens, sum(bill.input.values()) - read)
    usd = None
    if rates is not None:
        paid = min(tokens, written) * rates.cache_write + max(0, tokens - written) * rates.input
        usd = (paid - tokens * rates.cached) / _MILLION
    said = f"{broken.change}: {broken.detail}" if broken.detail else broken.change
    return Saving(CACHE, broken.place, tokens, usd, call=broken.call, detail=said)


def merged(savings: Iterable[Saving]) -> tuple[Saving, ...]:
    """Savings of one kind and place added up, the dearest first; `calls` adds up, the rest is that of the largest."""
    groups: dict[tuple[object, ...], list[Saving]] = defaultdict(list)
    for one in savings:
        place = (_NUMBER.sub("", one.place), one.detail.partition(":")[0]) if one.kind == CACHE else ()
        groups[one.kind, one.server, place].append(one)
    return tuple(sorted(map(_merge, groups.values()), key=_rank))


def _merge(group: Sequence[Saving]) -> Saving:
    largest = max(group, key=lambda one: one.tokens)
    return replace(
        largest,
        tokens=sum(one.tokens for one in group),
        usd=_sum(one.usd for one in group),
        calls=sum(one.calls for one in group),
        names=tuple(dict.fromkeys(name for one in group for name in one.names)),
    )


def _rank(one: Saving) -> tuple[float, int, str, str]:
    return -(one.usd or 0.0), -one.tokens, one.kind, one.place


def _sum(amounts: Iterable[float | None]) -> float | None:
    """The sum of what has a price; None where nothing has."""
    priced = [amount for amount in amounts if amount is not None]
    return sum(priced) if priced else None


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
