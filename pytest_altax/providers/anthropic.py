"""Anthropic messages: create and count, on any host that speaks them, and the completions of before.

Protocol: https://docs.anthropic.com/en/api/messages. Its `input_tokens` exclude what was read from or written to the
cache, and leave out what server-side compaction cost; both are added here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Call, Choice, Interaction, Request, Tool, ToolCall, Usage
from . import billing, failures, message_blocks, message_stream, schemas, sse, wire

_SETTINGS = (
    "context_management", "max_tokens", "max_tokens_to_sample", "output_config", "output_format", "stop_sequences",
    "temperature", "thinking", "tool_choice", "top_k", "top_p",
)  # fmt: skip
_ENDPOINT = re.compile(r"(?:/v1|anthropic[^/]*(?:/[^/]+)*)/(?P<name>messages(?P<count>/count_tokens)?|complete)$")
_SCHEMA_KEYS = ("name", "description", "input_schema")


class Anthropic:
    """Reads `POST .../v1/messages` of any host, its `count_tokens`, and `POST .../v1/complete`."""

    name = "anthropic"

    def claims(self, request: Request) -> bool:
        """Whether the path ends as a message's does; a bare `/messages` only where Anthropic is named before it."""
        return request.method.upper() == "POST" and _endpoint(request) is not None

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        body, finished = sse.answer(interaction.response, message_stream.assembled)
        answer = wire.mapping(body)
        error = failures.error_text(interaction, body) or (None if finished else "the stream ended early")
        found = _endpoint(interaction.request)
        counts = found is not None and bool(found["count"])
        return Call(
            provider=self.name,
            endpoint="messages.count_tokens" if counts else found["name"] if found else "messages",
            kind="count" if counts else "generation",
            model=wire.name(sent.get("model")),
            answered_by=wire.name(answer.get("model")),
            messages=tuple(message_blocks.messages(sent)),
            tools=tuple(_tools(sent)),
            settings={key: wire.tame(sent[key]) for key in _SETTINGS if sent.get(key) is not None},
            choices=() if counts else failures.settled(_choices(body), body, error),
            usage=None if counts else _usage(wire.mapping(answer.get("usage"))),
            streaming=sent.get("stream") is True,
            status=interaction.response.status if interaction.response else None,
            error=error,
            mcp_servers=tuple(schemas.mcp_servers(sent.get("mcp_servers"), "name")),
        )


def _endpoint(request: Request) -> re.Match[str] | None:
    return _ENDPOINT.search(wire.host(request.url) + wire.path(request.url))


def _tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
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


def _choices(body: Any) -> tuple[Choice, ...]:
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


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    """Read usage. What compaction cost stands in `iterations` alone, and so do the tokens of an advisor model."""
    billed = [usage]
    notes = []
    for iteration in wire.objects(usage.get("iterations")):
        if iteration.get("type") == "compaction":
            billed.append(iteration)
            notes.append("compaction was reported outside input")
        elif iteration.get("type") == "advisor_message":
            notes.append("an advisor of another model was billed beside")
    answered = wire.mapping(usage.get("output_tokens_details"))
    return billing.exclusive(
        _sum(billed, "input_tokens"),
        _sum(billed, "output_tokens"),
        cached=_sum(billed, "cache_read_input_tokens"),
        cache_write=_sum(billed, "cache_creation_input_tokens"),
        reasoning=wire.integer(answered.get("thinking_tokens")),
        notes=tuple(notes),
    )


def _sum(billed: list[Mapping[str, Any]], key: str) -> int | None:
    counts = [count for usage in billed if (count := wire.integer(usage.get(key))) is not None]
    return sum(counts) if counts else None
