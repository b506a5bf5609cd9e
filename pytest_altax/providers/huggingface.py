"""Hugging Face's own text generation: the inference API's models, and text-generation-inference (TGI) on any host.

Protocol: https://huggingface.github.io/text-generation-inference and
https://huggingface.co/docs/api-inference/tasks/text-generation. Their OpenAI-compatible paths are read as OpenAI's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Call, Choice, Interaction, Logprobs, Message, Part, PartKind, Request, Response, Usage
from . import billing, content, failures, logprobs, sse, wire

_MODEL = re.compile(r"/models/(?P<model>[^/]+(?:/[^/]+)?)(?:/pipeline/[^/]+)?$|/pipeline/[^/]+/(?P<task>[^/]+/[^/]+)$")
_EMBEDS = re.compile(r"/pipeline/feature-extraction(?:/|$)|/embed(?:_all|_sparse)?$")
_SERVER = re.compile(r"(?<!/api)(?<!/v1)/(?:generate|generate_stream|embed|embed_all|embed_sparse)$")
_HOSTS = re.compile(r"(?:api-inference|router)\.huggingface\.co|.*\.endpoints\.huggingface\.cloud")
_CLIENTS = re.compile(r"hf_hub|huggingface")
_INPUTS = b'"inputs"'


class HuggingFace:
    """Reads `POST .../models/ID` of Hugging Face's hosts, and `.../generate`, `.../generate_stream` of any host."""

    name = "huggingface"

    def claims(self, request: Request) -> bool:
        """Whether there are `inputs` for a host or from a client of Hugging Face's, or for a server of TGI's paths."""
        if request.method.upper() != "POST" or _INPUTS not in request.body:
            return False
        own = _HOSTS.fullmatch(wire.host(request.url)) or _CLIENTS.search(request.header("user-agent") or "")
        return bool(own or _SERVER.search(wire.path(request.url)))

    def read(self, interaction: Interaction) -> Call:
        """Read a call. What is no generated text (classes, vectors, pictures) is no answer to a prompt."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        path = wire.path(interaction.request.url)
        body, finished = _answer(interaction.response)
        error = failures.error_text(interaction, body)
        kind = _kind(path, body)
        found = _MODEL.search(path)
        parameters = wire.mapping(sent.get("parameters"))
        return Call(
            provider=self.name,
            endpoint="embed" if kind == "embedding" else "generate",
            kind=kind,
            model=(found["model"] or found["task"]) if found else wire.name(sent.get("model")),
            messages=tuple(_messages(sent)),
            settings={k: wire.tame(value) for k, value in parameters.items() if value is not None and k != "seed"},
            seed=wire.seed(parameters.get("seed")),
            choices=failures.settled(_choices(body), body, error) if kind == "generation" else (),
            usage=_usage(body, interaction.response),
            streaming=sent.get("stream") is True or path.endswith("/generate_stream"),
            status=interaction.response.status if interaction.response else None,
            error=error or (None if finished else "the stream ended early"),
        )


def _messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the prompt, each of several, or the conversation that the inference API once took."""
    given = sent.get("inputs")
    talk = wire.mapping(given)
    asked, answered = wire.items(talk.get("past_user_inputs")), wire.items(talk.get("generated_responses"))
    for number, text in enumerate(asked):
        yield Message("user", (Part(PartKind.TEXT, wire.text(text), path=f"inputs.past_user_inputs[{number}]"),))
        if number < len(answered):
            path = f"inputs.generated_responses[{number}]"
            yield Message("assistant", (Part(PartKind.TEXT, wire.text(answered[number]), path=path),))
    for key in ("text", "question"):
        yield from (Message("user", (part,)) for part in content.parts(talk.get(key), f"inputs.{key}"))
    if not talk:
        yield from (Message("user", (part,)) for part in content.parts(given, "inputs"))


def _answer(response: Response | None) -> tuple[Any, bool]:
    """Give the body of a response as an object: lists of generated texts, or of anything else, are its `results`."""
    body, finished = sse.answer(response, _assembled)
    if isinstance(body, list):
        flat = body[0] if len(body) == 1 and isinstance(body[0], list) else body
        return {"results": flat}, finished
    if "generated_text" in wire.mapping(body):
        return {"results": [body]}, finished
    told = wire.mapping(body).get("error")
    if isinstance(told, list):
        return {**wire.mapping(body), "error": "; ".join(map(wire.text, told))}, finished
    return body, finished


def _assembled(events: Iterator[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put tokens together; the last event tells the whole text and its details."""
    body: dict[str, Any] = {}
    pieces, tokens, tops, whole, details = [], [], list[Any](), None, None
    for event in events:
        token = wire.mapping(event.get("token"))
        if token and token.get("special") is not True:
            pieces.append(wire.text(token.get("text")))
        tokens += [token] if token else []
        tops += [event["top_tokens"]] if event.get("top_tokens") else []
        whole = whole if event.get("generated_text") is None else event["generated_text"]
        details = event.get("details") or details
        if event.get("error"):
            body["error"] = event["error"]
    if pieces or whole is not None:
        text = whole if isinstance(whole, str) else "".join(pieces)
        body["generated_text"] = text
        body["details"] = {"tokens": tokens, "top_tokens": tops, **wire.mapping(details)}
    return wire.mended(body), whole is not None


def _kind(path: str, body: Any) -> str:
    if _EMBEDS.search(path):
        return "embedding"
    results = wire.mapping(body).get("results")
    texts = any("generated_text" in one for one in wire.objects(results))
    return "generation" if texts or results is None else "other"


def _choices(body: Any) -> Iterator[Choice]:
    for number, one in enumerate(wire.objects(wire.mapping(body).get("results"))):
        if "generated_text" in one:
            details = wire.mapping(one.get("details"))
            yield Choice(
                number,
                wire.text(one["generated_text"]),
                stop_reason=wire.name(details.get("finish_reason")),
                logprobs=_logprobs(details),
            )


def _logprobs(details: Mapping[str, Any]) -> Logprobs | None:
    tops = ([told.get("logprob") for told in wire.objects(top)] for top in wire.items(details.get("top_tokens")))
    return logprobs.of_lists([told.get("logprob") for told in wire.objects(details.get("tokens"))], list(tops))


def _usage(body: Any, response: Response | None) -> Usage | None:
    """Read usage from headers, else from details; where the input is not told, nothing is: half a bill is none."""
    given, answered = _header(response, "x-prompt-tokens"), _header(response, "x-generated-tokens")
    for one in wire.objects(wire.mapping(body).get("results")):
        details = wire.mapping(one.get("details"))
        prompt = wire.items(details.get("prefill"))
        read = wire.integer(details.get("input_length"))
        given = given if given is not None else read if read is not None else len(prompt) or None
        answered = answered if answered is not None else wire.integer(details.get("generated_tokens"))
    return None if given is None else billing.inclusive(given, answered)


def _header(response: Response | None, name: str) -> int | None:
    told = (response.header(name) or "").strip() if response else ""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None
