"""Google's interactions: one call for models and agents, whose history the server may keep.

Protocol: https://ai.google.dev/api/interactions-api.
"""

from __future__ import annotations

import re

from ..records import Call, Interaction, Request
from . import billing, failures, google_steps, schemas, sse, wire

_PATH = re.compile(
    r"/v\d(?:alpha|beta)?\d?(?:/projects/[^/]+/locations/[^/]+)?/interactions(?:/(?P<id>[^/]+)(?P<cancel>/cancel)?)?$"
)
_ACTIONS = {("POST", False): "", ("GET", True): "retrieve", ("DELETE", True): "delete", ("POST", True): "cancel"}


class GoogleInteractions:
    """Reads `POST .../v1beta/interactions` on any host, and what is done with one by its id."""

    name = "google"

    def claims(self, request: Request) -> bool:
        """Whether path and method are those of an interaction, on Google's host or behind a proxy that names it."""
        named = "googleapis" in wire.host(request.url) or "google" in request.url or "gemini" in request.url
        return _action(request) is not None and named

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first."""
        request, response = interaction.request, interaction.response
        sent = wire.mapping(wire.decode(request.body))
        body, finished = sse.answer(response, google_steps.assembled)
        answer, action = wire.mapping(body), _action(request) or ""
        error = failures.error_text(interaction, body) or (None if finished else "the stream ended early")
        return Call(
            provider=self.name,
            endpoint=f"interactions.{action}" if action else "interactions",
            kind="other" if action else "generation",
            model=wire.name(sent.get("model")) or wire.name(sent.get("agent")) or wire.name(answer.get("model")),
            answered_by=wire.name(answer.get("model")),
            messages=() if action else tuple(google_steps.messages(sent)),
            tools=tuple(google_steps.tools(sent)),
            settings=google_steps.settings(sent),
            seed=wire.seed(wire.mapping(sent.get("generation_config")).get("seed")),
            choices=failures.settled(google_steps.choices(answer), body, error),
            usage=google_steps.usage(wire.mapping(answer.get("usage"))),
            streaming=sent.get("stream") is True or "stream=true" in request.url,
            status=response.status if response else None,
            error=error,
            tier=billing.tier(answer.get("service_tier")),
            previous_response_id=wire.name(sent.get("previous_interaction_id")),
            mcp_servers=tuple(
                schemas.mcp_servers(
                    [tool for tool in wire.objects(sent.get("tools")) if tool.get("type") == "mcp_server"], "name"
                )
            ),
        )


def _action(request: Request) -> str | None:
    found = _PATH.search(wire.path(request.url))
    return None if found is None else _ACTIONS.get((request.method.upper(), bool(found["id"])))
