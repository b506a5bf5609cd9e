"""What a request to Anthropic's messages holds: system prompt and messages, whose content is made of blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..records import Message, Part, PartKind
from . import content, wire

_DEEPEST = 8
# What a server-side tool's result shows of itself; encrypted pages and files show nothing.
_RESULT_TEXTS = ("text", "stdout", "stderr", "error_message")


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the system prompt (a leading system message), then the messages; one of results alone is the `tool`'s."""
    system = content.parts(sent.get("system"), "system")
    if system:
        yield Message("system", system)
    prompt = content.parts(sent.get("prompt"), "prompt")
    if prompt:
        yield Message("user", prompt)
    given = wire.objects(sent.get("messages"))
    turn = max((number for number, message in enumerate(given) if _asks(message)), default=-1)
    for number, message in enumerate(given):
        yield _message(message, f"messages[{number}].content", current=number > turn)


def _asks(message: Mapping[str, Any]) -> bool:
    """Whether the user speaks in a message; one that only brings results of tools goes on with the same turn."""
    said = message.get("content")
    blocks = wire.objects(said)
    return message.get("role") == "user" and (
        isinstance(said, str) or any(block.get("type") != "tool_result" for block in blocks)
    )


def _message(message: Mapping[str, Any], place: str, *, current: bool) -> Message:
    role, said = wire.text(message.get("role")), message.get("content")
    if isinstance(said, str):
        return Message(role, content.parts(said, place))
    blocks = wire.objects(said)
    brought = role == "user" and bool(blocks) and all(block.get("type") == "tool_result" for block in blocks)
    parts = [part for number, block in enumerate(blocks) for part in _parts(block, f"{place}[{number}]", current)]
    return Message("tool" if brought else role, tuple(parts))


def _parts(block: Mapping[str, Any], place: str, current: bool) -> Sequence[Part]:
    type_, cache = wire.text(block.get("type")), isinstance(block.get("cache_control"), dict)
    if type_ in ("thinking", "redacted_thinking"):
        # Thinking of earlier turns is sent, but dropped by the server and not billed.
        thought = wire.text(block.get("thinking")) if current else ""
        return [Part(PartKind.REASONING, thought, path=f"{place}.thinking")]
    if type_.endswith("tool_use"):
        name, id_ = wire.name(block.get("name")), wire.name(block.get("id"))
        return [Part(PartKind.TOOL_CALL, wire.compact(block.get("input")), name, id_, f"{place}.input", cache)]
    if type_.endswith("tool_result"):
        id_ = wire.name(block.get("tool_use_id"))
        found = list(_result(block.get("content"), f"{place}.content", id_, 0))
        found = found or [Part(PartKind.TOOL_RESULT, "", None, id_, f"{place}.content")]
        return [*found[:-1], dataclasses.replace(found[-1], cache=cache)]
    if type_ in ("tool_addition", "tool_removal", "tool_reference"):
        return []
    return list(_said(block, type_, place, cache))


def _said(block: Mapping[str, Any], type_: str, place: str, cache: bool) -> Iterator[Part]:
    """Read text, documents (which may be text, blocks, or media), search results, images and files."""
    source = wire.mapping(block.get("source"))
    if type_ == "text":
        yield Part(PartKind.TEXT, wire.text(block.get("text")), path=f"{place}.text", cache=cache)
    elif source.get("type") == "text":
        yield Part(PartKind.TEXT, wire.text(source.get("data")), path=f"{place}.source.data", cache=cache)
    elif source.get("type") == "content":
        yield from content.parts(source.get("content"), f"{place}.source.content")
    elif type_ in ("search_result", "compaction"):
        yield from content.parts(block.get("content"), f"{place}.content")
    else:
        yield content.media(type_, block, place, cache=cache)


def _result(given: Any, place: str, id_: str | None, depth: int) -> Iterator[Part]:
    """Read a tool's result: a string, blocks, or the object in which a server-side tool tells what it did."""
    if isinstance(given, str):
        yield Part(PartKind.TOOL_RESULT, given, None, id_, place)
    elif isinstance(given, list):
        for number, block in enumerate(given):
            yield from _result(block, f"{place}[{number}]", id_, depth + 1)
    elif isinstance(given, dict) and depth < _DEEPEST:
        type_, source = wire.text(given.get("type")), wire.mapping(given.get("source"))
        if source and source.get("type") not in ("text", "content"):
            yield content.media(type_, given, place)
        for key in _RESULT_TEXTS:
            if wire.text(given.get(key)):
                yield Part(PartKind.TOOL_RESULT, given[key], None, id_, f"{place}.{key}")
        if source.get("type") == "text":
            yield Part(PartKind.TOOL_RESULT, wire.text(source.get("data")), None, id_, f"{place}.source.data")
        yield from _result(source.get("content"), f"{place}.source.content", id_, depth + 1)
        yield from _result(given.get("content"), f"{place}.content", id_, depth + 1)
