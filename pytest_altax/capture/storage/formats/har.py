"""HTTP archives (HAR 1.2) of browsers and of Polly.js: `log.entries`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from ....records import Response
from ...recording import Recorded, Recording
from .messages import Body, Reader, body, headers, unbase64
from .place import Place

TITLE = "HAR (log.entries)"


def claims(document: Any) -> bool:
    """It has a `log` with `entries`."""
    log = document.get("log") if isinstance(document, dict) else None
    return isinstance(log, dict) and "entries" in log


def read(root: Place) -> Recorded:
    """Its recordings, in the order of the file."""
    reader = Reader(root.allowance)
    return Recorded([_recording(reader, entry) for entry in root.at("log").at("entries").items()], {})


def _recording(reader: Reader, entry: Place) -> Recording:
    request, response = entry.at("request"), entry.at("response")
    asked = reader.request(request, request.at("url").text(), _headers(request), _sent(request.get("postData")))
    if response.at("status").value == 0:
        # what a browser writes for a request that was blocked, or whose connection failed
        error = response.get("_error")
        text = error.text() if error else "no response is in the archive"
        return Recording(asked, failure=reader.failure(f"har.ConnectionError: {text}"))
    return Recording(asked, _response(reader, response))


def _response(reader: Reader, place: Place) -> Response:
    reason, content = place.get("statusText"), place.get("content")
    found = _content(content) if content else Body()
    pairs = _headers(place)
    kind = content.get("mimeType") if content else None
    if kind and kind.value and all(name.lower() != "content-type" for name, _ in pairs):
        pairs = [*pairs, ("content-type", kind.text())]
    return reader.response(place, place.at("status"), pairs, found, reason.text() if reason else "")


def _headers(message: Place) -> list[tuple[str, str]]:
    """Its headers but for the `:authority` and the like of HTTP/2."""
    return [pair for pair in headers(message.get("headers")) if not pair[0].startswith(":")]


def _sent(data: Place | None) -> Body:
    """What a request posted: text, or the fields of a form where that is all there is."""
    if data is None:
        return Body()
    text, fields = data.get("text"), data.get("params")
    if text is not None and (text.value or fields is None):
        encoding = data.get("encoding", "_encoding")
        return unbase64(text) if encoding and encoding.value == "base64" else body(text)
    pairs = headers(fields)
    return Body(urlencode(pairs).encode())


def _content(content: Place) -> Body:
    """What came: text, base64, or Polly's JSON list of the pieces of an encoded body, in base64 or hex."""
    text, encoding = content.get("text"), content.get("encoding")
    if text is None:
        return Body()
    if encoding is None or encoding.value != "base64":
        return body(text)
    pieces = _pieces(text.text())
    if pieces is None:
        return unbase64(text)
    return Body(b"".join(unbase64(Place(text.allowance, text.path, piece)).data for piece in pieces), plain=False)


def _pieces(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        pieces = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return pieces if all(isinstance(piece, str) for piece in pieces) else None
