"""Ollama's own API: chat, generate, embed, and the housekeeping beside them.

Protocol: https://github.com/ollama/ollama/blob/main/docs/api.md. An answer is streamed, a line of JSON for each piece,
unless the request says no.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from ..records import Call, Interaction, Request, Response
from . import failures, ndjson, ollama_body, wire

_ENDPOINT = re.compile(
    r"/api/(?P<name>chat|generate|embed|embeddings|tags|show|ps|version|pull|push|create|copy|delete|blobs/[^/]+)$"
)
_KINDS = {"chat": "generation", "generate": "generation", "embed": "embedding", "embeddings": "embedding"}
_PORT = 11434


class Ollama:
    """Reads `/api/chat`, `/api/generate` and their neighbours where host, port, path or client says that it is Ollama.

    A web app may have an `/api/chat` of its own, also on this machine.
    """

    name = "ollama"

    def claims(self, request: Request) -> bool:
        """Whether the path is one of Ollama's, on a host that may be its own."""
        found = _ENDPOINT.search(wire.path(request.url))
        if found is None:
            return False
        told = (wire.host(request.url), wire.path(request.url), request.header("user-agent") or "")
        return _port(request.url) == _PORT or any("ollama" in one for one in told)

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        found = _ENDPOINT.search(wire.path(interaction.request.url))
        endpoint = found["name"].partition("/")[0] if found else "chat"
        kind = _KINDS.get(endpoint, "other")
        body, finished = _answer(interaction.response) if kind == "generation" else (_decoded(interaction), True)
        answer = wire.mapping(body)
        error = failures.error_text(interaction, body) if body is not None or kind != "other" else None
        error = error or (None if finished else "the stream ended early")
        generates = kind == "generation"
        return Call(
            provider=self.name,
            endpoint="embed" if endpoint == "embeddings" else endpoint,
            kind=kind,
            model=wire.name(sent.get("model")),
            answered_by=wire.name(answer.get("model")),
            messages=tuple(ollama_body.messages(sent)) if kind != "other" else (),
            tools=tuple(ollama_body.tools(sent)),
            settings=ollama_body.settings(sent) if generates else {},
            seed=wire.seed(wire.mapping(sent.get("options")).get("seed")),
            choices=failures.settled(ollama_body.choices(answer), body, error) if generates else (),
            usage=ollama_body.usage(answer) if kind != "other" else None,
            streaming=generates and sent.get("stream") is not False,
            status=interaction.response.status if interaction.response else None,
            error=error,
        )


def _answer(response: Response | None) -> tuple[Any, bool]:
    """Give the body of a response, and whether it came to its end; a stream is more than one line."""
    if response is None:
        return None, True
    body = wire.decode(response.body)
    lines = list(ndjson.payloads(response.body)) if body is None else []
    return ollama_body.assembled(lines) if lines else (body, wire.mapping(body).get("done") is not False)


def _decoded(interaction: Interaction) -> Any:
    return wire.decode(interaction.response.body) if interaction.response else None


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None
