"""Bedrock on loopback: converse and invoke-model, plain and as the binary event stream with its checksums.

The framing is that of https://smithy.io/2.0/aws/amazon-eventstream.html: lengths, CRC of the prelude, headers,
payload, CRC of the whole message.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from serving import Asked, Reply, answered

_STRING = 7


def bedrock_api(asked: Asked) -> Reply:
    """Answer as bedrock-runtime does. A question that contains `fail` is throttled."""
    told = _question(asked.json)
    operation = asked.path.rpartition("/")[2]
    if "fail" in told:
        return answered({"message": f"no {asked.number}"}, 429, x_amzn_errortype="ThrottlingException")
    if operation == "converse":
        return answered(_converse(asked, told))
    if operation == "converse-stream":
        return _binary(_converse_events(asked, told))
    if operation == "invoke":
        return answered({"content": [{"type": "text", "text": _text(asked, told)}], "usage": {"input_tokens": 5}})
    return _binary(_invoke_events(asked, told))


def message(event: str, payload: Any) -> bytes:
    """One message of an event stream."""
    body = json.dumps(payload).encode()
    named = {":event-type": event, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(map(_header, named, named.values()))
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    whole = prelude + headers + body
    return whole + struct.pack(">I", zlib.crc32(whole))


def _header(name: str, value: str) -> bytes:
    return struct.pack(f">B{len(name)}sBH", len(name), name.encode(), _STRING, len(value)) + value.encode()


def _binary(messages: Iterator[bytes]) -> Reply:
    return Reply(pieces=messages, type="application/vnd.amazon.eventstream")


def _question(asked: dict[str, Any]) -> str:
    content = (asked.get("messages") or [{"content": ""}])[-1]["content"]
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def _text(asked: Asked, told: str) -> str:
    return f"answer {asked.number} to {told} — done"


def _usage(asked: Asked) -> dict[str, Any]:
    return {"inputTokens": len(asked.body.split()), "outputTokens": 7, "totalTokens": len(asked.body.split()) + 7}


def _converse(asked: Asked, told: str) -> dict[str, Any]:
    said = {"role": "assistant", "content": [{"text": _text(asked, told)}]}
    answer = {"output": {"message": said}, "stopReason": "end_turn", "metrics": {"latencyMs": asked.number}}
    return {**answer, "usage": _usage(asked)}


def _converse_events(asked: Asked, told: str) -> Iterator[bytes]:
    yield message("messageStart", {"role": "assistant"})
    for word in _text(asked, told).split():
        yield message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": f"{word} "}})
    yield message("contentBlockStop", {"contentBlockIndex": 0})
    yield message("messageStop", {"stopReason": "end_turn"})
    yield message("metadata", {"usage": _usage(asked), "metrics": {"latencyMs": asked.number}})


def _invoke_events(asked: Asked, told: str) -> Iterator[bytes]:
    for word in _text(asked, told).split():
        event = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": f"{word} "}}
        yield message("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode()})
