"""The models of others on Vertex: Claude, Mistral and their like, each in the format of its maker.

Protocol: https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models. The path names maker
and model, the body names neither. Llama and others are served under OpenAI's own path, and are no concern of this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..records import Call, Interaction, Request
from . import (
    billing,
    chat_body,
    chat_stream,
    failures,
    message_blocks,
    message_body,
    message_stream,
    schemas,
    sse,
    wire,
)

_PATH = re.compile(r"/publishers/(?P<maker>[^/]+)/models/(?P<model>[^/:]+):(?P<method>rawPredict|streamRawPredict)$")
_COUNTER = "count-tokens"


class VertexPartners:
    """Reads `POST .../publishers/MAKER/models/MODEL:rawPredict`, streamed or not, on any host.

    The call is that of the format: of `anthropic` for Claude, of `openai` for all who speak chat completions.
    """

    name = "vertex"

    def claims(self, request: Request) -> bool:
        """Whether the path names a maker, a model and one of the two methods."""
        return request.method.upper() == "POST" and _PATH.search(wire.path(request.url)) is not None

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first."""
        found = _PATH.search(wire.path(interaction.request.url))
        maker, model, method = found.groups() if found else ("", "", "")
        sent = wire.mapping(wire.decode(interaction.request.body))
        streams = method == "streamRawPredict" or sent.get("stream") is True
        read = _message if maker == "anthropic" else _chat
        return read(interaction, sent, re.sub("@.*", "", model), streams)


def _message(interaction: Interaction, sent: Mapping[str, Any], model: str, streams: bool) -> Call:
    body, finished = sse.answer(interaction.response, message_stream.assembled)
    answer = wire.mapping(body)
    error = failures.error_text(interaction, body) or (None if finished else "the stream ended early")
    counts = model == _COUNTER
    return Call(
        provider="anthropic",
        endpoint="messages.count_tokens" if counts else "messages",
        kind="count" if counts else "generation",
        model=wire.name(sent.get("model")) if counts else model,
        answered_by=wire.name(answer.get("model")),
        messages=tuple(message_blocks.messages(sent)),
        tools=tuple(message_body.tools(sent)),
        settings={key: wire.tame(sent[key]) for key in message_body.SETTINGS if sent.get(key) is not None},
        choices=() if counts else failures.settled(message_body.choices(body), body, error),
        usage=None if counts else message_body.usage(wire.mapping(answer.get("usage"))),
        streaming=streams,
        status=interaction.response.status if interaction.response else None,
        error=error,
        mcp_servers=tuple(schemas.mcp_servers(sent.get("mcp_servers"), "name")),
        tier=message_body.tier(wire.mapping(answer.get("usage"))),
    )


def _chat(interaction: Interaction, sent: Mapping[str, Any], model: str, streams: bool) -> Call:
    body, finished = sse.answer(interaction.response, chat_stream.assembled)
    answer = wire.mapping(body)
    error = failures.error_text(interaction, body) or (None if finished else "the stream ended early")
    choices = (chat_body.choice(place, choice) for place, choice in enumerate(wire.objects(answer.get("choices"))))
    return Call(
        provider="openai",
        endpoint="chat",
        model=model,
        answered_by=wire.name(answer.get("model")),
        messages=tuple(chat_body.messages(sent)),
        tools=tuple(chat_body.tools(sent)),
        settings=wire.chosen(sent, chat_body.SETTINGS),
        seed=chat_body.seed(sent),
        choices=failures.settled(choices, body, error),
        usage=chat_body.usage(wire.mapping(answer.get("usage"))),
        tier=billing.tier(answer.get("service_tier")),
        streaming=streams,
        status=interaction.response.status if interaction.response else None,
        error=error,
    )
