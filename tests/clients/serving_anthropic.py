"""Anthropic on loopback: messages and count_tokens. The prefixes of the path and the words are OpenAI's here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from serving import Asked, Reply, answered, events
from serving_openai import openai_api, question


def anthropic_api(asked: Asked) -> Reply:
    """Answer as Anthropic does."""
    prefix, _, path = asked.path.rpartition("/v1/")
    if prefix.startswith("/status/") or (prefix == "/flaky" and asked.number % 2):
        status = int(prefix.rpartition("/")[2]) if "status" in prefix else 529
        error = {"type": "overloaded_error", "message": f"no {asked.number}"}
        return answered({"type": "error", "error": error}, status, retry_after_ms="5")
    if path == "messages/count_tokens":
        return answered({"input_tokens": len(asked.body.split())})
    if asked.json.get("stream"):
        return events(_events(_message(asked)))
    limits = {"anthropic-ratelimit-tokens-remaining": "9000"}
    return Reply(json.dumps(_message(asked)).encode(), headers=limits)


def openai_or_anthropic(asked: Asked) -> Reply:
    """Both APIs side by side."""
    return anthropic_api(asked) if asked.path.endswith("/messages") else openai_api(asked)


def _message(asked: Asked) -> dict[str, Any]:
    told, tools = question(asked.json), asked.json.get("tools")
    block: dict[str, Any] = {"type": "text", "text": f"answer {asked.number} to {told} — done"}
    if tools and "tool" in told:
        block = {"type": "tool_use", "id": f"toolu_{asked.number}", "name": tools[0]["name"], "input": {"city": "Ulm"}}
    usage = {"input_tokens": len(asked.body.split()) + 10, "output_tokens": 9}
    usage |= {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 3}
    message = {"id": f"msg_{asked.number}", "type": "message", "role": "assistant", "model": asked.json["model"]}
    reason = "end_turn" if block["type"] == "text" else "tool_use"
    return {**message, "content": [block], "stop_reason": reason, "stop_sequence": None, "usage": usage}


def _events(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    block = message["content"][0]
    empty = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
    started = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    yield {"type": "message_start", "message": started}
    yield {"type": "content_block_start", "index": 0, "content_block": empty}
    yield {"type": "ping"}
    for delta in _deltas(block):
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    stopped = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": stopped, "usage": {"output_tokens": 9}}
    yield {"type": "message_stop"}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": f"{word} "} for word in block["text"].split())
    else:
        yield from ({"type": "input_json_delta", "partial_json": part} for part in ('{"city": ', '"Ulm"}'))
