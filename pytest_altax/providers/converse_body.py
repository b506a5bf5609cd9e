"""What a request and an answer of Bedrock's converse hold; Amazon Nova's own body is the same.

Protocol: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html. Its `inputTokens` exclude
what was read from or written to the cache; both are added here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Choice, Message, PartKind, Tool, ToolCall, Usage
from . import billing, converse_blocks, guardrails, schemas, wire

_SETTINGS = ("additionalModelRequestFields", "guardrailConfig", "outputConfig", "performanceConfig", "serviceTier")
_SIGNALS = frozenset({"content_filtered", "guardrail_intervened", "refusal"})


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the system prompt (a leading system message), then the messages; one of results alone is the `tool`'s."""
    system = tuple(converse_blocks.parts(sent.get("system"), "system"))
    if any(part.text or part.kind is PartKind.MEDIA for part in system):
        yield Message("system", system)
    given = wire.objects(sent.get("messages"))
    turn = max((number for number, message in enumerate(given) if _asks(message)), default=-1)
    for number, message in enumerate(given):
        yield _message(message, f"messages[{number}].content", current=number > turn)


def _asks(message: Mapping[str, Any]) -> bool:
    """Whether the user speaks in a message; one that only brings results of tools goes on with the same turn."""
    blocks = wire.objects(message.get("content"))
    return message.get("role") == "user" and not all({"toolResult", "cachePoint"} & set(block) for block in blocks)


def _message(message: Mapping[str, Any], place: str, *, current: bool) -> Message:
    role, blocks = wire.text(message.get("role")), wire.objects(message.get("content"))
    brought = role == "user" and bool(blocks) and all({"toolResult", "cachePoint"} & set(block) for block in blocks)
    parts = converse_blocks.parts(message.get("content"), place, current=current)
    return Message("tool" if brought else role, tuple(parts))


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools of a request, those too that the model runs itself; a cache point among them is none."""
    for number, tool in enumerate(wire.objects(wire.mapping(sent.get("toolConfig")).get("tools"))):
        place, told = f"toolConfig.tools[{number}]", wire.mapping(tool.get("toolSpec"))
        name = wire.text(told.get("name"))
        if told:
            schema = wire.mapping(told.get("inputSchema")).get("json")
            counted = {"name": name, "description": told.get("description"), "input_schema": schema}
            text = wire.compact({key: value for key, value in counted.items() if value is not None})
            yield Tool(name, text, wire.compact(tool), schemas.server_of(name), place)
        elif set(tool) - {"cachePoint"}:
            yield schemas.other_tool({**wire.mapping(tool.get("systemTool")), "type": "systemTool"}, place)


def settings(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Read what changes sampling: the fields of `inferenceConfig` under their own names, the rest as it stands."""
    found = dict(wire.mapping(sent.get("inferenceConfig")))
    found.update((key, sent[key]) for key in _SETTINGS if sent.get(key))
    more = wire.mapping(sent.get("additionalModelRequestFields"))
    found |= {"additionalModelRequestFields": {k: v for k, v in more.items() if k != "seed"}} if "seed" in more else {}
    choice = wire.mapping(sent.get("toolConfig")).get("toolChoice")
    found.update({"toolChoice": choice} if choice else {})
    schema = _output_schema(wire.mapping(sent.get("outputConfig")))
    if schema:
        found.pop("outputConfig")
        found["output_format"] = {"type": "json_schema", "schema": schema}
    return {key: wire.tame(value) for key, value in found.items() if value is not None}


def _output_schema(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the schema that an answer must fit; it is sent as JSON text."""
    structure = wire.mapping(wire.mapping(config.get("textFormat")).get("structure"))
    return wire.mapping(wire.decode(wire.text(wire.mapping(structure.get("jsonSchema")).get("schema"))))


def choices(answer: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Read the one choice of an answer; none of an error."""
    reason = wire.name(answer.get("stopReason"))
    said = wire.mapping(wire.mapping(answer.get("output")).get("message")).get("content")
    blocks = wire.objects(said)
    if not blocks and reason is None:
        return ()
    text = "".join(part.text for part in converse_blocks.parts(said, "") if part.kind is PartKind.TEXT)
    signal = guardrails.signal(answer, text) if reason == "guardrail_intervened" else reason
    return (
        Choice(
            text=text,
            tool_calls=tuple(_tool_calls(blocks)),
            reasoning="\n".join(filter(None, map(converse_blocks.thought, blocks))),
            signal=signal if reason in _SIGNALS else None,
            stop_reason=reason,
        ),
    )


def _tool_calls(blocks: list[Mapping[str, Any]]) -> Iterator[ToolCall]:
    for block in blocks:
        if "toolUse" in block:
            call = wire.mapping(block["toolUse"])
            given = call.get("input")
            arguments = given if isinstance(given, str) else "" if given is None else wire.compact(given)
            yield ToolCall(wire.text(call.get("name")), arguments, wire.name(call.get("toolUseId")))


def _kept_for_an_hour(told: Mapping[str, Any]) -> int | None:
    kept = [one for one in wire.objects(told.get("cacheDetails")) if one.get("ttl") == "1h"]
    return sum(wire.integer(one.get("inputTokens")) or 0 for one in kept) or None


def usage(told: Mapping[str, Any]) -> Usage | None:
    """Read usage; cached tokens are told under two names (`cacheReadInputTokens`, `cacheReadInputTokenCount`)."""
    read, write = (
        wire.integer(told.get(f"cache{kind}InputTokens", told.get(f"cache{kind}InputTokenCount")))
        for kind in ("Read", "Write")
    )
    given, answered = wire.integer(told.get("inputTokens")), wire.integer(told.get("outputTokens"))
    if given is None and answered is None:
        return None
    return billing.inclusive(
        (given or 0) + (read or 0) + (write or 0),
        answered,
        cached=read,
        cache_write=write,
        cache_write_1h=_kept_for_an_hour(told),
        total=wire.integer(told.get("totalTokens")),
    )
