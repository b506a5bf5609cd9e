"""The output lines of a call: answer, tool calls, reasoning, refusal, hedge, and the rest of the reported number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..records import Call, Choice
from .base import Label, LabelKind
from .hedges import Hedges
from .lines import ANSWER, HEDGE, OUTPUT_FRAMING, REASONING, REFUSAL, TOOL_CALLS
from .pieces import Texts, tool_text
from .shares import apportion, scaled
from .totals import model_of


class OutputLines:
    """Divides the output of calls among lines. On a `harmful` test a refusal is what was asked for: an answer."""

    def __init__(self, texts: Texts, harmful: bool) -> None:
        self._texts, self._harmful, self._hedges = texts, harmful, Hedges()

    def lines(self, call: Call, labels: Sequence[Label]) -> dict[str, int]:
        """The output by line, summing exactly to the reported output, or to our own count where none was reported.

        Several choices share the reported output, and the reported reasoning within it, by our counts. Output that was
        recorded for another request is counted as of the model that answered then.
        """
        if not call.choices:
            return {OUTPUT_FRAMING: call.usage.output} if call.usage and call.usage.output else {}
        hidden = call.usage.reasoning if call.usage else 0
        model = model_of(call.was or call)
        slope = self._texts.counter.slope(model)
        counted = [
            self._choice(choice, model, label, hidden > 0) for choice, label in zip(call.choices, labels, strict=True)
        ]
        weights = [sum(counts.values()) for counts in counted]
        total = call.usage.output if call.usage else round(sum(weights) * slope)
        lines: dict[str, int] = {}
        shares = zip(apportion(total - hidden, weights), apportion(hidden, weights), strict=True)
        for counts, label, (shown, thought) in zip(counted, labels, shares, strict=True):
            if self._refused(label):
                _add(lines, REFUSAL, shown + thought)
                continue
            own = scaled(counts, slope)
            for line, tokens in own.items():
                _add(lines, line, tokens)
            _add(lines, REASONING, thought)
            _add(lines, OUTPUT_FRAMING, shown - sum(own.values()))
        return {line: tokens for line, tokens in lines.items() if tokens}

    def _refused(self, label: Label) -> bool:
        return label.kind is LabelKind.REFUSAL and not self._harmful

    def _choice(self, choice: Choice, model: str | None, label: Label, reasoning_reported: bool) -> Mapping[str, int]:
        """Our counts of one choice by line; reasoning text only where its tokens are not reported apart."""
        counts: dict[str, int] = {}
        if choice.reasoning and not reasoning_reported:
            counts[REASONING] = self._tokens(choice.reasoning, model)
        if choice.tool_calls:
            counts[TOOL_CALLS] = sum([self._tokens(tool_text(tool), model) for tool in choice.tool_calls])
        counts[ANSWER] = self._tokens(choice.refusal or "", model) + self._tokens(choice.text, model)
        if label.kind is not LabelKind.REFUSAL:
            counts[HEDGE] = self._hedged(choice.text, model)
            counts[ANSWER] -= counts[HEDGE]
        return counts

    def _tokens(self, text: str, model: str | None) -> int:
        return len(self._texts.get(text, model)) if text else 0

    def _hedged(self, text: str, model: str | None) -> int:
        spans = self._hedges.spans(text)
        if not spans:
            return 0
        cut = self._texts.get(text, model)
        places = [cut.span(*span) for span in spans]
        return sum(end - start for start, end in places)


def _add(lines: dict[str, int], line: str, tokens: int) -> None:
    lines[line] = lines.get(line, 0) + tokens
