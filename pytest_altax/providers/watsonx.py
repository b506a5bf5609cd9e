"""IBM watsonx.ai: chat and text generation, streamed or not, of a model or a deployment, and what stands beside them.

Protocol: https://cloud.ibm.com/apidocs/watsonx-ai. A chat's body is OpenAI's; a generation has an input and results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Call, Choice, Interaction, Message, Request, Usage
from . import billing, chat_body, chat_stream, content, failures, logprobs, sse, wire

_ENDPOINT = re.compile(
    r"/ml/v\d[^/]*/(?:deployments/(?P<deployment>[^/]+)/)?text/"
    r"(?P<name>chat|generation|embeddings|tokenization|rerank)(?P<stream>_stream)?$"
)
_KINDS = {"embeddings": "embedding", "tokenization": "count", "rerank": "other"}
# What a generation is asked with, beside its settings.
_CONTENT = frozenset({"input", "inputs", "messages", "model_id", "parameters", "project_id", "space_id", "tools"})
_SEEDS = frozenset({"seed", "random_seed"})


class Watsonx:
    """Reads `POST .../ml/v1/text/chat`, `.../generation` and their streams, embeddings, tokenization and rerank."""

    name = "watsonx"

    def claims(self, request: Request) -> bool:
        """Whether the path is one of the text endpoints."""
        return request.method.upper() == "POST" and _ENDPOINT.search(wire.path(request.url)) is not None

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first. A deployment stands in the path alone."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        found = _ENDPOINT.search(wire.path(interaction.request.url))
        endpoint = found["name"] if found else "chat"
        kind = _KINDS.get(endpoint, "generation")
        assembled = chat_stream.assembled if endpoint == "chat" else _assembled
        body, finished = sse.answer(interaction.response, assembled)
        answer = wire.mapping(body)
        told = _with_error(answer)
        error = failures.error_text(interaction, told or body)
        settings = {key: value for key, value in sent.items() if key not in _CONTENT} | dict(
            wire.mapping(sent.get("parameters"))
        )
        return Call(
            provider=self.name,
            endpoint=endpoint,
            kind=kind,
            model=wire.name(sent.get("model_id")) or (found["deployment"] if found else None),
            answered_by=wire.name(answer.get("model_id")),
            messages=tuple(_messages(sent)),
            tools=tuple(chat_body.tools(sent)),
            settings={k: wire.tame(value) for k, value in settings.items() if value is not None and k not in _SEEDS},
            seed=chat_body.seed(settings),
            choices=failures.settled(_choices(answer), told, error) if kind == "generation" else (),
            usage=None if kind == "count" else _usage(answer),
            streaming=bool(found and found["stream"]),
            status=interaction.response.status if interaction.response else None,
            error=error or (None if finished else "the stream ended early"),
        )


def _messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    yield from chat_body.messages(sent)
    parts = content.parts(sent.get("input"), "input")
    if parts:
        yield Message("user", parts)
    for part in content.parts(sent.get("inputs"), "inputs"):
        yield Message("user", (part,))


def _choices(answer: Mapping[str, Any]) -> Iterator[Choice]:
    for number, choice in enumerate(wire.objects(answer.get("choices"))):
        yield chat_body.choice(number, choice)
    for number, result in enumerate(wire.objects(answer.get("results"))):
        if "generated_text" in result:
            text, reason = wire.text(result["generated_text"]), wire.name(result.get("stop_reason"))
            tokens = logprobs.of_tokens(result.get("generated_tokens"), top="top_tokens")
            yield Choice(number, text, stop_reason=reason, logprobs=tokens)


def _assembled(events: Iterator[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put the pieces of a generation together; counts run, so the largest is the last."""
    body: dict[str, Any] = {}
    pieces, tokens = list[str](), list[Any]()
    counts, reason = {"generated_token_count": 0, "input_token_count": 0}, None
    for event in events:
        body.update((key, event[key]) for key in ("model_id", "errors") if event.get(key))
        for result in wire.objects(event.get("results")):
            pieces.append(wire.text(result.get("generated_text")))
            tokens += wire.items(result.get("generated_tokens"))
            reason = result.get("stop_reason") or reason
            for key in counts:
                counts[key] = max(counts[key], wire.integer(result.get(key)) or 0)
    finished = reason not in (None, "not_finished", "NOT_FINISHED")
    if pieces:
        told = counts if any(counts.values()) else {}
        result = {"generated_text": "".join(pieces), "stop_reason": reason if finished else None, **told}
        body["results"] = [{**result, "generated_tokens": tokens}]
    return wire.mended(body), finished


def _usage(answer: Mapping[str, Any]) -> Usage | None:
    """Read usage: of a chat as OpenAI tells it, of a generation in each result, of embeddings at the top."""
    results = wire.objects(answer.get("results"))
    given = [wire.integer(one.get("input_token_count")) for one in (answer, *results)]
    answered = [wire.integer(one.get("generated_token_count")) for one in results]
    return chat_body.usage(wire.mapping(answer.get("usage"))) or billing.inclusive(_sum(given), _sum(answered))


def _sum(counts: list[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def _with_error(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name an error as such: there may be several, of which the first is told."""
    errors = wire.objects(answer.get("errors"))
    return {**answer, "error": {"type": errors[0].get("code"), **errors[0]}} if errors else answer
