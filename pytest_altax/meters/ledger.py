"""Where the tokens go; the page is the docstring of `Ledger`."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..measurements import Basis, Direction, Measurement, Metric, Pooling, Sample, Unit
from .bill import CallBill
from .lines import ANSWER, LAYER, LINES, TASK, family, is_tax, layer_line
from .reading import Reading

_BASES = tuple(Basis)
# The metrics of each line and of each sum over lines: its tokens, its share of all tokens; empty for none.
_SUMS = {
    **{name: (f"{name}_tokens", f"{name}_ratio") for name in (*LINES, "tax")},
    "task_share": ("", "task_share"),
    **{name: (f"{name}_tokens", "") for name in ("input", "output", "total")},
}
_SUMMARIES = {
    "task": "new user content",
    "context": "other content seen for the first time: documents, tool results",
    "system": "system prompt outside any layer",
    "layer": "declared alignment text and calls, all layers together",
    "tools": "schemas of tools that are called, and of outputs",
    "idle_tools": "schemas of tools that the session never calls",
    "resent": "content that an earlier call already sent or answered",
    "duplicate": "content that stands a second time in one request",
    "framing": "input left between the sum of the texts and the reported number",
    "moderation": "calls of a moderation endpoint or tagged so",
    "guard": "calls of a guard model",
    "judge": "calls of a judge",
    "retry": "calls that ask again after a refusal",
    "answer": "answers",
    "tool_calls": "tool calls in answers",
    "reasoning": "reasoning in answers",
    "refusal": "output of refused choices",
    "hedge": "disclaimers inside answers",
    "output_framing": "output left between our count and the reported number",
}


def _tokens(name: str, summary: str, direction: Direction = Direction.LOWER) -> Metric:
    low = None if name.endswith("framing_tokens") else 0.0
    return Metric(name, Unit.TOKENS, direction, Pooling.TOTAL, summary, low=low)


def _ratio(name: str, summary: str, direction: Direction = Direction.LOWER) -> Metric:
    low = None if name.endswith("framing_ratio") else 0.0
    return Metric(name, Unit.RATIO, direction, Pooling.RATIO, summary, low=low, high=1.0)


def _line_metrics() -> Iterator[Metric]:
    for line in LINES:
        direction = Direction.LOWER if is_tax(line, {}) else Direction.NEUTRAL
        yield _tokens(f"{line}_tokens", f"tokens: {_SUMMARIES[line]}", direction)
        yield _ratio(f"{line}_ratio", f"share of all tokens: {_SUMMARIES[line]}", direction)


def layer_metrics(layers: Iterable[str]) -> Mapping[str, Metric]:
    """The metric of each declared layer, `layer:NAME`, by name; `guard` and the like have that of their own line."""
    lines = (layer_line(name) for name in layers)
    return {line: _tokens(line, f"tokens of {line}") for line in lines if family(line) == LAYER}


_REPORTED = frozenset({"calls", "input_tokens", "output_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"})
_BY_LABEL = ("answer", "refusal", "hedge", "retry", "tax", "task_share", "tool_calls")


class Ledger:
    """The ledger: every token the provider billed, on one line, the lines summing to the bill.

    ## What it measures
    Input: `task` new user content · `context` other content seen for the first time (documents, tool results) ·
    `system` the system prompt outside any layer · `layer` declared alignment text · `tools` schemas of tools that the
    session calls at least once, and of outputs · `idle_tools` schemas of tools it never calls · `resent` content that
    an earlier call already sent or answered · `duplicate` content that stands a second time in the same request ·
    `framing` what is left between the sum of the texts and the reported number (it may be negative).
    Whole calls: `moderation`, `guard`, `judge`, `retry`. Output: `answer` · `tool_calls` · `reasoning` · `refusal` all
    output of a refused choice · `hedge` disclaimer sentences · `output_framing` reported minus our count.

    Each is a metric `LINE_tokens` and, as a share of all tokens, `LINE_ratio`. `input_tokens` and `output_tokens` sum
    them, `total_tokens` is both, `calls` counts the calls, `cached_tokens` were read from the provider's cache. Each
    declared layer is a metric of its own, `layer:NAME`, in tokens: `"layer:guardrail" = 900` in a budget.
    `tax_tokens` and `tax_ratio` are all lines that exist for alignment or are waste: layers, idle tools, resent,
    duplicate, moderation, guard, judge, retry, refusal, hedge. `task_share` = (task + answer) / all tokens.

    ## Why it matters
    A guardrail is paid in every call that carries it, and a history in every turn; a bill shows neither.

    ## How
    Texts are cut into tokens offline. A token that could stand on several lines goes, in this order, to: the tag of its
    call, `duplicate`, `layer`, `tools`, `system`, `resent`, `task` or `context`. Repetitions are found on windows of 32
    tokens, repeated whole messages at any length. Our counts are scaled by the slope of the model's tokenizer; the sums
    are the provider's. A retry is found without a tag: it comes after a call that was refused, filtered or rejected (an
    error of the 400s) and its content is that call's, or extends it.

    What an earlier call of the session began with as well, in the order tools, system prompt, messages, is `cacheable`.
    A cache break is named where a call that goes on with an earlier one, or begins nearly as it did, changes something
    in that start; each provider has a cache of its own. Savings are upper bounds: schemas of tools that no test of a
    whole run calls, with what the provider adds for tools where none is left, messages sent again, and what a mended
    break would move to the cached rate. None is more than the input of its calls.

    ## Limits
    The split of a bill is ours where only its sum is reported: exact for OpenAI, scaled for others. When a request has
    changed since it was recorded, its input is exact (OpenAI) or anchored on the recording with an expected error; its
    output is carried over, and what was cached is not known. Without reported usage all is estimated. Each retry but
    the first after one refusal counts as conversation. Calls that were not understood make totals not measured.

    ## Example
    Full history sent each turn, 4,000 tokens of schemas, 500 of system prompt, 100 a question, 300 an answer: schemas
    are 87% / 62.5% / 38.5% of all input after 1 / 10 / 30 turns, though none was added. So read share and number.

    ## Options
    `[tool.pytest-altax.layers]` declares layers by file, regex, endpoint or tag; `altax.layer(NAME)` tags calls;
    `[tool.pytest-altax.tax]` moves a line into the tax or out of it; `altax.tool_called(NAME)` reports a tool that
    the app parsed out of text.

    ## References
    Broder 1997, On the resemblance and containment of documents (shingles), doi:10.1109/SEQUEN.1997.666900; README.md,
    "The ledger".
    """

    metrics = (
        *_line_metrics(),
        _tokens("tax_tokens", "tokens that exist for alignment or are waste"),
        _ratio("tax_ratio", "tax / all tokens"),
        _ratio("task_share", "(task + answer) / all tokens", Direction.HIGHER),
        _tokens("input_tokens", "input tokens"),
        _tokens("output_tokens", "output tokens"),
        _tokens("total_tokens", "input and output tokens"),
        _tokens("cached_tokens", "input tokens read from the provider's cache", Direction.HIGHER),
        Metric("calls", Unit.COUNT, Direction.LOWER, Pooling.TOTAL, "LLM calls"),
    )

    def __init__(self, layers: Iterable[str] = ()) -> None:
        self._layers = layer_metrics(layers)
        self.metrics = (*type(self).metrics, *self._layers.values())

    @staticmethod
    def depends(metric: str) -> tuple[str, ...]:
        """What a metric rests on: what was reported on nothing, lines on our counts, some on what is a refusal."""
        if metric in _REPORTED:
            return ()
        by_label = metric.startswith(_BY_LABEL)
        return ("tokenizer", "detector") if by_label else ("tokenizer",)

    def measure(self, reading: Reading) -> list[Measurement]:
        """All metrics of a test that made calls; nothing for one that made none."""
        if not reading.calls:
            return []
        unread = len([call for call in reading.calls if call.provider == "unknown"])
        stale = len([call for call in reading.calls if call.stale])
        skipped = {"not understood": unread} if unread else {}
        cached = sum([sum(bill.cached.values()) for bill in reading.bill])
        return [
            Measurement("calls", (Sample(len(reading.calls)),)),
            Measurement("cached_tokens", (Sample(cached),), {**skipped, **({"stale": stale} if stale else {})}),
            *_sums(reading, skipped),
            *(_of_line(name, reading.bill, skipped) for name in self._layers),
        ]


def _sums(reading: Reading, skipped: Mapping[str, int]) -> Iterable[Measurement]:
    tallies = _tallies(reading.bill, reading.context.tax_lines)
    total = tallies["total"].tokens
    found = dict(_nothing(total))
    for name in _SUMS if skipped else tallies:
        in_tokens, in_shares = _SUMS[name]
        if in_tokens:
            found[in_tokens] = tallies[name].measurement(in_tokens, 1, skipped)
        if in_shares:
            found[in_shares] = tallies[name].measurement(in_shares, total, skipped)
    return found.values()


def _of_line(line: str, bills: Sequence[CallBill], skipped: Mapping[str, int]) -> Measurement:
    tally = _Tally()
    for bill in bills:
        if line in bill.input or line in bill.output:
            tally.add(bill, bill.input.get(line, 0), bill.output.get(line, 0))
    return tally.measurement(line, 1, skipped)


@functools.lru_cache(maxsize=16)
def _nothing(total: int) -> Mapping[str, Measurement]:
    """The metrics of sums without tokens, of so many in all: what most tests have on most lines, so made together."""
    tokens, share = (Sample(0),), (Sample(0, total),)
    named = (pair for metrics in _SUMS.values() for pair in zip(metrics, (tokens, share), strict=True))
    return {name: Measurement(name, sample) for name, sample in named if name}


def _tallies(bills: Sequence[CallBill], moved: Mapping[str, bool]) -> Mapping[str, _Tally]:
    """The tokens of the lines that stand in any bill of a test, and of the sums over lines; 0 for all others."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for bill in bills:
        given, answered = _by_family(bill.input), _by_family(bill.output)
        for line in given.keys() | answered.keys():
            tallies[line].add(bill, given.get(line, 0), answered.get(line, 0))
        sent, told = sum(given.values()), sum(answered.values())
        taxed = [sum([n for line, n in side.items() if is_tax(line, moved)]) for side in (bill.input, bill.output)]
        tallies["tax"].add(bill, *taxed)
        tallies["task_share"].add(bill, given.get(TASK, 0), answered.get(ANSWER, 0))
        tallies["input"].add(bill, sent, 0)
        tallies["output"].add(bill, 0, told)
        tallies["total"].add(bill, sent, told)
    return tallies


def _by_family(lines: Mapping[str, int]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for line, tokens in lines.items():
        name = family(line)
        counts[name] = counts.get(name, 0) + tokens
    return counts


@dataclass(slots=True)
class _Tally:
    """A sum of tokens over bills, with the worst basis and the expected errors of those that add to it."""

    tokens: int = 0
    error: float = 0.0
    basis: Basis = Basis.REPORTED

    def add(self, bill: CallBill, given: int, answered: int) -> None:
        """Add input and output tokens of a bill; no more of them can be wrong than there are."""
        self.tokens += given + answered
        if bill.basis is Basis.REPORTED and not bill.error:
            return
        uncertain = abs(given) + (0 if bill.carried else abs(answered))
        if uncertain:
            self.error += min(bill.error, uncertain)
            self.basis = max(self.basis, bill.basis, key=_BASES.index)

    def measurement(self, metric: str, denominator: int, skipped: Mapping[str, int]) -> Measurement:
        """The sum as a measurement; a share of nothing is 0 of 0, which adds nothing to that of a run."""
        return Measurement(metric, (Sample(self.tokens, denominator),), skipped, self.basis, self.error)
