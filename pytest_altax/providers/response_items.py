"""What a request to the responses API holds: its input items as messages, and its tools wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Message, Part, PartKind, Tool
from . import content, schemas, wire

# The key that holds the text of what an assistant did, by the item's type; other types have none.
_DONE = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "mcp_call": "arguments",
    "code_interpreter_call": "code",
}


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the instructions (a leading system message) and one message for each item of the input."""
    instructions = content.parts(sent.get("instructions"), "instructions")
    if instructions:
        yield Message("system", instructions)
    given = sent.get("input")
    if isinstance(given, str):
        yield Message("user", content.parts(given, "input"))
    for number, item in enumerate(wire.items(given)):
        place = f"input[{number}]"
        if isinstance(item, str):
            yield Message("user", content.parts(item, place))
        else:
            yield _message(wire.mapping(item), place)


def _message(item: Mapping[str, Any], place: str) -> Message:
    type_, role = wire.text(item.get("type")), wire.text(item.get("role"))
    if type_ == "additional_tools":
        return Message("system")
    if role:
        said = content.parts(item.get("content"), f"{place}.content")
        return Message("system" if role == "developer" else role, said, wire.name(item.get("name")))
    if type_.endswith("_output"):
        return Message("tool", _result(item, place))
    if type_ == "reasoning":
        # What is billed is the hidden reasoning, which comes back encrypted; its summary is for people.
        return Message("assistant", content.parts(item.get("content"), f"{place}.content", PartKind.REASONING))
    return Message("assistant", _done(item, type_, place))


def _result(item: Mapping[str, Any], place: str) -> tuple[Part, ...]:
    output = item.get("output")
    listed = [output] if isinstance(output, dict) else output
    return content.parts(listed, f"{place}.output", PartKind.TOOL_RESULT, id=wire.name(item.get("call_id")))


def _done(item: Mapping[str, Any], type_: str, place: str) -> tuple[Part, ...]:
    """Read a call of a tool, and the result that stands beside it where the server ran it (MCP)."""
    if not type_.endswith("_call"):
        return ()
    key = _DONE.get(type_, "")
    name, id_ = wire.name(item.get("name")) or type_.removesuffix("_call"), wire.name(item.get("call_id"))
    asked = Part(PartKind.TOOL_CALL, wire.text(item.get(key)), name, id_, f"{place}.{key}" if key else place)
    return (asked, *content.parts(item.get("output"), f"{place}.output", PartKind.TOOL_RESULT, id=id_))


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools of the request, and those that items of its input bring along (`additional_tools`)."""
    yield from _tools(sent.get("tools"), "tools")
    for number, item in enumerate(wire.objects(sent.get("input"))):
        if item.get("type") in ("additional_tools", "tool_search_output"):
            yield from _tools(item.get("tools"), f"input[{number}].tools")


def _tools(given: Any, place: str) -> Iterator[Tool]:
    for number, tool in enumerate(wire.objects(given)):
        here, type_ = f"{place}[{number}]", tool.get("type")
        if type_ == "function":
            yield schemas.function_tool(tool, here)
        elif type_ == "namespace":
            yield from _tools(tool.get("tools"), f"{here}.tools")
        elif type_ == "mcp":
            yield schemas.mcp_tool(tool, wire.text(tool.get("server_label")), here)
        else:
            yield schemas.other_tool(tool, here)
