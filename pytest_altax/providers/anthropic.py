"""Anthropic messages: create and count, on any host that speaks them, the completions of before, and what is no call.

Protocol: https://docs.anthropic.com/en/api/messages.
"""

from __future__ import annotations

import re

from ..records import Call, Interaction, Request
from . import failures, message_blocks, message_body, message_stream, schemas, sse, wire

# What is no call of a model: batches, and what is listed, uploaded and deleted beside them.
_OTHER = re.compile(r"/v1/(?P<name>messages/batches|models|files|skills|organizations)(?:/|$)")
_ENDPOINT = re.compile(r"(?:/v1|anthropic[^/]*(?:/[^/]+)*)/(?P<name>messages(?P<count>/count_tokens)?|complete)$")


class Anthropic:
    """Reads `POST .../v1/messages` of any host, its `count_tokens`, `.../v1/complete`, and Anthropic's own rest."""

    name = "anthropic"

    def claims(self, request: Request) -> bool:
        """Whether the path ends as a message's does; a bare `/messages` only where Anthropic is named before it."""
        return (request.method.upper() == "POST" and _endpoint(request) is not None) or _other(request) is not None

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first."""
        other = None if _endpoint(interaction.request) else _other(interaction.request)
        if other:
            return _unbilled(interaction, other)
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
            tools=tuple(message_body.tools(sent)),
            settings={key: wire.tame(sent[key]) for key in message_body.SETTINGS if sent.get(key) is not None},
            choices=() if counts else failures.settled(message_body.choices(body), body, error),
            usage=None if counts else message_body.usage(wire.mapping(answer.get("usage"))),
            streaming=sent.get("stream") is True,
            status=interaction.response.status if interaction.response else None,
            error=error,
            mcp_servers=tuple(schemas.mcp_servers(sent.get("mcp_servers"), "name")),
            tier=message_body.tier(wire.mapping(answer.get("usage"))),
        )


def _endpoint(request: Request) -> re.Match[str] | None:
    return _ENDPOINT.search(wire.host(request.url) + wire.path(request.url))


def _other(request: Request) -> str | None:
    """Name an endpoint where no model is asked; OpenAI has paths of the same names, so the host or a header decides."""
    found = _OTHER.search(wire.path(request.url))
    own = "anthropic" in wire.host(request.url) or request.header("anthropic-version") is not None
    return found["name"].replace("/", ".") if found and own else None


def _unbilled(interaction: Interaction, endpoint: str) -> Call:
    response = interaction.response
    failed = response is None or response.status >= 400
    body = wire.decode(response.body) if response else None
    error = failures.error_text(interaction, body) if failed else None
    return Call("anthropic", endpoint, kind="other", status=response.status if response else None, error=error)
