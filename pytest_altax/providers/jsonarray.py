"""A JSON array that arrives piece by piece: the wire of Google's streams where no server-sent events were asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from . import wire

_NEXT = re.compile(r"[\s,\[]*")


def is_array(body: bytes) -> bool:
    """Whether a body begins as an array does."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def payloads(body: bytes) -> Iterator[dict[str, Any]]:
    """Give the objects of an array in order, also of one that was cut off: what came whole before the cut."""
    whole = wire.decode_event(body)
    if isinstance(whole, list):
        yield from (item for item in whole if isinstance(item, dict))
        return
    text, decoder, place = body.decode("utf-8-sig", "replace"), json.JSONDecoder(), 0
    while (place := _NEXT.match(text, place).end()) < len(text):  # type: ignore[union-attr]
        try:
            _, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        # read once more with the numbers that JSON does not know tamed
        item = wire.decode_event(text[place:end])
        place = end
        if isinstance(item, dict):
            yield item
