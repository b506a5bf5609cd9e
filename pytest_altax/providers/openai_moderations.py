"""OpenAI moderations and embeddings: calls that read text and answer none.

Protocol: https://platform.openai.com/docs/api-reference/moderations and /embeddings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Call, Interaction, Message, Part, PartKind, Request
from . import billing, content, failures, wire

_KINDS = {"moderations": "moderation", "embeddings": "embedding"}


class OpenAIModerations:
    """Reads `POST .../moderations` and `POST .../embeddings` of any host; the text read is a user message."""

    name = "openai"

    def claims(self, request: Request) -> bool:
        """Whether the path ends with one of the two names."""
        return request.method.upper() == "POST" and _endpoint(request) in _KINDS

    def read(self, interaction: Interaction) -> Call:
        """Read a call. It has no choice; moderations mostly report no usage."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        response, endpoint = interaction.response, _endpoint(interaction.request)
        body = wire.decode(response.body) if response else None
        answer = wire.mapping(body)
        usage = wire.mapping(answer.get("usage"))
        total = wire.integer(usage.get("total_tokens"))
        given = wire.integer(usage.get("prompt_tokens"))
        return Call(
            provider=self.name,
            endpoint=endpoint,
            kind=_KINDS.get(endpoint, "other"),
            model=wire.name(sent.get("model")) or wire.deployment(interaction.request.url),
            answered_by=wire.name(answer.get("model")),
            messages=tuple(_messages(sent)),
            usage=billing.inclusive(total if given is None else given, 0 if usage else None, total=total),
            status=response.status if response else None,
            error=failures.error_text(interaction, body),
        )


def _endpoint(request: Request) -> str:
    return wire.path(request.url).rpartition("/")[2]


def _messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the input: one message for a text or for parts (text, images), one for each text of a list of texts.

    A text may come as the ids of its tokens; it is one message all the same, whose text is not told.
    """
    given = sent.get("input")
    if isinstance(given, list) and any(wire.integer(item) is not None for item in given):
        yield Message("user")
    elif isinstance(given, list) and not all(isinstance(item, dict) for item in given):
        for number, item in enumerate(given):
            yield Message("user", (Part(PartKind.TEXT, wire.text(item), path=f"input[{number}]"),))
    else:
        yield Message("user", content.parts(given, "input"))
