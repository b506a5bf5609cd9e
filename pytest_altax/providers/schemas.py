"""The tools of requests, each with the text that is billed for it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Tool
from . import wire
from .typescript import declaration

_SECRETS = frozenset({"authorization", "authorization_token", "headers"})


def server_of(name: str) -> str | None:
    """Find the MCP server in a tool's name: `mcp__server__tool` or `server.tool`; None where the name tells none."""
    if name.startswith("mcp__"):
        server, separator, tool = name[5:].partition("__")
    else:
        server, separator, tool = name.partition(".")
    return server if server and separator and tool else None


def function_tool(given: Mapping[str, Any], place: str, key: str = "") -> Tool:
    """Read a function tool of an OpenAI request as it stands there; what describes the function stands in `key`."""
    schema = wire.compact(given)
    return _known_tool(schema, place, key) if schema.startswith("{") else _function_tool(given, schema, place, key)


@functools.lru_cache(maxsize=1024)
def _known_tool(schema: str, place: str, key: str) -> Tool:
    """Read a tool given as JSON: most requests of an application carry the same ones."""
    return _function_tool(json.loads(schema), schema, place, key)


def _function_tool(given: Mapping[str, Any], schema: str, place: str, key: str) -> Tool:
    function = wire.mapping(given.get(key)) if key else given
    name = wire.text(function.get("name"))
    return Tool(name, "" if is_deferred(given) else declaration(function), schema, server_of(name), place)


def other_tool(given: Mapping[str, Any], place: str) -> Tool:
    """Read a tool that the provider runs itself (web search, code): it has no schema in the request to be counted."""
    name = wire.text(given.get("name")) or wire.text(given.get("type"))
    return Tool(name, "", wire.compact(_without_secrets(given)), server_of(name), place)


def mcp_tool(given: Mapping[str, Any], name: str, place: str) -> Tool:
    """Read an MCP server that the provider asks itself; its schemas are billed, but do not stand in the request."""
    return Tool(name, "", wire.compact(_without_secrets(given)), name, place)


def mcp_servers(given: Any, key: str) -> Iterator[str]:
    """Name the MCP servers of a list that the provider is to ask itself; `key` holds a server's name."""
    for server in wire.objects(given):
        if isinstance(server.get(key), str):
            yield server[key]


def is_deferred(given: Mapping[str, Any]) -> bool:
    """Whether a tool is only searched for by the provider, and no part of the prompt until it is found."""
    return given.get("defer_loading") is True


def _without_secrets(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key not in _SECRETS}
