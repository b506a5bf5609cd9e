"""Newline-delimited JSON: an object a line, the wire of streams that are no server-sent events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import wire


def payloads(body: bytes) -> Iterator[dict[str, Any]]:
    """Give the objects that a stream carries, in order; a line that is no object (a torn one) is left out."""
    for line in body.split(b"\n"):
        decoded = wire.decode_event(line)
        if isinstance(decoded, dict):
            yield decoded
