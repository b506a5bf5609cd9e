"""The content blocks of Bedrock's converse and of Amazon Nova: objects whose one key tells what they are.

Reference: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Part, PartKind
from . import content, wire

_MEDIA = ("image", "document", "video", "audio")
# Blocks that hold blocks of text in turn, by their key.
_HOLDERS = ("citationsContent", "searchResult")


def parts(said: Any, place: str, *, current: bool = True) -> Iterator[Part]:
    """Read blocks, or a plain string. A cache point marks the part before it; `current` keeps the text of thoughts."""
    if isinstance(said, str):
        yield from content.parts(said, place)
        return
    last: Part | None = None
    for number, block in enumerate(wire.objects(said)):
        if "cachePoint" in block:
            last = dataclasses.replace(last, cache=True) if last else None
            continue
        for part in _block(block, f"{place}[{number}]", current):
            if last:
                yield last
            last = part
    if last:
        yield last


def thought(block: Mapping[str, Any]) -> str:
    """Give the text of a block of reasoning; nothing for any other block, or where it is redacted."""
    told = wire.mapping(block.get("reasoningContent"))
    return wire.text(wire.mapping(told.get("reasoningText")).get("text")) or wire.text(told.get("text"))


def _block(block: Mapping[str, Any], place: str, current: bool) -> Iterator[Part]:
    if "toolResult" in block:
        yield from _result(wire.mapping(block["toolResult"]), f"{place}.toolResult")
    elif "toolUse" in block:
        call = wire.mapping(block["toolUse"])
        name, id_ = wire.name(call.get("name")), wire.name(call.get("toolUseId"))
        given = "" if call.get("input") is None else wire.compact(call["input"])
        yield Part(PartKind.TOOL_CALL, given, name, id_, f"{place}.toolUse.input")
    elif "reasoningContent" in block:
        # Reasoning of earlier turns is sent, but dropped by the server and not billed.
        yield Part(PartKind.REASONING, thought(block) if current else "", path=f"{place}.reasoningContent")
    else:
        yield from _said(block, place)


def _said(block: Mapping[str, Any], place: str) -> Iterator[Part]:
    """Read what is no tool's and no thought: text, text under guard, documents, search results, media."""
    guarded = wire.mapping(block.get("guardContent"))
    if isinstance(block.get("text"), str):
        yield Part(PartKind.TEXT, block["text"], path=f"{place}.text")
        return
    if isinstance(guarded.get("text"), dict):
        yield Part(PartKind.TEXT, wire.text(guarded["text"].get("text")), path=f"{place}.guardContent.text.text")
    elif guarded:
        yield content.media("image", guarded, f"{place}.guardContent")
    for key in _HOLDERS:
        if key in block:
            yield from content.parts(_texts(wire.mapping(block[key]).get("content")), f"{place}.{key}.content")
    for key in _MEDIA:
        if key in block:
            yield from _media(key, wire.mapping(block[key]), f"{place}.{key}")


def _media(key: str, told: Mapping[str, Any], place: str) -> Iterator[Part]:
    """Read a document of text as the text it is, and anything else as media."""
    source = wire.mapping(told.get("source"))
    if key == "document" and isinstance(source.get("text"), str):
        yield Part(PartKind.TEXT, source["text"], path=f"{place}.source.text")
    elif key == "document" and "content" in source:
        yield from content.parts(_texts(source["content"]), f"{place}.source.content")
    else:
        yield content.media(key, told, place)


def _texts(blocks: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": wire.text(block.get("text"))} for block in wire.objects(blocks)]


def _result(result: Mapping[str, Any], place: str) -> Iterator[Part]:
    """Read a tool's result: text, JSON (its compact text), or media."""
    id_, some = wire.name(result.get("toolUseId")), False
    for number, block in enumerate(wire.objects(result.get("content"))):
        here = f"{place}.content[{number}]"
        if "json" in block:
            yield Part(PartKind.TOOL_RESULT, wire.compact(block["json"]), None, id_, f"{here}.json")
            some = True
            continue
        for part in _said(block, here):
            kind = PartKind.TOOL_RESULT if part.kind is PartKind.TEXT else part.kind
            yield dataclasses.replace(part, kind=kind, id=part.id or id_)
            some = True
    if not some:
        yield Part(PartKind.TOOL_RESULT, "", None, id_, f"{place}.content")
