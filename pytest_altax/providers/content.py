"""Message content as parts: the shapes that OpenAI's chat and responses, and those who follow them, share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Part, PartKind
from . import wire

# The key that holds the text of a content part, by the part's type.
_TEXT_KEYS = {
    "text": "text",
    "input_text": "text",
    "output_text": "text",
    "summary_text": "text",
    "reasoning_text": "text",
    "refusal": "refusal",
}
_MEDIA_WORDS = ("image", "audio", "video")


def parts(
    content: Any, place: str, kind: PartKind = PartKind.TEXT, *, name: str | None = None, id: str | None = None
) -> tuple[Part, ...]:
    """Read content that is a string, a list of parts, or nothing. `place` is its path in the request body.

    Media within a tool result is media all the same: base64 is never text.
    """
    if isinstance(content, str):
        return (Part(kind, content, name, id, place),) if content else ()
    found: list[Part] = []
    for number, item in enumerate(wire.items(content)):
        here = f"{place}[{number}]"
        if isinstance(item, str):
            found.append(Part(kind, item, name, id, here))
        elif isinstance(item, dict):
            found.extend(_part(item, here, kind, name, id))
    return tuple(found)


def _part(item: Mapping[str, Any], place: str, kind: PartKind, name: str | None, id: str | None) -> Iterator[Part]:
    type_ = wire.text(item.get("type"))
    cache = isinstance(item.get("cache_control"), dict)
    key = _TEXT_KEYS.get(type_)
    if key:
        yield Part(kind, wire.text(item.get(key)), name, id, f"{place}.{key}", cache)
    elif type_ == "thinking":
        yield Part(PartKind.REASONING, path=f"{place}.thinking")
    else:
        yield media(type_, item, place, cache=cache)


def media(type_: str, value: Any, place: str, *, cache: bool = False) -> Part:
    """Make the part that stands for media: no text, the kind as name, and as id a digest that tells two apart."""
    kind = next((word for word in _MEDIA_WORDS if word in type_), "file")
    return Part(PartKind.MEDIA, name=kind, id=digest(value), path=place, cache=cache)


def digest(value: Any) -> str:
    """Digest plain data to 16 hexadecimal digits."""
    return hashlib.sha256(wire.compact(value).encode()).hexdigest()[:16]


def joined(content: Any) -> str:
    """Join the text of an answer's content, a string or a list of parts; reasoning and media are left out."""
    if isinstance(content, str):
        return content
    return "".join(part.text for part in parts(content, "") if part.kind is PartKind.TEXT)
