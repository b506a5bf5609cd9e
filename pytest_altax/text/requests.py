"""Our own count of a whole request: its texts, and the tokens that the provider's template puts around them.

The constants were fitted to billed input: those of OpenAI, Claude, Gemini and Llama 3.3 to recordings of several
projects that agree; those of llama-guard, Llama 4, Command and of Llama 3.2's tools to those of one. For OpenAI they
give the very number of most requests of text and functions; for all others the result is an estimate whose expected
error `Tokens.expected_error` tells.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
_SAID_OF_ALL = frozenset({"required", "additionalProperties"})
_FIELDS = frozenset({"properties", "$defs", "definitions"})
_DEEPEST = 50
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

    `system` is added for each system message, `answer` for each earlier answer, `result` for each result of a tool,
    `parallel` where several tools were called at once, `schema` for the schema of an answer, `thinking` where a budget
    for thinking is given; `forced` when tools must be used, `described` when the first has a description. `in_system`
    is taken off where tools join a system message that is there already. `prose` is the slope of requests without
    tools, where it differs: Claude's JSON has more tokens against ours than its prose; `tool_slope` that of the tools,
    where it differs. `openai` reads tools as OpenAI's own models do, in a namespace, and the role of each message.
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
    system: float = 0
    thinking: float = 0
    tool_slope: float = 0
    openai: bool = False


_OpenAI = functools.partial(_Rule, openai=True)
_Claude = functools.partial(_Rule, 2.5, 4, result=50, answer=-3, system=-4)

# What is matched is "PROVIDER ENDPOINT VENDOR MODEL". `_ANY` stands for all but the model, `_BY` for a vendor; both
# with what a gateway puts before the model's name. The first line that fits decides.
_BY = r"\S+ (?:\S*[/.:])?"
_ANY = rf"\S+ \S+ {_BY}"
_RULES: tuple[tuple[str, _Rule], ...] = (
    (rf"{_ANY}claude-([a-z]+-)?4[.-][56]", _Claude(500, 100, schema=125, prose=1.13, thinking=28)),
    (rf"{_ANY}claude-([a-z]+-)?([5-9]|4[.-][7-9])", _Rule(5, 1.6, tools=370, forced=120, result=50, schema=125)),
    (rf"{_ANY}claude|anthropic ", _Claude(325, 0, prose=1.13, thinking=28)),
    (r"bedrock invoke ", _Rule(0, 0, tools=355, result=45)),
    (rf"{_ANY}nova-", _Rule(0, 0, tools=355, result=45)),
    (r"bedrock \S+ \S+ amazon\.titan", _Rule(3, 0)),
    (r"\S+ \S+ \S+ (\S*openai/gpt-oss|gpt-oss:)", _OpenAI(67, 3, tools=24, result=5, answer=2)),
    (rf"{_ANY}gpt-oss", _OpenAI(63, 3, tools=24, result=5, answer=2)),
    (rf"openai responses {_BY}gpt-5", _OpenAI(2, 3, tools=8, result=10, described=1, answer=2, schema=6)),
    (rf"openai \S+ {_BY}gpt-5", _OpenAI(2, 3, tools=90, result=9, described=1, answer=2, schema=14)),
    (rf"openai responses {_BY}o\d", _OpenAI(2, 3, tools=3, result=6, schema=6)),
    (rf"openai \S+ {_BY}o\d", _OpenAI(2, 3, tools=9, result=5, parallel=16, schema=14)),
    (rf"{_ANY}llama-?guard", _Rule(193, 0)),
    (rf"{_ANY}llama3\.[123]", _Rule(20, 5, tools=82, system=-5)),
    (rf"{_ANY}llama-3[.-][123]", _Rule(30, 5, tools=82, system=-5)),
    (rf"{_ANY}llama-?3", _Rule(5, 5)),
    (rf"{_ANY}llama-?4", _Rule(5, 5, tools=655)),
    (r"openai completions ", _Rule(0, 0)),
    (rf"{_ANY}qwen3(:|-\d|$)", _Rule(5, 5, tools=88)),
    (rf"{_ANY}qwen", _Rule(5, 5)),
    (rf"{_ANY}deepseek", _Rule(3, 0)),
    (rf"{_ANY}gemini-(1|2\.0)", _Rule(0, 0, tool_slope=0.55)),
    (rf"{_ANY}gem(ini|ma)", _Rule(1, 0)),
    (rf"{_ANY}command-(a|r7b)", _Rule(495, 0, tools=895, result=35, system=34)),
    (rf"{_ANY}(open-)?[a-z]+[sx]tral", _Rule(3, 0, tools=6, result=5, tool_slope=1.4)),
    (
        rf"openai responses ((openai|azure|-) |{_BY}(gpt|chatgpt)-)",
        _OpenAI(3, 3, tools=3, result=6, parallel=-6, schema=6),
    ),
    (
        rf"openai \S+ ((openai|azure|-) |{_BY}(gpt|chatgpt)-)",
        _OpenAI(3, 3, tools=9, result=5, parallel=16, schema=14, in_system=4),
    ),
    (r"", _Rule(3, 4)),
)


def request_tokens(call: Call, counter: Counter) -> int:
    """Count the input tokens of a request, in tokens of the model's own family (the slope is applied)."""
    rule = _rule_of(call)
    return round(_messages(call, rule, counter) + _tools(call, rule, counter))


def tool_tokens(call: Call, counter: Counter) -> int:
    """Count what the tools of a request and the schema of its answer add to it, with what the template puts around."""
    rule = _rule_of(call)
    tools = _tools(call, rule, counter)
    if rule.openai and counter.slope(call.model) == 1:
        # All terms are whole numbers.
        return round(tools)
    messages = _messages(call, rule, counter)
    return round(messages + tools) - round(messages)


def framing_tokens(call: Call, counter: Counter) -> int:
    """Count the template tokens of a request alone: what `request_tokens` adds to its texts."""
    rule = _rule_of(call)
    own = _counted([*_message_texts(call, rule), *_schema_texts(call, rule), *_tool_texts(call, rule)], call, counter)
    return request_tokens(call, counter) - round(counter.slope(call.model) * own)


def output_schema(settings: Mapping[str, Any]) -> str:
    """Find the schema that an answer must fit, as compact JSON; empty without one."""
    for first, *rest in _SCHEMA_PATHS:
        found: Any = settings.get(first)
        if found is None:
            continue
        for name in rest:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping):
            return _compact(found)
    return ""


def billed_schema(call: Call) -> str:
    """Find what is billed of the schema that an answer must fit, empty for models that do not read it.

    Claude reads it as it is, OpenAI's models without `required` and `additionalProperties`.
    """
    schema = output_schema(call.settings)
    rule = _rule_of(call) if schema else None
    if rule is None or not rule.schema:
        return ""
    return _compact(_read_schema(json.loads(schema), 0)) if rule.openai else schema


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read_schema(schema: Any, depth: int) -> Any:
    """Leave out what a strict schema says of every object."""
    if depth > _DEEPEST:
        return schema
    if isinstance(schema, list):
        return [_read_schema(one, depth + 1) for one in schema]
    if not isinstance(schema, dict):
        return schema
    read = {name: value for name, value in schema.items() if name not in _SAID_OF_ALL}
    return {
        name: _fields(value, depth + 1) if name in _FIELDS else _read_schema(value, depth + 1)
        for name, value in read.items()
    }


def _fields(schemas: Any, depth: int) -> Any:
    """The schemas of fields, whose names may be any."""
    if not isinstance(schemas, dict):
        return schemas
    return {name: _read_schema(schema, depth + 1) for name, schema in schemas.items()}


def _counted(texts: Iterable[str], call: Call, counter: Counter) -> int:
    return sum([len(counter.encode(text, call.model)) for text in texts])


def _messages(call: Call, rule: _Rule, counter: Counter) -> float:
    slope = _slope(call, rule, counter)
    return slope * _counted(_message_texts(call, rule), call, counter) + _template(call, rule)


def _tools(call: Call, rule: _Rule, counter: Counter) -> float:
    schema = _slope(call, rule, counter) * _counted(_schema_texts(call, rule), call, counter)
    slope = rule.tool_slope or counter.slope(call.model)
    return schema + slope * _counted(_tool_texts(call, rule), call, counter) + _tool_template(call, rule)


def _slope(call: Call, rule: _Rule, counter: Counter) -> float:
    return rule.prose if rule.prose and not call.tools else counter.slope(call.model)


def _rule_of(call: Call) -> _Rule:
    return _rule(f"{call.provider} {call.endpoint} {call.vendor or '-'} {_model(call).lower()}")


@functools.lru_cache(maxsize=256)
def _rule(name: str) -> _Rule:
    return next(rule for pattern, rule in _RULES if re.match(pattern, name))


def _model(call: Call) -> str:
    """Name the model: as it answered, since a request may name a deployment; as asked for where the answer is stale."""
    return (call.model if call.stale else call.answered_by or call.model) or ""


def _template(call: Call, rule: _Rule) -> float:
    messages = [message for message in call.messages if _is_counted(message)]
    total = rule.request + rule.message * len(messages)
    total += rule.answer * sum(message.role == "assistant" for message in messages)
    total += rule.result * sum(message.role == "tool" for message in messages)
    total += rule.parallel * _parallel(messages)
    total += rule.system * sum(message.role == "system" for message in messages)
    return total + rule.thinking * _thinks(call.settings)


def _tool_template(call: Call, rule: _Rule) -> float:
    total = rule.schema * bool(output_schema(call.settings))
    first = next((tool.text for tool in call.tools if tool.text), "")
    if first:
        system = any(message.role == "system" and _is_counted(message) for message in call.messages)
        total += rule.tools - rule.in_system * system
        choice = call.settings.get("tool_choice")
        kind = choice.get("type") if isinstance(choice, Mapping) else choice
        total += rule.forced * (kind in ("any", "tool", "required", "function"))
        total += rule.described * first.startswith("//")
    return total


def _thinks(settings: Mapping[str, Any]) -> bool:
    """Whether a budget for thinking is given, to Anthropic or by way of Bedrock."""
    more = settings.get("additionalModelRequestFields")
    thinking = (more if isinstance(more, Mapping) else settings).get("thinking")
    return isinstance(thinking, Mapping) and thinking.get("type") == "enabled"


def _parallel(messages: Sequence[Message]) -> int:
    """Count where several tools were called at once: in one message, or in messages that follow each other."""
    called = [_tool_calls(message) for message in messages]
    return sum(count > 1 for count in called) + sum(one > 0 < next_ for one, next_ in pairwise(called))


def _tool_calls(message: Message) -> int:
    return sum(part.kind is PartKind.TOOL_CALL for part in message.parts)


def _is_counted(message: Message) -> bool:
    """Whether a message is one for the model; reasoning sent back and what stands for kept context is none."""
    return any(part.kind is not PartKind.REASONING for part in message.parts)


def _message_texts(call: Call, rule: _Rule) -> list[str]:
    """List the texts of the messages; what is read without a break between as one."""
    texts = []
    for message in filter(_is_counted, call.messages):
        texts += _texts_of(message)
        if rule.openai:
            texts.append(message.role)
            # A message's name costs its tokens and one more, but nothing of its own where it is the role.
            texts += (
                [message.name, ":"] if message.name and message.name != message.role else [":"] * bool(message.name)
            )
    return texts


def _schema_texts(call: Call, rule: _Rule) -> list[str]:
    """List the schema of the answer and, for OpenAI's models, its name."""
    schema = billed_schema(call)
    return [schema, *_schema_name(call.settings)] if schema and rule.openai else [schema]


def _schema_name(settings: Mapping[str, Any]) -> list[str]:
    for first, second in (("response_format", "json_schema"), ("text", "format")):
        given = settings.get(first)
        found = given.get(second) if isinstance(given, Mapping) else None
        if isinstance(found, Mapping) and isinstance(found.get("name"), str):
            return [found["name"]]
    return []


def _tool_texts(call: Call, rule: _Rule) -> list[str]:
    if not rule.openai:
        # What OpenAI's models read of a tool is its text, where a request has OpenAI's form. Others read it as it is.
        return [tool.schema if call.provider == "openai" else tool.text for tool in call.tools if tool.text]
    namespace = _namespace(tuple([tool.text for tool in call.tools if tool.text]))
    return [namespace, *_named_tool(call)] if namespace else []


@functools.lru_cache(maxsize=64)
def _namespace(schemas: tuple[str, ...]) -> str:
    """The schemas as OpenAI's models read them; most requests of an application carry the same ones."""
    return "".join((_NAMESPACE[0], *schemas, _NAMESPACE[1])) if schemas else ""


def _texts_of(message: Message) -> list[str]:
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
