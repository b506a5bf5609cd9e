"""Streamed messages put together into the body that the same answer has when it is not streamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import wire

# The key of a block that the pieces of a delta belong to, by the delta's type; the key is also that of the piece.
_DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}


def assembled(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put events together: a response body, and whether the answer came to its end.

    Usage begins in `message_start` and is overwritten, key by key, by what `message_delta` says later.
    """
    body: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    pieces: list[str] = []
    for event in events:
        type_ = wire.text(event.get("type"))
        if type_ == "message_start":
            body = dict(wire.mapping(event.get("message")))
        elif type_ == "content_block_start":
            blocks[_index(event)] = dict(wire.mapping(event.get("content_block")))
        elif type_ == "content_block_delta":
            _add(blocks.setdefault(_index(event), {"type": "text"}), wire.mapping(event.get("delta")))
        elif type_ == "message_delta":
            body.update(wire.mapping(event.get("delta")))
            told = {key: value for key, value in wire.mapping(event.get("usage")).items() if value is not None}
            body["usage"] = {**wire.mapping(body.get("usage")), **told}
        elif type_ == "completion":
            pieces.append(wire.text(event.get("completion")))
            body.update(model=event.get("model"), stop_reason=event.get("stop_reason"), completion="")
        elif event.get("error"):
            body["error"] = event["error"]
    if "completion" in body:
        body["completion"] = "".join(pieces)
    if blocks or "content" not in body:
        body["content"] = [_closed(blocks[place]) for place in sorted(blocks)]
    return wire.mended(body), bool(body.get("stop_reason"))


def _index(event: Mapping[str, Any]) -> int:
    return wire.integer(event.get("index")) or 0


def _add(block: dict[str, Any], delta: Mapping[str, Any]) -> None:
    key = _DELTAS.get(wire.text(delta.get("type")))
    if key:
        block.setdefault("pieces", []).append((key, wire.text(delta.get(key))))


def _closed(block: dict[str, Any]) -> dict[str, Any]:
    """Join the pieces of a block after what it began with; the input of a tool stays JSON text, as it came."""
    pieces = block.pop("pieces", [])
    for key in ("text", "thinking"):
        joined = "".join(piece for name, piece in pieces if name == key)
        if joined:
            block[key] = wire.text(block.get(key)) + joined
    given = "".join(piece for name, piece in pieces if name == "partial_json")
    if given:
        block["input"] = given
    return block
