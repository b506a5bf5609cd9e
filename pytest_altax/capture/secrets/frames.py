"""Binary event streams of AWS (application/vnd.amazon.eventstream), taken apart and put together with their checksums.

A frame is its length, the length of its headers and a CRC-32 of these two, then headers, payload and a CRC-32 of all.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

from .spans import Span

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_PRELUDE = struct.Struct(">III")


def find(data: bytes, clean: Callable[[bytes], bytes]) -> Iterator[Span]:
    """The frames whose payload `clean` changes, each to be replaced by a frame with the clean payload.

    What is no whole and valid frame is cleaned as it is.
    """
    at = 0
    while (frame := _frame(data, at)) is not None:
        total, headers = frame
        start, end = at + _PRELUDE.size + headers, at + total - 4
        payload = data[start:end]
        cleaned = clean(payload)
        if cleaned != payload:
            yield Span(at, at + total, "event stream", _framed(data[at + _PRELUDE.size : start], cleaned))
        at += total
    rest = data[at:]
    if rest and clean(rest) != rest:
        yield Span(at, len(data), "event stream", clean(rest))


def _frame(data: bytes, at: int) -> tuple[int, int] | None:
    """The length of the frame that begins here and of its headers; None when there is none."""
    if at + _PRELUDE.size > len(data):
        return None
    total, headers, checksum = _PRELUDE.unpack_from(data, at)
    whole = _PRELUDE.size + headers + 4 <= total <= len(data) - at
    if not whole or checksum != zlib.crc32(data[at : at + 8]):
        return None
    end = at + total
    return (total, headers) if data[end - 4 : end] == struct.pack(">I", zlib.crc32(data[at : end - 4])) else None


def _framed(headers: bytes, payload: bytes) -> bytes:
    lengths = struct.pack(">II", _PRELUDE.size + len(headers) + len(payload) + 4, len(headers))
    frame = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return frame + struct.pack(">I", zlib.crc32(frame))
