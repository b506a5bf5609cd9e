"""Our own count of a whole request: its texts, and the tokens that the provider's template puts around them.

The constants were fitted to billed input. For OpenAI they give the very number of most requests of text and functions;
for all others the result is an estimate whose expected error `Tokens.expected_error` tells.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..records import Call, Message, Part, PartKind

_NAMESPACE = ("namespace functions {\n\n", "} // namespace functions")
# OpenAI chat, OpenAI responses, and the two names that Anthropic has given it
_SCHEMA_PATHS = (
    ("response_format", "json_schema", "schema"),
    ("text", "format", "schema"),
    ("output_config", "format", "schema"),
    ("output_format", "schema"),
)
_SPOKEN = (PartKind.TEXT, PartKind.TOOL_RESULT)


class Counter(Protocol):
    """What is needed of a token counter (`Tokens`, `meters.base.TokenCounter`)."""

    def encode(self, text: str, model: str | None) -> Sequence[int]:
        """The token ids of a text."""
        ...

    def slope(self, model: str | None) -> float:
        """Tokens of the model's family for each of ours."""
        ...


@dataclass(frozen=True, slots=True)
class _Rule:
    """Template tokens of a family of models: for a request, a message, and what a request with tools adds.

    `forced` is added when tools must be used, `described` when the first has a description, `result` for each result
    of a tool, `parallel` where several were called at once, `answer` for each earlier answer, `schema` for the schema
    of an answer; `in_system` is taken off where tools join a system message that is there already. `prose` is the
    slope of requests without tools, where it differs: Claude's JSON has more tokens against ours than its prose.
    """

    request: float
    message: float
    tools: float = 0
    forced: float = 0
    result: float = 0
    described: float = 0
    parallel: float = 0
    answer: float = 0
    schema: float = 0
    in_system: float = 0
    prose: float = 0


# The first line whose provider, endpoint and model fit decides.
_RULES: tuple[tuple[str, _Rule], ...] = (
    (r"openai \S+ (\S*[/.:])?gpt-oss", _Rule(67, 3, tools=9, result=5, answer=2)),
    (r"openai responses\S* (\S*[/.:])?gpt-5", _Rule(2, 3, tools=8, result=10, described=1, answer=2)),
    (r"openai \S+ (\S*[/.:])?gpt-5", _Rule(2, 3, tools=90, result=9, described=1, answer=2)),
    (r"openai responses\S* (\S*[/.:])?o\d", _Rule(2, 3, tools=3, result=6, parallel=16)),
    (r"openai \S+ (\S*[/.:])?o\d", _Rule(2, 3, tools=9, result=5, parallel=16)),
    (r"openai responses", _Rule(3, 3, tools=3, result=6, parallel=16)),
    (r"openai", _Rule(3, 3, tools=9, result=5, parallel=16, in_system=4)),
    (r"anthropic \S+ (\S*[/.:])?claude-[a-z]+-4-[56]", _Rule(5, 1.6, 500, 100, 50, schema=125, prose=1.147)),
    (r"anthropic \S+ (\S*[/.:])?claude-[a-z]+-([5-9]|4-[7-9])", _Rule(5, 1.6, 370, 120, 50, schema=125)),
    (r"anthropic", _Rule(5, 1.6, 325, 0, 50, prose=1.147)),
    (r"", _Rule(3, 3)),
)


def request_tokens(call: Call, counter: Counter) -> int:
    """Count the input tokens of a request, in tokens of the model's own family (the slope is applied)."""
    texts, rule = _texts(call), _rule(call)
    slope = rule.prose if rule.prose and not call.tools else counter.slope(call.model)
    return round(slope * sum(len(counter.encode(text, call.model)) for text in texts) + _template(call, rule))


def framing_tokens(call: Call, counter: Counter) -> int:
    """Count the template tokens of a request alone: what `request_tokens` adds to its texts."""
    own = sum(len(counter.encode(text, call.model)) for text in _texts(call))
    return request_tokens(call, counter) - round(counter.slope(call.model) * own)


def output_schema(settings: Mapping[str, Any]) -> str:
    """Find the schema that an answer must fit, as compact JSON; empty without one."""
    for path in _SCHEMA_PATHS:
        found: Any = settings
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping):
            return json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return ""


def _rule(call: Call) -> _Rule:
    name = f"{call.provider} {call.endpoint} {_model(call).lower()}"
    return next(rule for pattern, rule in _RULES if re.match(pattern, name))


def _model(call: Call) -> str:
    """Name the model: as it answered, since a request may name a deployment; as asked for where the answer is stale."""
    return (call.model if call.stale else call.answered_by or call.model) or ""


def _template(call: Call, rule: _Rule) -> float:
    messages = [message for message in call.messages if _is_counted(message)]
    total = rule.request + rule.message * len(messages)
    total += rule.answer * sum(message.role == "assistant" for message in messages)
    total += rule.result * sum(message.role == "tool" for message in messages)
    total += rule.parallel * sum(_tool_calls(message) > 1 for message in messages)
    total += rule.schema * bool(output_schema(call.settings))
    if any(tool.text for tool in call.tools):
        total += rule.tools - rule.in_system * any(message.role == "system" for message in messages)
        choice = call.settings.get("tool_choice")
        kind = choice.get("type") if isinstance(choice, Mapping) else choice
        total += rule.forced * (kind in ("any", "tool", "required", "function"))
        total += rule.described * next(tool.text.startswith("//") for tool in call.tools if tool.text)
    return total


def _tool_calls(message: Message) -> int:
    return sum(part.kind is PartKind.TOOL_CALL for part in message.parts)


def _is_counted(message: Message) -> bool:
    """Whether a message is one for the model; reasoning sent back and what stands for kept context is none."""
    return any(part.kind is not PartKind.REASONING for part in message.parts)


def _texts(call: Call) -> list[str]:
    """List the texts that are counted; those that the model reads without a break between them as one."""
    texts = []
    for message in call.messages:
        texts += _message_texts(message) if _is_counted(message) else []
        if call.provider == "openai" and _is_counted(message):
            texts.append(message.role)
            # A message's name costs its tokens and one more, but nothing of its own where it is the role.
            texts += (
                [message.name, ":"] if message.name and message.name != message.role else [":"] * bool(message.name)
            )
    schemas = [tool.text for tool in call.tools if tool.text]
    if schemas and call.provider == "openai":
        texts += ["".join((_NAMESPACE[0], *schemas, _NAMESPACE[1])), *_named_tool(call)]
    else:
        texts += schemas
    return [*texts, output_schema(call.settings)]


def _message_texts(message: Message) -> list[str]:
    spoken = "".join(part.text for part in message.parts if part.kind in _SPOKEN)
    rest = [text for part in message.parts if part.kind not in _SPOKEN for text in _part_texts(part)]
    return [spoken, *rest]


def _part_texts(part: Part) -> list[str]:
    # The name of a tool is read twice: where it is called, and as the author of its result.
    return [part.name or "", part.name or "", part.text] if part.kind is PartKind.TOOL_CALL else [part.text]


def _named_tool(call: Call) -> list[str]:
    """A tool that must be called is named once more, with seven tokens around it (not to gpt-5)."""
    choice = call.settings.get("tool_choice")
    if not isinstance(choice, Mapping) or "gpt-5" in _model(call):
        return []
    function = choice.get("function")
    name = function.get("name") if isinstance(function, Mapping) else choice.get("name")
    return [name, *[":"] * 7] if isinstance(name, str) and name else []
