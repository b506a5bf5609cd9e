"""The names of the lines, and which of them are the tax."""

from __future__ import annotations

from collections.abc import Mapping

TASK, CONTEXT, SYSTEM, LAYER, TOOLS, IDLE_TOOLS = "task", "context", "system", "layer", "tools", "idle_tools"
RESENT, DUPLICATE, FRAMING = "resent", "duplicate", "framing"
MODERATION, GUARD, JUDGE, RETRY = "moderation", "guard", "judge", "retry"
ANSWER, TOOL_CALLS, REASONING, REFUSAL, HEDGE = "answer", "tool_calls", "reasoning", "refusal", "hedge"
OUTPUT_FRAMING = "output_framing"

INPUT_LINES = (TASK, CONTEXT, SYSTEM, LAYER, TOOLS, IDLE_TOOLS, RESENT, DUPLICATE, FRAMING)
WHOLE_CALLS = (MODERATION, GUARD, JUDGE, RETRY)
OUTPUT_LINES = (ANSWER, TOOL_CALLS, REASONING, REFUSAL, HEDGE, OUTPUT_FRAMING)
LINES = (*INPUT_LINES, *WHOLE_CALLS, *OUTPUT_LINES)
_UNTAXED = frozenset({TASK, CONTEXT, SYSTEM, TOOLS, FRAMING, ANSWER, TOOL_CALLS, REASONING, OUTPUT_FRAMING})


def family(line: str) -> str:
    """The line that a metric is named after: `layer` for `layer:guardrail`, `tools` for `tools:search`."""
    return line.partition(":")[0]


def layer_line(name: str) -> str:
    """The line of a layer: `moderation`, `guard`, `judge` and `retry` are lines, all others `layer:NAME`."""
    return name if name in WHOLE_CALLS else f"{LAYER}:{name}"


def is_tax(line: str, moved: Mapping[str, bool]) -> bool:
    """Whether a line belongs to the tax; `moved` says so by line or by family, and where it is silent the default."""
    return moved.get(line, moved.get(family(line), family(line) not in _UNTAXED))
