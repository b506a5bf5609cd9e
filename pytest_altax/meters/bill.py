"""The bill: every token of every call on one line, summing exactly to what the provider reported.

A token that could stand on several lines goes, in this order, to: the tag of its whole call, `duplicate`, `layer`,
`tools` or `idle_tools`, `system`, `resent`, `task` or `context`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..measurements import Basis
from ..plain import Record
from ..records import Call, PartKind
from .base import Context, Label, LabelKind, TokenCounter
from .history import History
from .layers import call_line
from .lines import CONTEXT, FRAMING, IDLE_TOOLS, LINES, RESENT, RETRY, TOOLS, family, is_tax
from .output import OutputLines
from .painting import Painter, Run
from .pieces import Piece, Texts, answer_keys, request_pieces
from .prefix import Prefixes, within
from .sessions import Retries, is_rejected, is_sampling, tools_called
from .shares import apportion, scaled
from .totals import Total, bills_nothing, input_total, model_of, tool_template

__all__ = ["LINES", "CallBill", "bill", "family", "is_tax", "sum_lines"]


@dataclass(frozen=True, slots=True)
class CallBill(Record):
    """Where the tokens of one call stand: `input` and `output` by line, each summing to the tokens billed.

    `layer:NAME` and `tools:SERVER` are lines of the families `layer` and `tools`. `cached` and `cache_write` say how
    many tokens of each input line were read from and written to the provider's cache, `cacheable` how many stand in the
    longest start of the request that is that of an earlier call of the session, too. `error` is the expected absolute
    error in tokens where `basis` is anchored or estimated. `carried`: the output was recorded for another request.
    `line` is the line of the whole call, where it has one.
    """

    input: Mapping[str, int] = dataclasses.field(default_factory=dict)
    output: Mapping[str, int] = dataclasses.field(default_factory=dict)
    basis: Basis = Basis.REPORTED
    error: float = 0.0
    carried: bool = False
    cached: Mapping[str, int] = dataclasses.field(default_factory=dict)
    cache_write: Mapping[str, int] = dataclasses.field(default_factory=dict)
    line: str | None = None
    cacheable: Mapping[str, int] = dataclasses.field(default_factory=dict)


def sum_lines(bills: Iterable[CallBill]) -> dict[str, int]:
    """The tokens of several bills by line, input and output."""
    lines: Counter[str] = Counter()
    for one in bills:
        lines.update(one.input)
        lines.update(one.output)
    return dict(lines)


def bill(
    calls: Sequence[Call],
    labels: Mapping[tuple[int, int], Label],
    context: Context,
    groups: Callable[[], Sequence[str]],
) -> tuple[CallBill, ...]:
    """One bill for each call of a test, in order; `labels` by (call, choice), of generation calls at least.

    `groups` gives the name of each call's prompt group; it is asked only for sessions of several calls.
    """
    return tuple(_Biller(calls, labels, context, groups).bills())


class _Biller:
    """Bills the calls of a test one after the other, remembering what each session has sent.

    A call that is the only one of its session is compared with no other, and need not be remembered.
    """

    def __init__(
        self,
        calls: Sequence[Call],
        labels: Mapping[tuple[int, int], Label],
        context: Context,
        groups: Callable[[], Sequence[str]],
    ) -> None:
        self._calls, self._labels, self._context, self._groups = calls, labels, context, groups
        self._texts = Texts(context.counter)
        self._painter = Painter(self._texts, context.layers)
        self._output = OutputLines(self._texts, context.harmful)
        self._alone = _alone(calls)
        self._called = tools_called(calls)
        self._histories: dict[str, History] = defaultdict(lambda: History(self._texts))
        self._retries: dict[str, Retries] = defaultdict(Retries)
        self._prefixes: dict[str, Prefixes] = defaultdict(lambda: Prefixes(self._texts))

    def bills(self) -> Iterator[CallBill]:
        """The bill of each call."""
        for number, call in enumerate(self._calls):
            labels = [self._labels.get((number, place)) for place in range(len(call.choices))]
            yield self._bill(call, number, [found or Label(LabelKind.COMPLIANCE) for found in labels])

    def _bill(self, call: Call, number: int, labels: Sequence[Label]) -> CallBill:
        alone = call.session in self._alone
        called = self._called[call.session] | self._context.tools_called
        pieces = request_pieces(call, called)
        line = call_line(call, self._context.layers)
        untagged = line is None and call.kind == "generation"
        if untagged and not alone and self._is_retry(call, pieces, labels):
            line = RETRY
        if bills_nothing(call):
            return CallBill(line=line)
        if alone:
            return self._summed(call, line, [] if line else self._painter.runs(pieces, model_of(call)), labels, 0)
        history, group = self._histories[call.session], self._groups()[number]
        runs = [] if line else self._painter.runs(pieces, model_of(call), history, group)
        if untagged:
            history.add(pieces, answer_keys(call), group)
        return self._summed(call, line, runs, labels, self._prefixes[call.session].add(call))

    def _is_retry(self, call: Call, pieces: Sequence[Piece], labels: Sequence[Label]) -> bool:
        if is_sampling(call.session):
            return False
        keys = tuple(piece.key for piece in pieces if piece.key)
        found = self._retries[call.session].answers(call, keys)
        refused = bool(labels) and all(label.kind is LabelKind.REFUSAL for label in labels)
        if refused or is_rejected(call):
            self._retries[call.session].refused(call, keys)
        return found

    def _summed(
        self, call: Call, line: str | None, runs: Sequence[Run], labels: Sequence[Label], shared: int
    ) -> CallBill:
        counter = self._context.counter
        total, slope = input_total(call, counter), counter.slope(model_of(call))
        output = self._output.lines(call, labels)
        if line:
            given, rest = _whole(line, total.tokens), line
            output = _whole(line, sum(output.values()))
        else:
            given, rest = _input_lines(call, runs, total, counter)
        cached, written = _cache_tokens(call)
        reads: list[dict[str, int]] = [{}, {}]
        if cached or written:
            prefix = [*_prefix(given, runs, slope), (rest, total.tokens)]
            reads = _cache_shares(prefix, cached, written, total.tokens)
        error = total.error
        if total.basis is Basis.ESTIMATED and call.usage is None:
            error += counter.expected_error(model_of(call)) * sum(output.values())
        same = within(runs, given, shared)
        return CallBill(given, output, total.basis, error, bool(call.stale), reads[0], reads[1], line, same)


def _alone(calls: Sequence[Call]) -> Collection[str]:
    """The sessions of one call each."""
    sessions = [call.session for call in calls]
    return sessions if len(sessions) == 1 else {name for name, count in Counter(sessions).items() if count == 1}


def _input_lines(call: Call, runs: Iterable[Run], total: Total, counter: TokenCounter) -> tuple[dict[str, int], str]:
    """The input by line, and the line that took what is left between the sum of the texts and the total.

    What the template adds for tools stands with them, as far as it was billed; what it leaves out of their schemas, as
    far as it was not.
    """
    counts: dict[str, int] = {}
    for name, tokens in runs:
        counts[name] = counts.get(name, 0) + tokens
    lines = scaled(counts, counter.slope(model_of(call)))
    residual = total.tokens - sum(lines.values())
    schemas = {name: lines[name] for name in (TOOLS, IDLE_TOOLS) if lines.get(name)}
    if residual and schemas:
        own = counts.get(TOOLS, 0) + counts.get(IDLE_TOOLS, 0)
        template = _billed_of(residual, tool_template(call, counter, own), sum(schemas.values()))
        for name, share in zip(schemas, apportion(abs(template), list(schemas.values())), strict=True):
            lines[name] += share if template > 0 else -share
        residual -= template
    rest = _residual_line(call) if residual > 0 else FRAMING
    if residual:
        lines[rest] = lines.get(rest, 0) + residual
    return lines, rest


def _billed_of(residual: int, template: int, schemas: int) -> int:
    """As much of the template as the residual, of the same sign, holds; it takes no more away than the schemas have."""
    if residual > 0:
        return max(0, min(residual, template))
    return min(0, max(residual, template, -schemas))


def _whole(line: str, tokens: int) -> dict[str, int]:
    return {line: tokens} if tokens else {}


def _residual_line(call: Call) -> str:
    """Where tokens stand that are billed though no text of the request holds them."""
    # A tool without text is run by the provider, unless it is a deferred one that waits to be searched for.
    run_there = (tool.name for tool in call.tools if not tool.text and '"defer_loading":true' not in tool.schema)
    servers = {*call.mcp_servers, *run_there}
    if servers:
        return f"{TOOLS}:{'+'.join(sorted(servers))}"
    if call.previous_response_id:
        return RESENT
    parts = (part for message in call.messages for part in message.parts)
    return CONTEXT if any(part.kind is PartKind.MEDIA for part in parts) else FRAMING


def _cache_tokens(call: Call) -> tuple[int, int]:
    """Tokens read from and written to the cache; those of a recording say nothing of a request that has changed."""
    return (0, 0) if call.usage is None or call.stale else (call.usage.cached, call.usage.cache_write)


def _prefix(given: Mapping[str, int], runs: Iterable[Run], slope: float) -> list[tuple[str, float]]:
    """The tokens of a request in the order in which they are cached, with their lines: tools, then all other texts."""
    schemas = [(name, given[name]) for name in (TOOLS, IDLE_TOOLS) if name in given]
    return [*schemas, *((name, tokens * slope) for name, tokens in runs if name not in (TOOLS, IDLE_TOOLS))]


def _cache_shares(prefix: Sequence[tuple[str, float]], cached: int, written: int, whole: int) -> list[dict[str, int]]:
    """By line what was read and what was written: one after the other, or where both do not fit the same tokens."""
    if cached + written > whole:
        return [*_prefix_shares(prefix, (cached,)), *_prefix_shares(prefix, (written,))]
    return _prefix_shares(prefix, (cached, written))


def _prefix_shares(prefix: Sequence[tuple[str, float]], amounts: Sequence[int]) -> list[dict[str, int]]:
    """Divide the amounts, which follow each other from the start of the prefix, among its lines."""
    left = list(prefix)
    shares = []
    for amount in amounts:
        taken: dict[str, float] = defaultdict(float)
        missing = float(amount)
        while missing > 0 and left:
            name, tokens = left.pop(0)
            part = min(missing, tokens)
            taken[name] += part
            missing -= part
            if tokens > part:
                left.insert(0, (name, tokens - part))
        names = list(taken)
        shares.append(dict(zip(names, apportion(amount, [taken[name] for name in names]), strict=True)))
    return shares
