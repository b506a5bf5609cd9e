"""Bodies in a cassette: structured where that loses not one byte, else text, else base64.

A body is an object with one of `json`, `events` (server-sent), `text` or `base64`, beside how it was spelled.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

# How JSON is spelled by httpx and the SDKs, by other clients, by servers that print prettily; the first is the default.
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "spaced": {"separators": (", ", ": "), "ensure_ascii": True},
    "spaced utf-8": {"separators": (", ", ": "), "ensure_ascii": False},
    "compact ascii": {"separators": (",", ":"), "ensure_ascii": True},
    "indented": {"indent": 2, "ensure_ascii": False},
    "indented ascii": {"indent": 2, "ensure_ascii": True},
}
_SEPARATORS = ("\r\n\r\n", "\n\n")


def pack(body: bytes, content_type: str = "") -> dict[str, Any]:
    """A body as plain JSON data; `unpack` gives the same bytes. Server-sent events are split where they end."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
    if content_type.startswith("text/event-stream"):
        return _pack_events(text)
    return _pack_json(text) or {"text": text}


def unpack(packed: Mapping[str, Any]) -> bytes:
    """The bytes of a packed body. Raises KeyError, TypeError or ValueError when it is not one."""
    if "json" in packed:
        text = json.dumps(packed["json"], **_STYLES[packed.get("style", "compact")])
        return (text + str(packed.get("end", ""))).encode()
    if "events" in packed:
        return str(packed.get("separator", _SEPARATORS[-1])).join(packed["events"]).encode()
    if "text" in packed:
        return str(packed["text"]).encode()
    return base64.b64decode(packed["base64"], validate=True)


def _pack_json(text: str) -> dict[str, Any] | None:
    spelled = text.rstrip(" \t\r\n")
    if spelled[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(spelled, parse_constant=_refuse)
        # a lone surrogate, escaped in the body, cannot stand in a UTF-8 file
        json.dumps(value, ensure_ascii=False).encode()
        style = next((name for name, how in _STYLES.items() if json.dumps(value, **how) == spelled), None)
    except (ValueError, RecursionError):
        return None
    if style is None:
        return None
    packed = {"json": value, "style": style, "end": text[len(spelled) :]}
    return {name: item for name, item in packed.items() if name == "json" or item not in ("", "compact")}


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _pack_events(text: str) -> dict[str, Any]:
    separator = next((separator for separator in _SEPARATORS if separator in text), _SEPARATORS[-1])
    packed: dict[str, Any] = {"events": text.split(separator)}
    return packed if separator == _SEPARATORS[-1] else {**packed, "separator": separator}


def pack_chunks(sizes: Sequence[int], packed: Mapping[str, Any]) -> str:
    """Chunk sizes on one line: numbers, or `events` when each chunk was one event with the blank line after it."""
    return "events" if tuple(sizes) == _event_sizes(packed) else " ".join(map(str, sizes))


def unpack_chunks(text: str, packed: Mapping[str, Any]) -> tuple[int, ...]:
    """The chunk sizes that `pack_chunks` wrote."""
    return _event_sizes(packed) if text == "events" else tuple(int(size) for size in text.split())


def _event_sizes(packed: Mapping[str, Any]) -> tuple[int, ...]:
    separator = str(packed.get("separator", _SEPARATORS[-1]))
    *events, rest = packed.get("events", [""])
    sizes = [len((event + separator).encode()) for event in events]
    return (*sizes, len(rest.encode())) if rest else tuple(sizes)
