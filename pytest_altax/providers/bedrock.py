"""Amazon Bedrock: converse, invoke, both of them streamed, counting of tokens, and guardrails on their own.

Protocol: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..records import Call, Choice, Interaction, Message, Part, PartKind, Request, Response
from . import (
    billing,
    chat_body,
    converse_body,
    converse_stream,
    eventstream,
    failures,
    guardrails,
    invoke_body,
    invoke_stream,
    sse,
    wire,
)

_MODEL = re.compile(
    r"/model/(?P<model>.+)/(?P<action>converse|invoke|count-tokens)(?P<stream>-stream|-with-response-stream)?$"
)
_GUARDRAIL = re.compile(r"/guardrail/(?P<model>[^/]+)/version/[^/]+/apply$")
# ARNs that end with the name of the model itself; that of an application's own profile says nothing.
_NAMING_ARN = re.compile(r"^arn:[^/]*:(?:foundation-model|inference-profile)/(?P<name>.+)$")


class Bedrock:
    """Reads `POST .../model/ID/converse`, `.../invoke` and `.../count-tokens` of any host, and guardrails applied."""

    name = "bedrock"

    def claims(self, request: Request) -> bool:
        """Whether the path is one of the runtime's operations."""
        path = wire.path(request.url)
        return request.method.upper() == "POST" and bool(_MODEL.search(path) or _GUARDRAIL.search(path))

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first. The model stands in the path alone."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        found = _MODEL.search(wire.path(interaction.request.url))
        if found is None:
            return _guardrail(interaction, sent)
        model, action = unquote(found["model"]), found["action"]
        counts = action == "count-tokens"
        action, sent = _counted(sent) if counts else (action, sent)
        kind = "count" if counts else _kind(sent, model)
        body, finished = _answer(interaction.response, converse=action == "converse")
        error = failures.error_text(interaction, body)
        answers = kind == "generation"
        return Call(
            provider=self.name,
            endpoint="count_tokens" if counts else action,
            kind=kind,
            model=model,
            answered_by=wire.name(wire.mapping(body).get("model")) or _routed(wire.mapping(body)) or _named(model),
            **_asked(sent, converse=action == "converse"),
            seed=chat_body.seed({**wire.mapping(sent.get("additionalModelRequestFields")), **sent}),
            choices=failures.settled(invoke_body.choices(wire.mapping(body)), body, error) if answers else (),
            usage=None if counts else invoke_body.usage(wire.mapping(body), interaction.response),
            streaming=bool(found["stream"]),
            status=interaction.response.status if interaction.response else None,
            error=error or (None if finished else "the stream ended early"),
            tier=_tier(wire.mapping(body), interaction.response),
        )


def _tier(answer: Mapping[str, Any], response: Response | None) -> str | None:
    """Read the tier from the answer of converse, else from the header that any model's answer has."""
    return billing.tier(answer.get("serviceTier"), response and response.header("x-amzn-bedrock-service-tier"))


def _asked(sent: Mapping[str, Any], *, converse: bool) -> dict[str, Any]:
    """Read messages, tools and settings, of converse or of the body that a model's family has."""
    if converse:
        messages, tools, settings = (
            converse_body.messages(sent),
            converse_body.tools(sent),
            converse_body.settings(sent),
        )
    else:
        messages, tools, settings = invoke_body.messages(sent), invoke_body.tools(sent), invoke_body.settings(sent)
    return {"messages": tuple(messages), "tools": tuple(tools), "settings": settings}


def _routed(answer: Mapping[str, Any]) -> str | None:
    """Name the model that a prompt router chose, as its trace tells."""
    router = wire.mapping(wire.mapping(answer.get("trace")).get("promptRouter"))
    chosen = wire.text(router.get("invokedModelId"))
    return _named(chosen) or chosen or None


def _named(model: str) -> str | None:
    found = _NAMING_ARN.match(model)
    return found["name"] if found else None


def _kind(sent: Mapping[str, Any], model: str) -> str:
    """Tell answers from embeddings and from what makes rankings and pictures, by what is asked of which model."""
    task = wire.text(sent.get("taskType")).upper()
    if "embed" in model or "texts" in sent or "EMBEDDING" in task:
        return "embedding"
    return "other" if task or "text_prompts" in sent or ("query" in sent and "documents" in sent) else "generation"


def _counted(sent: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Find the request whose tokens are to be counted: of converse as it is, of invoke in base64."""
    given = wire.mapping(sent.get("input"))
    if "converse" in given:
        return "converse", wire.mapping(given["converse"])
    try:
        body = base64.b64decode(wire.text(wire.mapping(given.get("invokeModel")).get("body")))
    except (binascii.Error, ValueError):
        body = b""
    return "invoke", wire.mapping(wire.decode(body))


def _answer(response: Response | None, *, converse: bool) -> tuple[Any, bool]:
    """Give the body of a response, and whether it came to its end; what went wrong is its `error`."""
    assembled = converse_stream.assembled if converse else invoke_stream.assembled
    if response is None or sse.is_stream(response):
        return sse.answer(response, assembled)
    if eventstream.is_stream(response):
        return assembled(eventstream.payloads(response.body))
    body = wire.decode(response.body)
    return (_failed(wire.mapping(body), response) if response.status >= 400 else body), True


def _failed(body: Mapping[str, Any], response: Response) -> dict[str, Any]:
    """Name an error as such: the code stands in a header or in `__type`, the message in the body."""
    told = response.header("x-amzn-errortype") or wire.text(body.get("__type"))
    code = told.partition(":")[0].rpartition("#")[2].strip()
    message = wire.text(body.get("message")) or wire.text(body.get("Message")) or wire.text(body.get("error"))
    if not code and not message:
        return dict(body)
    return {"error": {"type": code, "message": ": ".join(filter(None, (code, message)))}}


def _guardrail(interaction: Interaction, sent: Mapping[str, Any]) -> Call:
    """Read a guardrail that is asked on its own: no tokens are billed, what it blocked is a refusal."""
    found = _GUARDRAIL.search(wire.path(interaction.request.url))
    body, _ = _answer(interaction.response, converse=False)
    texts = [wire.mapping(block.get("text")).get("text") for block in wire.objects(sent.get("content"))]
    parts = (Part(PartKind.TEXT, wire.text(text), path=f"content[{at}].text.text") for at, text in enumerate(texts))
    intervened = wire.mapping(body).get("action") == "GUARDRAIL_INTERVENED"
    return Call(
        provider="bedrock",
        endpoint="guardrail",
        kind="moderation",
        model=unquote(found["model"]) if found else None,
        messages=(Message("user", tuple(parts)),),
        choices=(Choice(signal=guardrails.INTERVENED),) if intervened else (),
        status=interaction.response.status if interaction.response else None,
        error=failures.error_text(interaction, body),
    )
