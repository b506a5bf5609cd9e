"""What an interaction of Google's holds: its input as messages, its tools, its steps as one choice, its usage.

A step is a user's input, a model's output, a thought, a call or a result; what came before steps had `outputs`, whose
items stood for themselves, and turns with a role. Protocol: https://ai.google.dev/api/interactions-api.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..records import Choice, Message, Part, PartKind, Tool, ToolCall, Usage
from . import billing, content, schemas, wire

_SETTINGS = ("agent", "agent_config", "cached_content", "response_format", "response_modalities", "safety_settings")
_SPEAKERS = {"user_input": "user", "model_output": "assistant"}
_ROLES = {"model": "assistant"}


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the system instruction, then a message for each step or turn; content that stands alone is the user's."""
    system = content.parts(sent.get("system_instruction"), "system_instruction")
    if system:
        yield Message("system", system)
    given = sent.get("input")
    if not isinstance(given, list):
        single = [given] if isinstance(given, dict) else given
        yield Message("user", content.parts(single, "input"))
        return
    alone = tuple(part for number, item in enumerate(given) for part in _alone(item, f"input[{number}]"))
    if alone:
        yield Message("user", alone)
    for number, item in enumerate(wire.objects(given)):
        if item.get("role") or _is_step(item):
            yield _message(item, f"input[{number}]")


def _is_step(item: Mapping[str, Any]) -> bool:
    type_ = wire.text(item.get("type"))
    return type_ in _SPEAKERS or type_ == "thought" or type_.endswith(("_call", "_result"))


def _alone(item: Any, place: str) -> tuple[Part, ...]:
    if isinstance(item, dict) and (item.get("role") or _is_step(item)):
        return ()
    return content.parts(item if isinstance(item, str) else [item], place)


def _message(item: Mapping[str, Any], place: str) -> Message:
    type_, role = wire.text(item.get("type")), wire.text(item.get("role"))
    if role or type_ in _SPEAKERS:
        said = content.parts(item.get("content"), f"{place}.content")
        return Message(_SPEAKERS.get(type_) or _ROLES.get(role, role), said)
    if type_ == "thought":
        return Message("assistant", content.parts(item.get("summary"), f"{place}.summary", PartKind.REASONING))
    if type_.endswith("_result"):
        return Message("tool", tuple(_result(item, f"{place}.result")))
    call = _called(item)
    return Message("assistant", (Part(PartKind.TOOL_CALL, call.arguments, call.name, call.id, f"{place}.arguments"),))


def _result(item: Mapping[str, Any], place: str) -> Iterator[Part]:
    result, name, id_ = item.get("result"), wire.name(item.get("name")), wire.name(item.get("call_id"))
    told = result if isinstance(result, str | list) or result is None else wire.compact(result)
    yield from content.parts(told, place, PartKind.TOOL_RESULT, name=name, id=id_)


def _called(item: Mapping[str, Any]) -> ToolCall:
    given = item.get("arguments")
    arguments = given if isinstance(given, str) else "" if given is None else wire.compact(given)
    name = wire.text(item.get("name")) or wire.text(item.get("type")).removesuffix("_call")
    return ToolCall(name, arguments, wire.name(item.get("id")))


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools: the app's functions, MCP servers, and those that Google runs itself."""
    for number, tool in enumerate(wire.objects(sent.get("tools"))):
        place, name = f"tools[{number}]", wire.text(tool.get("name"))
        if tool.get("type") == "function":
            text = wire.compact(tool)
            yield Tool(name, "" if schemas.is_deferred(tool) else text, text, schemas.server_of(name), place)
        elif tool.get("type") == "mcp_server":
            yield schemas.mcp_tool(tool, name, place)
        else:
            yield schemas.other_tool(tool, place)


def settings(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Read what changes sampling; the seed stands elsewhere."""
    config = wire.mapping(sent.get("generation_config"))
    found = {key: value for key, value in config.items() if key != "seed"} | {key: sent.get(key) for key in _SETTINGS}
    return {key: wire.tame(value) for key, value in sorted(found.items()) if value is not None}


def choices(answer: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Read the one choice of an interaction; none of one that is still queued, or was never made."""
    steps = wire.objects(answer.get("steps") or answer.get("outputs"))
    done = [step for step in steps if step.get("type") != "user_input"]
    status = wire.name(answer.get("status"))
    if not done and status not in ("completed", "incomplete"):
        return ()
    return (
        Choice(
            text="".join(_said(done)),
            tool_calls=tuple(_called(step) for step in done if wire.text(step.get("type")).endswith("_call")),
            reasoning="\n".join(filter(None, (content.joined(step.get("summary")) for step in done))),
            stop_reason=status,
        ),
    )


def _said(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        yield content.joined(step.get("content")) if step.get("type") == "model_output" else content.joined([step])


def usage(told: Mapping[str, Any]) -> Usage | None:
    """Read usage: thoughts are told outside the output, what server-side tools read outside the input."""
    count = {name: wire.integer(told.get(f"total_{name}_tokens")) for name in _COUNTS}
    return billing.inclusive(
        _sum(count["input"], count["tool_use"]),
        _sum(count["output"], count["thought"]),
        cached=count["cached"],
        reasoning=count["thought"],
        audio_input=_sum(_audio(told, "input"), _audio(told, "tool_use")),
        audio_cached=_audio(told, "cached"),
        audio_output=_audio(told, "output"),
        total=wire.integer(told.get("total_tokens")),
    )


def _audio(told: Mapping[str, Any], name: str) -> int | None:
    counts = wire.objects(told.get(f"{name}_tokens_by_modality"))
    return _sum(*(wire.integer(one.get("tokens")) for one in counts if one.get("modality") == "audio"))


_COUNTS = ("input", "tool_use", "output", "thought", "cached")


def _sum(*counts: int | None) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def assembled(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put the events of a stream together: an interaction, and whether it came to its end."""
    body: dict[str, Any] = {}
    steps: dict[int, dict[str, Any]] = {}
    finished = False
    for event in events:
        kind = wire.text(event.get("event_type"))
        finished = finished or kind.startswith("interaction.complete") or kind == "error"
        body |= {key: value for key, value in wire.mapping(event.get("interaction")).items() if value}
        body |= {key: event[key] for key in ("error", "usage") if event.get(key)}
        index = wire.integer(event.get("index"))
        if index is not None:
            begun = wire.mapping(event.get("step") or event.get("content"))
            step = steps.setdefault(index, {"type": "model_output"} | dict(begun))
            _add(step, wire.mapping(event.get("delta")))
    for step in steps.values():
        pieces = step.pop("pieces", [])
        if pieces:
            step["arguments"] = "".join(pieces)
    if not body.get("steps") and not body.get("outputs"):
        body["steps"] = [steps[index] for index in sorted(steps)]
    return wire.mended(body), finished


def _add(step: dict[str, Any], delta: Mapping[str, Any]) -> None:
    """Add a piece to its step: of text, of a thought's summary, of a call's arguments."""
    kind = wire.text(delta.get("type"))
    if kind == "arguments_delta":
        step.setdefault("pieces", []).append(wire.text(delta.get("arguments")))
    elif kind == "thought_summary":
        step["summary"] = [*wire.items(step.get("summary")), delta.get("content")]
    elif kind == "text":
        said = {"type": "text", "text": wire.text(delta.get("text"))}
        if step.get("type") == "text":
            step["text"] = wire.text(step.get("text")) + said["text"]
        else:
            step["content"] = [*wire.items(step.get("content")), said]
    elif kind.endswith("_call"):
        step |= {key: value for key, value in delta.items() if value}
