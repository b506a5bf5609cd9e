"""The binary event stream of AWS: frames of headers and a payload, each with its lengths and checksums.

Format: https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html. A recording that was
cut, edited or written as text is still read as far as it goes.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

from ..records import Response
from . import wire

_PRELUDE = 12
_CHECKSUM = 4
# Bytes of a header's value, by its type; types 6 and 7 (bytes, text) carry their own length.
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_NAMED = re.compile(
    rb":(?P<kind>event-type|exception-type|error-code).{1,8}?(?P<name>[A-Za-z][A-Za-z]+)(?=[^A-Za-z])", re.DOTALL
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")


def is_stream(response: Response) -> bool:
    """Whether a response is such a stream, by its content type or, where recordings lost it, by its beginning."""
    if "amazon.eventstream" in (response.header("content-type") or "").lower():
        return not response.body.lstrip().startswith(b"{")
    return b":event-type" in response.body[:256] or b":message-type" in response.body[:256]


def payloads(body: bytes) -> Iterator[dict[str, Any]]:
    """Give the events as objects of one key, the event's type; an exception as an `error` with its type and message.

    The pieces of a model's own stream, which travel as base64 in events of type `chunk`, are given as they are.
    """
    for kind, name, payload in _events(_binary(body)):
        told = wire.mapping(wire.decode_event(payload))
        if kind != "event-type":
            message = wire.name(told.get("message")) or wire.name(told.get("Message"))
            yield {"error": {"type": name, "message": f"{name}: {message}" if message else name}}
        elif "bytes" in told:
            inner = wire.decode_event(_from_base64(wire.text(told["bytes"])))
            if isinstance(inner, dict):
                yield inner
        else:
            yield {name: told}


def _binary(body: bytes) -> bytes:
    """Undo what recorders do to bytes: base64 in place of them, or each byte written as a character of its own."""
    if b":event-type" in body or b":message-type" in body:
        return _narrow(body)
    return _from_base64(body) if _BASE64.fullmatch(body) else body


def _narrow(body: bytes) -> bytes:
    if _holds(body[: int.from_bytes(body[:4])]):
        return body
    try:
        return body.decode("utf-8").encode("latin-1")
    except UnicodeError:
        return body


def _events(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Cut a body into (kind, type, payload): by lengths while the checksums hold, by what names an event after that."""
    place = 0
    while _holds(frame := body[place : place + int.from_bytes(body[place : place + 4])]):
        length = int.from_bytes(frame[4:8])
        headers = _headers(frame[_PRELUDE : _PRELUDE + length])
        payload = frame[_PRELUDE + length : -_CHECKSUM]
        for kind in ("exception-type", "error-code", "event-type"):
            if kind in headers:
                told = payload or json.dumps({"message": headers.get("error-message")}).encode()
                yield kind, headers[kind], told
                break
        place += len(frame)
    yield from _scanned(body[place:])


def _holds(frame: bytes) -> bool:
    """Whether a frame is whole: its prelude and all of it agree with their checksums."""
    if len(frame) < _PRELUDE + _CHECKSUM:
        return False
    pairs = (frame[:8], frame[8:_PRELUDE]), (frame[:-_CHECKSUM], frame[-_CHECKSUM:])
    return all(zlib.crc32(told) == int.from_bytes(checksum) for told, checksum in pairs)


def _headers(raw: bytes) -> dict[str, str]:
    """Read the headers that are text, their colon removed."""
    found, place = {}, 0
    while place < len(raw):
        start = place + 1 + raw[place]
        name, type_ = raw[place + 1 : start], raw[start : start + 1]
        size = _SIZES.get(type_[0]) if type_ else 0
        place = start + 1
        if size is None:
            size = int.from_bytes(raw[place : place + 2])
            place += 2
        if type_ == b"\x07":
            found[name.decode("utf-8", "replace").removeprefix(":")] = raw[place : place + size].decode(
                "utf-8", "replace"
            )
        place += size
    return found


def _scanned(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Find events whose lengths were lost, by the name of the type and the JSON object that follows it."""
    for found, after in itertools.pairwise([*_NAMED.finditer(body), None]):
        if found is None:
            break
        piece = body[found.end() : after.start() if after else len(body)]
        yield found["kind"].decode(), found["name"].decode(), _object(piece)


def _object(piece: bytes) -> bytes:
    """Give the JSON object that begins in a piece, without what follows it; nothing for a torn one."""
    text = piece[piece.find(b"{") :].decode("utf-8", "replace")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return b""
    return text[:end].encode("utf-8", "surrogatepass")


def _from_base64(text: str | bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
