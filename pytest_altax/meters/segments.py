"""A request as the cache of a provider sees it: segments in the order tools, schema of the answer, messages.

Providers cache the start of a request in the order tools → system → messages, for one model. A segment is what can
change alone: one tool, one part of a message, one setting that the provider writes into the prompt.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..records import Call, Message, Part, PartKind, Tool
from ..text.requests import billed_schema
from .pieces import request_pieces, tool_text

TOOL, SCHEMA, SETTING, SYSTEM, CONTENT, REASONING = "tool", "schema", "setting", "system", "content", "reasoning"
STATIC = frozenset({TOOL, SCHEMA, SETTING, SYSTEM})

# Anthropic keeps tools and system prompt when these change, and drops the messages.
_SETTINGS = {"anthropic": ("tool_choice", "thinking")}
_ITEM = re.compile(r"(?:messages|input|contents)\[(\d+)\]")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a request that is the same as another when both have the same `key`.

    `text` is what is counted of it, empty for media and settings; `place` its path in the request body; `name` that of
    its tool or setting; `cache` marks a breakpoint of the cache behind it.
    """

    kind: str
    key: Key
    text: str
    place: str
    name: str = ""
    cache: bool = False


def model_key(call: Call) -> tuple[str, str | None]:
    """What has a cache of its own: a provider's model, by the name that the request gives it."""
    return call.provider, call.model or call.answered_by


def segments(call: Call) -> list[Segment]:
    """The segments of a request, in the provider's cache order; their texts are those of its pieces.

    A tool that waits to be searched for is none: it is no part of the prompt until it is found.
    """
    tools = [tool for tool in call.tools if tool.text or '"defer_loading":true' not in tool.schema]
    late = [tool for tool in tools if _ITEM.match(tool.path)]
    found = [_tool(tool) for tool in tools if not _ITEM.match(tool.path)]
    schema = billed_schema(call)
    if schema:
        found.append(Segment(SCHEMA, (SCHEMA, schema), schema, "response_format", "response_format"))
    settings = list(_settings(call))
    for message in call.messages:
        if settings and message.role != "system":
            found += settings
            settings = []
        found += _message(message, late)
    found += [_late(tool) for tool in late]
    return _billed(call, found)


def _tool(tool: Tool) -> Segment:
    shown = tool.text or _without_breakpoint(tool.schema)
    return Segment(TOOL, (TOOL, tool.name, shown), tool.text, tool.path, tool.name, '"cache_control"' in tool.schema)


def _without_breakpoint(schema: str) -> str:
    try:
        read = json.loads(schema)
    except (ValueError, RecursionError):
        return schema
    if isinstance(read, dict):
        read.pop("cache_control", None)
    return json.dumps(read, sort_keys=True)


def _settings(call: Call) -> Iterator[Segment]:
    for name in _SETTINGS.get(call.provider, ()):
        value = json.dumps(call.settings.get(name), sort_keys=True, default=str)
        yield Segment(SETTING, (SETTING, name, value), "", name, name)


def _late(tool: Tool) -> Segment:
    """A tool that a search found stands among the messages, and is added to them like one."""
    return dataclasses.replace(_tool(tool), kind=CONTENT)


def _item(path: str) -> int:
    found = _ITEM.match(path)
    return int(found[1]) if found else -1


def _message(message: Message, late: list[Tool]) -> Iterator[Segment]:
    for part in message.parts:
        while late and _item(late[0].path) < _item(part.path):
            yield _late(late.pop(0))
        if part.kind is PartKind.REASONING:
            yield Segment(REASONING, (REASONING,), part.text, part.path)
        else:
            kind = SYSTEM if message.role == "system" else CONTENT
            text = _text(part)
            shown = part.id or "" if part.kind is PartKind.MEDIA else text
            yield Segment(kind, (message.role, part.kind.value, shown), text, part.path, part.name or "", part.cache)


def _text(part: Part) -> str:
    if part.kind is PartKind.MEDIA:
        return ""
    return tool_text(part) if part.kind is PartKind.TOOL_CALL else part.text


def _billed(call: Call, found: Sequence[Segment]) -> list[Segment]:
    """Leave out thinking of earlier turns, which is sent but is no part of the prompt."""
    if not any(segment.kind == REASONING for segment in found):
        return list(found)
    billed = {piece.text for piece in request_pieces(call)}
    return [one for one in found if one.kind != REASONING or (one.text and one.text in billed)]
