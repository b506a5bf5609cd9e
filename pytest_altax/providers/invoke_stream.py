"""Streamed answers of Bedrock's invoke, whose pieces are those of the model's family, put together into one body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import chat_stream, cohere_stream, converse_stream, invoke_body, message_stream, wire


def assembled(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put events together: a response body, and whether the answer came to its end."""
    told = list(events)
    body, finished = _by_family(told)
    for event in told:
        for key in (invoke_body.METRICS, invoke_body.ACTION, "amazon-bedrock-trace"):
            if event.get(key):
                body[key] = event[key]
        if event.get("error"):
            body["error"] = event["error"]
    # What Bedrock itself measured comes last of all, where a family names no stop reason.
    return body, finished or invoke_body.METRICS in body


def _by_family(events: list[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    keys = {key for event in events for key in event}
    types = {wire.text(event.get("type")) for event in events}
    if "completion" in keys or any(type_.startswith(("message_", "content_block")) for type_ in types):
        return message_stream.assembled(_typed(event) for event in events)
    if keys & {"messageStart", "contentBlockDelta", "messageStop"}:
        return converse_stream.assembled(events)
    if "choices" in keys:
        return chat_stream.assembled(_finished(event) for event in events)
    if keys & {"event_type", "is_finished"} or "message-start" in types:
        return cohere_stream.assembled(events)
    return _texts(events)


def _typed(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name the type of a piece of a legacy completion, which Bedrock leaves out."""
    return {"type": "completion", **event} if "completion" in event else event


def _finished(event: Mapping[str, Any]) -> dict[str, Any]:
    """Give Mistral's and DeepSeek's `stop_reason` its usual name."""
    choices = [
        {**choice, "finish_reason": choice.get("finish_reason") or choice.get("stop_reason")}
        for choice in wire.objects(event.get("choices"))
    ]
    return {**event, "choices": choices}


def _texts(events: list[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Join pieces of plain text: Titan's, Llama's, or those of Mistral's `outputs`."""
    flat: dict[str, Any] = {}
    pieces = []
    for event in events:
        outputs = wire.objects(event.get("outputs"))
        told = outputs[0] if outputs else event
        pieces += [wire.text(told.get(key)) for key in ("outputText", "generation", "text")]
        flat.update((key, value) for key, value in {**event, **told}.items() if value is not None)
    text = "".join(pieces)
    if "outputText" in flat:
        result = {
            "outputText": text,
            "tokenCount": flat.get("totalOutputTextTokenCount"),
            "completionReason": flat.get("completionReason"),
        }
        flat = {"results": [result], "inputTextTokenCount": flat.get("inputTextTokenCount")}
        return wire.mended(flat), bool(result["completionReason"])
    kept = {key: flat.get(key) for key in ("prompt_token_count", "generation_token_count", "stop_reason")}
    known = any(key in flat for key in ("generation", "text"))
    return wire.mended({**kept, "generation": text} if known else {}), bool(kept["stop_reason"])
