"""What a guardrail of Bedrock did: it blocks what is asked or answered, or masks personal data in it.

Reference: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import wire

INTERVENED = "guardrail_intervened"
_DEEPEST = 12


def signal(answer: Mapping[str, Any], text: str) -> str:
    """Name the signal of an answer in which a guardrail intervened.

    `blocked` where the trace says so, or where the model was never asked (text, yet no token of output); else
    `guardrail_intervened`, which may be masking in an ordinary answer.
    """
    actions = set(_actions(answer.get("trace"), 0)) | set(_actions(answer.get("amazon-bedrock-trace"), 0))
    unasked = bool(text) and wire.integer(wire.mapping(answer.get("usage")).get("outputTokens")) == 0
    return "blocked" if "BLOCKED" in actions or unasked else INTERVENED


def _actions(trace: Any, depth: int) -> Iterator[str]:
    """Find the actions of all assessments, wherever they stand in a trace."""
    if depth > _DEEPEST:
        return
    for inner in trace if isinstance(trace, list) else wire.mapping(trace).values():
        yield from _actions(inner, depth + 1)
    action = wire.mapping(trace).get("action")
    if isinstance(action, str):
        yield action
