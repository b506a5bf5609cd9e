"""Recordings of nock (Node.js): a list of calls with `scope`, `path`, `body`, `status` and `response`."""

from __future__ import annotations

import binascii
from typing import Any
from urllib.parse import urlencode

from ...recording import Recorded, Recording
from .messages import Body, Pairs, Reader, headers, is_text, json_body
from .place import Place

TITLE = "nock (a JSON list of calls with scope and path)"


def claims(document: Any) -> bool:
    """It is a list whose first item has `scope` and `path`, or a list of nothing, which nock writes too."""
    if isinstance(document, list):
        return not document or (isinstance(document[0], dict) and {"scope", "path"} <= document[0].keys())
    return False


def read(root: Place) -> Recorded:
    """Its recordings, in the order of the file."""
    reader = Reader(root.allowance)
    return Recorded([_recording(reader, call) for call in root.items()], {})


def _recording(reader: Reader, call: Place) -> Recording:
    sent = headers(call.get("reqheaders"))
    kind = next((value for name, value in sent if name.lower() == "content-type"), "")
    asked = reader.request(call, _url(call), sent, _request_body(call.get("body"), kind))
    if call.get("status", "statusCode") is None:
        raise call.refuse(f"has no status: it is no recorded answer (it has {call.shape()})")
    came = _response_headers(call)
    encoded = any(name.lower() == "content-encoding" for name, _ in came)
    binary = call.get("responseIsBinary")
    found = _response_body(call.get("response"), encoded or bool(binary and binary.value))
    return Recording(asked, reader.response(call, call.at("status", "statusCode"), came, found))


def _url(call: Place) -> str:
    scope = call.at("scope").text().rstrip("/")
    return scope + call.at("path").text()


def _request_body(place: Place | None, kind: str) -> Body:
    """JSON where it was an object, unless it was a form, which nock keeps as an object too."""
    if place is None:
        return Body()
    if isinstance(place.value, dict) and "x-www-form-urlencoded" in kind:
        return Body(urlencode(headers(place)).encode())
    # hex digits stand for what is no text; what is text was left as it was, digits or not
    found = _hex(place)
    return _plain(place) if found is None or is_text(found.data) else found


def _response_body(place: Place | None, binary: bool) -> Body:
    """JSON, text, or the hex digits of what was binary or came encoded, in one piece or in several."""
    if place is None:
        return Body()
    return (_hex(place) if binary else None) or _plain(place)


def _plain(place: Place) -> Body:
    return Body(place.encoded(place.value)) if isinstance(place.value, str) else json_body(place)


def _hex(place: Place) -> Body | None:
    """Bytes, when the value is nothing but hex digits."""
    pieces = place.value if isinstance(place.value, list) else [place.value]
    if not pieces or not all(isinstance(piece, str) and piece for piece in pieces):
        return None
    try:
        return Body(binascii.unhexlify("".join(pieces)), plain=False)
    except (binascii.Error, ValueError):
        return None


def _response_headers(call: Place) -> Pairs:
    """`rawHeaders` as Node.js has them, names and values in turn; older versions wrote `headers` by name."""
    raw = call.get("rawHeaders", "headers")
    if raw is None or not isinstance(raw.value, list) or not raw.value or isinstance(raw.value[0], list):
        return headers(raw)
    texts = [item.text() for item in raw.items()]
    if len(texts) % 2:
        raise raw.refuse("has a name without a value")
    return list(zip(texts[::2], texts[1::2], strict=True))
