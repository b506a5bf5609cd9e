"""OpenAI chat completions, legacy completions, and every server that speaks them.

Protocol: https://platform.openai.com/docs/api-reference/chat. Usage is inclusive as it comes.
"""

from __future__ import annotations

from ..records import Call, Interaction, Request
from . import billing, chat_body, chat_stream, failures, sse, wire


class OpenAIChat:
    """Reads `POST .../chat/completions` and `POST .../completions` of any host."""

    name = "openai"

    def claims(self, request: Request) -> bool:
        """Whether the path ends as a (chat) completion's does."""
        return request.method.upper() == "POST" and wire.path(request.url).endswith("/completions")

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first. A filter's error is one refused choice."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        body, finished = sse.answer(interaction.response, chat_stream.assembled)
        answer = wire.mapping(body)
        error = failures.error_text(interaction, body) or (None if finished else "the stream ended early")
        choices = (chat_body.choice(place, choice) for place, choice in enumerate(wire.objects(answer.get("choices"))))
        return Call(
            provider=self.name,
            endpoint="chat" if wire.path(interaction.request.url).endswith("/chat/completions") else "completions",
            model=wire.name(sent.get("model"))
            or wire.name(answer.get("model"))
            or wire.deployment(interaction.request.url),
            answered_by=wire.name(answer.get("model")),
            messages=tuple(chat_body.messages(sent)),
            tools=tuple(chat_body.tools(sent)),
            settings=wire.chosen(sent, chat_body.SETTINGS),
            seed=chat_body.seed(sent),
            choices=failures.settled(choices, body, error),
            usage=chat_body.usage(wire.mapping(answer.get("usage"))),
            streaming=sent.get("stream") is True,
            status=interaction.response.status if interaction.response else None,
            error=error,
            tier=billing.tier(answer.get("service_tier")),
        )
