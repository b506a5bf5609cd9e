"""What a request to Anthropic's messages offers, and what an answer holds: tools, the one choice, usage.

The body is the same on Anthropic's own host, on Bedrock and on Vertex. Its `input_tokens` exclude what was read from
or written to the cache, and leave out what server-side compaction cost; both are added here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Choice, Tool, ToolCall, Usage
from . import billing, schemas, wire

SETTINGS = (
    "context_management", "max_tokens", "max_tokens_to_sample", "output_config", "output_format", "stop_sequences",
    "temperature", "thinking", "tool_choice", "top_k", "top_p",
)  # fmt: skip
_SCHEMA_KEYS = ("name", "description", "input_schema")


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools of a request: the app's own, MCP servers, and those that the server runs itself."""
    for number, tool in enumerate(wire.objects(sent.get("tools"))):
        place, name = f"tools[{number}]", wire.text(tool.get("name"))
        if tool.get("type") == "mcp_toolset":
            yield schemas.mcp_tool(tool, wire.text(tool.get("mcp_server_name")), place)
        elif "input_schema" in tool:
            counted = {key: tool[key] for key in _SCHEMA_KEYS if key in tool}
            text = "" if schemas.is_deferred(tool) else wire.compact(counted)
            yield Tool(name, text, wire.compact(tool), schemas.server_of(name), place)
        else:
            yield schemas.other_tool(tool, place)


def choices(body: Any) -> tuple[Choice, ...]:
    """Read the one choice of a message; none of an error."""
    answer = wire.mapping(body)
    blocks = wire.objects(answer.get("content"))
    reason = wire.name(answer.get("stop_reason"))
    if not blocks and reason is None and "completion" not in answer:
        return ()
    said = [wire.text(answer.get("completion"))]
    said += [wire.text(block.get("text")) for block in blocks if block.get("type") == "text"]
    return (
        Choice(
            text="".join(said),
            tool_calls=tuple(_tool_calls(blocks)),
            reasoning="\n".join(wire.text(block["thinking"]) for block in blocks if "thinking" in block),
            refusal=wire.name(wire.mapping(answer.get("stop_details")).get("explanation")),
            signal="stop_reason: refusal" if reason == "refusal" else None,
            stop_reason=reason,
        ),
    )


def _tool_calls(blocks: list[Mapping[str, Any]]) -> Iterator[ToolCall]:
    """Read the calls of the app's tools and of those that the server ran itself (`server_tool_use`, `mcp_tool_use`)."""
    for block in blocks:
        if wire.text(block.get("type")).endswith("tool_use"):
            given = block.get("input")
            arguments = given if isinstance(given, str) else wire.compact(given)
            yield ToolCall(wire.text(block.get("name")), arguments, wire.name(block.get("id")))


def usage(told: Mapping[str, Any]) -> Usage | None:
    """Read usage. What compaction cost stands in `iterations` alone, and so do the tokens of an advisor model."""
    billed = [told]
    notes = []
    for iteration in wire.objects(told.get("iterations")):
        if iteration.get("type") == "compaction":
            billed.append(iteration)
            notes.append("compaction was reported outside input")
        elif iteration.get("type") == "advisor_message":
            notes.append("an advisor of another model was billed beside")
    answered = wire.mapping(told.get("output_tokens_details"))
    return billing.exclusive(
        _sum(billed, "input_tokens"),
        _sum(billed, "output_tokens"),
        cached=_sum(billed, "cache_read_input_tokens"),
        cache_write=_sum(billed, "cache_creation_input_tokens"),
        cache_write_1h=_sum([wire.mapping(one.get("cache_creation")) for one in billed], "ephemeral_1h_input_tokens"),
        reasoning=wire.integer(answered.get("thinking_tokens")),
        notes=tuple(notes),
    )


def tier(told: Mapping[str, Any]) -> str | None:
    """Read the tier from usage; the fast mode, which is told by itself, has a price of its own."""
    speed = billing.tier(told.get("speed"))
    return speed if speed == "fast" else billing.tier(told.get("service_tier"))


def _sum(billed: list[Mapping[str, Any]], key: str) -> int | None:
    counts = [count for usage in billed if (count := wire.integer(usage.get(key))) is not None]
    return sum(counts) if counts else None
