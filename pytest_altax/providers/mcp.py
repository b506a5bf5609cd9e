"""MCP over HTTP: JSON-RPC between an app and a server of tools. No model is asked, and nothing is billed.

Protocol: https://modelcontextprotocol.io/specification, "Streamable HTTP". Answers come as JSON or as events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Call, Interaction, Request
from . import failures, sse, wire

_METHOD = re.compile(
    r"(?:tools|resources|prompts|notifications|completion|logging|sampling|roots|elicitation|tasks|server)/[\w/]+"
    r"|initialize|ping"
)
_JSONRPC = b'"jsonrpc"'


class MCP:
    """Reads JSON-RPC requests whose method is one of MCP's, on any host, and the answers of an app to its server."""

    name = "mcp"

    def claims(self, request: Request) -> bool:
        """Whether a body is JSON-RPC of MCP; without one, whether a session's stream is opened or the session ended."""
        if _JSONRPC in request.body:
            return bool(_method(request))
        ends = request.method.upper() in ("GET", "DELETE")
        return ends and request.header("mcp-session-id") is not None

    def read(self, interaction: Interaction) -> Call:
        """Read a call: its method is the endpoint. It has no messages, for no model reads it."""
        response = interaction.response
        body, _ = sse.answer(response, _answered)
        accepted = response is not None and response.status < 400 and not response.body
        return Call(
            provider=self.name,
            endpoint=_method(interaction.request) or "session",
            kind="other",
            streaming=response is not None and sse.is_stream(response),
            status=response.status if response else None,
            error=None if accepted else failures.error_text(interaction, body),
        )


def _asked(request: Request) -> Mapping[str, Any]:
    """Give the request that a body holds, the first of a batch."""
    decoded = wire.decode(request.body)
    return wire.mapping(decoded[0] if isinstance(decoded, list) and decoded else decoded)


def _method(request: Request) -> str | None:
    """Name the method; that of an answer to the server is `response`; None where it is not MCP's."""
    asked = _asked(request)
    method = wire.text(asked.get("method"))
    if _METHOD.fullmatch(method):
        return method
    answers = not method and bool({"result", "error"} & set(asked))
    return "response" if answers and "jsonrpc" in asked else None


def _answered(events: Iterator[dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Find the answer among the notifications that a stream carries before it."""
    for event in events:
        if "result" in event or "error" in event:
            return wire.mended(event), True
    return {}, False
