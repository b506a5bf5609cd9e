"""The bodies of Bedrock's invoke: each family of models has its own, told by its shape and not by the model's name.

Reference: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html. An inference profile's name says
nothing of the family, and recordings exist in which a model answered in the body of another family.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Choice, Message, Part, PartKind, Response, Tool, Usage
from . import billing, chat_body, cohere_body, content, converse_body, guardrails, message_blocks, message_body, wire

METRICS = "amazon-bedrock-invocationMetrics"
ACTION = "amazon-bedrock-guardrailAction"
# What is sent to the model, or to be embedded; all else in a request changes how it answers.
_CONTENT = frozenset({
    "anthropic_beta", "anthropic_version", "chat_history", "documents", "images", "inferenceConfig", "inputImage",
    "inputText", "mcp_servers", "message", "messages", "model", "preamble", "prompt", "random_seed",
    "schemaVersion", "seed", "singleEmbeddingParams", "stream", "system", "textGenerationConfig", "texts", "toolConfig",
    "tools",
})  # fmt: skip
# Where answers that are lists of texts stand: the list, the text and the stop reason in each item.
_LISTS = (("results", "outputText", "completionReason"), ("outputs", "text", "stop_reason"))
_FILTERED = frozenset({"CONTENT_FILTERED", "content_filter", "content_filtered"})
_HEADER = "x-amzn-bedrock-{}-token-count"


def _is_claude(sent: Mapping[str, Any]) -> bool:
    return "anthropic_version" in sent


def _is_converse(sent: Mapping[str, Any]) -> bool:
    """Whether a body is Nova's: its blocks have no type, its settings stand in `inferenceConfig`."""
    if {"schemaVersion", "inferenceConfig", "toolConfig"} & set(sent) or isinstance(sent.get("system"), list):
        return True
    said = [block for message in wire.objects(sent.get("messages")) for block in wire.items(message.get("content"))]
    return bool(said) and all("type" not in wire.mapping(block) for block in said)


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the messages of a body of any family: chats, prompts, and texts to be embedded."""
    if _is_claude(sent):
        yield from message_blocks.messages(sent)
    elif "messages" in sent:
        yield from (converse_body if _is_converse(sent) else chat_body).messages(sent)
    elif {"message", "prompt", "chat_history"} & set(sent):
        yield from cohere_body.messages(sent)
    else:
        yield from _embedded(sent)


def _embedded(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read a text to be answered or embedded by Titan, embedded by Nova, and lists of texts and images of Cohere."""
    parts = content.parts(sent.get("inputText"), "inputText")
    told = wire.mapping(wire.mapping(sent.get("singleEmbeddingParams")).get("text"))
    parts += content.parts(told.get("value"), "singleEmbeddingParams.text.value")
    if sent.get("inputImage"):
        parts += (content.media("image", sent["inputImage"], "inputImage"),)
    if parts:
        yield Message("user", parts)
    for number, text in enumerate(wire.items(sent.get("texts"))):
        yield Message("user", (Part(PartKind.TEXT, wire.text(text), path=f"texts[{number}]"),))
    for number, image in enumerate(wire.items(sent.get("images"))):
        yield Message("user", (content.media("image", image, f"images[{number}]"),))


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools of a body of any family."""
    if _is_claude(sent):
        yield from message_body.tools(sent)
    elif "toolConfig" in sent:
        yield from converse_body.tools(sent)
    else:
        yield from (chat_body if "messages" in sent else cohere_body).tools(sent)


def settings(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Read what changes sampling; that of Titan and Nova stands in an object of its own."""
    found = {key: value for key, value in sent.items() if key not in _CONTENT}
    if _is_converse(sent):
        found.update(converse_body.settings(sent))
    found.update(wire.mapping(sent.get("textGenerationConfig")))
    return {key: wire.tame(value) for key, value in found.items() if value is not None}


def choices(answer: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Read the choices of an answer of any family; none of an error, and none of embeddings."""
    found = tuple(_choices(answer))
    if answer.get(ACTION) != "INTERVENED":
        return tuple(_signalled(choice, choice.stop_reason) for choice in found)
    text = "".join(choice.text for choice in found)
    signal = guardrails.signal({**answer, "usage": {"outputTokens": _written(answer)}}, text)
    return tuple(_signalled(choice, signal) for choice in found or (Choice(),))


def _choices(answer: Mapping[str, Any]) -> Iterator[Choice]:
    if isinstance(answer.get("output"), dict):
        yield from converse_body.choices(answer)
    elif isinstance(answer.get("choices"), list):
        for number, one in enumerate(wire.objects(answer["choices"])):
            reason = one.get("finish_reason") or one.get("stop_reason")
            yield chat_body.choice(number, {**one, "finish_reason": reason})
    elif isinstance(answer.get("content"), list) or "completion" in answer:
        yield from message_body.choices(answer)
    elif isinstance(answer.get("generation"), str):
        yield Choice(text=answer["generation"], stop_reason=wire.name(answer.get("stop_reason")))
    elif isinstance(answer.get("completions"), list):
        for number, one in enumerate(wire.objects(answer["completions"])):
            text = wire.text(wire.mapping(one.get("data")).get("text"))
            yield Choice(number, text, stop_reason=wire.name(wire.mapping(one.get("finishReason")).get("reason")))
    elif any(isinstance(answer.get(key), list) for key, _, _ in _LISTS):
        yield from _listed(answer)
    else:
        yield from cohere_body.choices(answer)


def _listed(answer: Mapping[str, Any]) -> Iterator[Choice]:
    for key, text, reason in _LISTS:
        for number, one in enumerate(wire.objects(answer.get(key))):
            if text in one:
                yield Choice(number, wire.text(one[text]), stop_reason=wire.name(one.get(reason)))


def _signalled(choice: Choice, signal: str | None) -> Choice:
    if choice.signal or signal not in (*_FILTERED, "blocked", guardrails.INTERVENED):
        return choice
    return Choice(
        choice.index, choice.text, choice.tool_calls, choice.reasoning, choice.refusal, signal,
        choice.stop_reason, choice.logprobs,
    )  # fmt: skip


def _written(answer: Mapping[str, Any]) -> int | None:
    found = usage(answer, None)
    return found.output if found else None


def usage(answer: Mapping[str, Any], response: Response | None) -> Usage | None:
    """Read usage from where a family tells it, else from the metrics of a stream, else from the headers."""
    told = wire.mapping(answer.get("usage"))
    metrics = wire.mapping(answer.get(METRICS))
    given, answered = wire.integer(answer.get("inputTextTokenCount")), None
    if given is not None:
        answered = sum(wire.integer(one.get("tokenCount")) or 0 for one in wire.objects(answer.get("results")))
    llama = (wire.integer(answer.get(f"{kind}_token_count")) for kind in ("prompt", "generation"))
    return (
        converse_body.usage(told)
        or message_body.usage(told)
        or chat_body.usage(told)
        or billing.inclusive(given, answered)
        or billing.inclusive(*llama)
        or converse_body.usage({key.replace("TokenCount", "Tokens"): value for key, value in metrics.items()})
        or (_headers(response) if response else None)
    )


def _headers(response: Response) -> Usage | None:
    """Read the headers in which Bedrock tells the usage of any model; cached tokens stand outside input there, too."""
    counts = {}
    for key, name in (
        ("inputTokens", "input"),
        ("outputTokens", "output"),
        ("cacheReadInputTokens", "cache-read-input"),
        ("cacheWriteInputTokens", "cache-write-input"),
    ):
        told = (response.header(_HEADER.format(name)) or "").strip()
        counts[key] = int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None
    return converse_body.usage(counts)
