"""Cohere: chat of both versions, generate, embed, rerank and the small endpoints beside them.

Protocol: https://docs.cohere.com/reference/about. Version 1 streams lines of JSON, version 2 server-sent events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Call, Interaction, Message, Part, PartKind, Request, Response
from . import cohere_body, cohere_stream, content, failures, ndjson, sse, wire

_ENDPOINT = re.compile(
    r"(?:/v\d(?:alpha|beta)?)?/(?P<name>chat|generate|summarize|embed|rerank|classify|tokenize|detokenize)$"
)
_KINDS = {"chat": "generation", "generate": "generation", "summarize": "generation", "embed": "embedding"}


class Cohere:
    """Reads `POST .../v1/chat`, `.../v2/chat` and their neighbours, where host, path or client names Cohere."""

    name = "cohere"

    def claims(self, request: Request) -> bool:
        """Whether the path is one of Cohere's, and something says that it is: an app's own may be the same."""
        if request.method.upper() != "POST" or _ENDPOINT.search(wire.path(request.url)) is None:
            return False
        told = (wire.host(request.url), wire.path(request.url), *map(request.header, ("x-fern-sdk-name", "user-agent")))
        return any("cohere" in one.lower() for one in told if one)

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        body, finished = _answer(interaction.response)
        answer = wire.mapping(body)
        told = _with_error(answer, interaction.response)
        error = failures.error_text(interaction, told if told else body)
        found = _ENDPOINT.search(wire.path(interaction.request.url))
        endpoint = found["name"] if found else "chat"
        kind = _KINDS.get(endpoint, "other")
        return Call(
            provider=self.name,
            endpoint=endpoint,
            kind=kind,
            model=wire.name(sent.get("model")),
            messages=tuple(_messages(sent, endpoint)),
            tools=tuple(cohere_body.tools(sent)),
            settings={key: wire.tame(sent[key]) for key in cohere_body.SETTINGS if sent.get(key) is not None},
            seed=wire.seed(sent.get("seed")),
            choices=failures.settled(cohere_body.choices(answer), told, error) if kind == "generation" else (),
            usage=cohere_body.usage(answer),
            streaming=sent.get("stream") is True,
            status=interaction.response.status if interaction.response else None,
            error=error or (None if finished else "the stream ended early"),
        )


def _answer(response: Response | None) -> tuple[Any, bool]:
    """Give the body of a response, and whether it came to its end; a stream may come in either of two wires."""
    if response is None or sse.is_stream(response):
        return sse.answer(response, cohere_stream.assembled)
    body = wire.decode(response.body)
    lines = "stream+json" in (response.header("content-type") or "") or b'"event_type"' in response.body[:300]
    if lines and (body is None or "event_type" in wire.mapping(body)):
        return cohere_stream.assembled(ndjson.payloads(response.body))
    return body, True


def _with_error(answer: Mapping[str, Any], response: Response | None) -> Mapping[str, Any]:
    """Name an error as such: Cohere tells it as a bare `message`."""
    message = answer.get("message")
    if response is not None and response.status >= 400 and isinstance(message, str):
        return {"error": {"message": message}}
    return answer


def _messages(sent: Mapping[str, Any], endpoint: str) -> Iterator[Message]:
    """Read what is sent: a chat, or the texts that are embedded, ranked, classified or cut into tokens."""
    if _KINDS.get(endpoint) == "generation" and endpoint != "summarize":
        yield from cohere_body.messages(sent)
        return
    for key in ("text", "query"):
        yield from (Message("user", (part,)) for part in content.parts(sent.get(key), key))
    for key in ("texts", "inputs", "documents", "images"):
        for number, text in enumerate(wire.items(sent.get(key))):
            yield Message("user", _embedded(text, f"{key}[{number}]", key))


def _embedded(given: Any, place: str, key: str) -> tuple[Part, ...]:
    if key == "images":
        return (content.media("image", given, place),)
    inner = wire.mapping(given).get("content") or wire.mapping(given).get("text")
    if isinstance(inner, list):
        return content.parts(inner, f"{place}.content")
    return (Part(PartKind.TEXT, wire.text(given) or wire.text(inner), path=place),)
