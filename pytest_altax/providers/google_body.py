"""What a request to Gemini holds, and what its answer does: contents, tools, settings, candidates, usage.

Google reads the names of its fields in camelCase and in snake_case, and a single object where a list is meant; SDKs
send all of these. Protocol: https://ai.google.dev/api/generate-content.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Message, Part, PartKind, Tool
from . import content, schemas, wire

CODE = "code_execution"  # the name of the tool that runs code, which goes by none itself
_ROLES = {"model": "assistant", "function": "tool", "": "user"}
_UPPER = re.compile(r"(?<=[a-z0-9])[A-Z]")
# Settings beside those of the generation config. A cached content is the beginning of the prompt, kept by the server.
_SETTINGS = ("toolConfig", "safetySettings", "cachedContent", "modelArmorConfig", "serviceTier")
_SECRETS = frozenset({"apiAuth", "api_auth", "authConfig", "auth_config", "externalApi", "external_api"})


def field(given: Mapping[str, Any], name: str) -> Any:
    """Read a field by its camelCase name, in whichever of its two spellings it came."""
    return given.get(name, given.get(snake(name)))


@functools.cache
def snake(name: str) -> str:
    """Spell a name in snake_case."""
    return _UPPER.sub(lambda found: "_" + found[0].lower(), name)


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the system instruction (a leading system message), then one message for each of the contents."""
    key = "systemInstruction" if "systemInstruction" in sent else "system_instruction"
    for content_, place in _listed(sent.get(key), key):
        parts = tuple(part for part in _parts(content_, place) if part.text or part.kind is not PartKind.TEXT)
        if parts:
            yield Message("system", parts)
    for content_, place in _listed(sent.get("contents"), "contents"):
        parts = tuple(_parts(content_, place))
        role = wire.text(content_.get("role"))
        results = bool(parts) and all(part.kind in (PartKind.TOOL_RESULT, PartKind.MEDIA) for part in parts)
        brought = role == "user" and results and any(part.kind is PartKind.TOOL_RESULT for part in parts)
        yield Message("tool" if brought else _ROLES.get(role, role), parts)


def _listed(given: Any, place: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Give objects with their places; a string is one of text alone."""
    for number, item in enumerate(given if isinstance(given, list) else [given]):
        here = f"{place}[{number}]" if isinstance(given, list) else place
        if isinstance(item, str):
            yield {"text": item}, here
        elif isinstance(item, dict):
            yield item, here


def _parts(content_: Mapping[str, Any], place: str) -> Iterator[Part]:
    """Read the parts of a content; one without any is a part itself."""
    if "parts" not in content_:
        yield from _part(content_, place)
        return
    for part, here in _listed(content_["parts"], f"{place}.parts"):
        yield from _part(part, here)


def _part(part: Mapping[str, Any], place: str) -> Iterator[Part]:
    said = part.get("text")
    if isinstance(said, str):
        kind = PartKind.REASONING if part.get("thought") is True else PartKind.TEXT
        yield Part(kind, said, path=f"{place}.text")
    for name in ("functionCall", "toolCall"):
        call = field(part, name)
        if isinstance(call, dict):
            yield Part(
                PartKind.TOOL_CALL, arguments(call), tool_name(call), wire.name(call.get("id")), f"{place}.{name}"
            )
    for name in ("functionResponse", "toolResponse"):
        result = field(part, name)
        if isinstance(result, dict):
            yield from _result(result, f"{place}.{name}")
    code, ran = wire.mapping(field(part, "executableCode")), wire.mapping(field(part, "codeExecutionResult"))
    if code:
        yield Part(PartKind.TOOL_CALL, wire.text(code.get("code")), CODE, path=f"{place}.executableCode.code")
    if ran:
        yield Part(PartKind.TOOL_RESULT, wire.text(ran.get("output")), CODE, path=f"{place}.codeExecutionResult.output")
    yield from _media(part, place)


def tool_name(call: Mapping[str, Any]) -> str:
    """Name the tool of a call or result: the app's by its name, the server's own by its type."""
    return wire.text(call.get("name")) or wire.text(field(call, "toolType"))


def arguments(call: Mapping[str, Any]) -> str:
    """Write the arguments of a call as compact JSON; empty where it has none."""
    return "" if call.get("args") is None else wire.compact(call["args"])


def _result(result: Mapping[str, Any], place: str) -> Iterator[Part]:
    """Read a tool's result, and the media that may come along with it."""
    told = wire.compact(result["response"]) if result.get("response") is not None else ""
    name, id_ = tool_name(result) or None, wire.name(result.get("id"))
    yield Part(PartKind.TOOL_RESULT, told, name, id_, f"{place}.response")
    for part, here in _listed(result.get("parts"), f"{place}.parts"):
        yield from _media(part, here)


def _media(part: Mapping[str, Any], place: str) -> Iterator[Part]:
    for name in ("inlineData", "fileData"):
        data = field(part, name)
        if isinstance(data, dict):
            type_ = wire.text(field(data, "mimeType")).partition("/")[0]
            yield content.media(type_, data, f"{place}.{name}")


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools: the app's functions one by one, then whatever the server runs itself, by its name."""
    for tool, place in _listed(sent.get("tools"), "tools"):
        for key, value in tool.items():
            if snake(key) == "function_declarations":
                for function, here in _listed(value, f"{place}.{key}"):
                    yield _function(function, here)
            elif snake(key) == "mcp_servers":
                for number, name in enumerate(schemas.mcp_servers(value, "name")):
                    yield schemas.mcp_tool({"name": name}, name, f"{place}.{key}[{number}]")
            elif value is not None:
                shown = {name: inner for name, inner in wire.mapping(value).items() if name not in _SECRETS}
                yield schemas.other_tool({"type": snake(key), **shown}, f"{place}.{key}")


def _function(function: Mapping[str, Any], place: str) -> Tool:
    name, text = wire.text(function.get("name")), wire.compact(function)
    return Tool(name, text, text, schemas.server_of(name), place)


def mcp_servers(sent: Mapping[str, Any]) -> Iterator[str]:
    """Name the MCP servers that Google is to ask itself."""
    for tool, _ in _listed(sent.get("tools"), "tools"):
        yield from schemas.mcp_servers(field(tool, "mcpServers"), "name")


def settings(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Read what changes sampling, by its snake_case name; the seed stands elsewhere."""
    config = wire.mapping(field(sent, "generationConfig"))
    found = {snake(key): value for key, value in config.items() if key != "seed"}
    found |= {snake(name): field(sent, name) for name in _SETTINGS}
    return {name: wire.tame(value) for name, value in sorted(found.items()) if value is not None}


def seed(sent: Mapping[str, Any]) -> int | None:
    """Read the seed."""
    return wire.seed(wire.mapping(field(sent, "generationConfig")).get("seed"))
