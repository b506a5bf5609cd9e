"""Bodies in a cassette: structured where that loses not one byte, else text, else base64.

A body is an object with one of `json`, `parts` (JSON that names parts of the cassette, see `parts`), `events`
(server-sent), `text` or `base64`, beside how it was spelled.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

from .parts import Parts

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


def _encoder(how: Mapping[str, Any]) -> Callable[[Any], str]:
    """What `json.dumps` does with these options. Indented JSON it writes in Python, four times as slowly as this."""
    if "indent" not in how:
        return json.JSONEncoder(**how).encode
    spell = encode_basestring_ascii if how["ensure_ascii"] else encode_basestring
    return lambda value: _indented(value, "\n", " " * how["indent"], spell)


def _indented(value: Any, margin: str, step: str, spell: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return spell(value)
    inner = margin + step
    if isinstance(value, dict) and value:
        fields = [f"{inner}{spell(key)}: {_indented(item, inner, step, spell)}" for key, item in value.items()]
        return f"{{{','.join(fields)}{margin}}}"
    if isinstance(value, list) and value:
        return f"[{','.join([inner + _indented(item, inner, step, spell) for item in value])}{margin}]"
    return repr(value) if type(value) is int else json.dumps(value)


_ENCODERS = {name: _encoder(how) for name, how in _STYLES.items()}


def pack(body: bytes, content_type: str = "") -> dict[str, Any]:
    """A body as plain JSON data; `unpack` gives the same bytes. Server-sent events are split where they end."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
    if content_type.startswith("text/event-stream"):
        return _pack_events(text)
    return _pack_json(text) or {"text": text}


def unpack(packed: Mapping[str, Any], parts: Parts) -> bytes:
    """The bytes of a packed body. Raises KeyError, TypeError, RecursionError or ValueError when it is not one."""
    if "json" in packed or "parts" in packed:
        value = packed["json"] if "json" in packed else parts.fill(packed["parts"])
        text = _ENCODERS[packed.get("style", "compact")](value)
        return (text + _text(packed.get("end", ""))).encode()
    if "events" in packed:
        return _separator(packed).join(packed["events"]).encode()
    if "text" in packed:
        return _text(packed["text"]).encode()
    return base64.b64decode(packed["base64"], validate=True)


def json_value(packed: Mapping[str, Any], parts: Parts) -> Any:
    """The object or list of a body that is JSON, None for any other body; what its bytes say, without making them."""
    if not ("json" in packed or "parts" in packed) or packed.get("style", "compact") not in _STYLES:
        return None
    if _text(packed.get("end", "")).strip(" \t\r\n"):
        return None
    value = packed["json"] if "json" in packed else parts.fill(packed["parts"])
    return value if isinstance(value, dict | list) else None


def checked(packed: Mapping[str, Any], parts: Parts) -> bytes:
    """As `unpack`, raising what it would, but for JSON that has no surrogates: that is checked and not made."""
    return b"" if json_value(packed, parts) is not None else unpack(packed, parts)


def _separator(packed: Mapping[str, Any]) -> str:
    """What is between events; nothing else may be, or a small file could fill the memory."""
    separator = _text(packed.get("separator", _SEPARATORS[-1]))
    if separator not in _SEPARATORS:
        raise ValueError(f"{separator!r:.20} separates no events")
    return separator


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text was expected, found {type(value).__name__}")
    return value


def _pack_json(text: str) -> dict[str, Any] | None:
    spelled = text.rstrip(" \t\r\n")
    if spelled[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(spelled, parse_constant=_refuse)
        # a lone surrogate, escaped in the body, cannot stand in a UTF-8 file
        json.dumps(value, ensure_ascii=False).encode()
        style = next((name for name, encode in _ENCODERS.items() if encode(value) == spelled), None)
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
    """The chunk sizes that `pack_chunks` wrote. Raises ValueError."""
    sizes = _event_sizes(packed) if text == "events" else tuple(int(size) for size in text.split())
    if any(size < 0 for size in sizes):
        raise ValueError("the size of a chunk is below 0")
    return sizes


def _event_sizes(packed: Mapping[str, Any]) -> tuple[int, ...]:
    separator = _separator(packed)
    *events, rest = packed.get("events", [""])
    sizes = [len((event + separator).encode()) for event in events]
    return (*sizes, len(rest.encode())) if rest else tuple(sizes)
