"""Requests and responses of other people's cassettes: the shapes that several formats share, made into recordings.

What is kept goes through the same redaction as a live call. Content-encoding is taken off the bodies.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from ....records import Request, Response
from ...coding import TooLarge, decode_whole
from ...secrets.redact import Redactor
from .limits import MOST_BODY, Allowance, too_large
from .place import Place

Pairs = list[tuple[str, str]]
_BODY_KEYS = frozenset({"string", "encoding", "base64_string", "file", "raw_gzip"})
_GZIP = b"\x1f\x8b"
_TEXTUAL = ("json", "text", "xml", "javascript")


class Body(NamedTuple):
    """A body as a cassette holds it. `plain` says that it was text, so that no content-encoding is left on it."""

    data: bytes = b""
    plain: bool = True


class Reader:
    """Makes the messages of one file. Its redactor remembers the secrets that it saw in the file."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._redactor = Redactor()

    def request(self, place: Place, url: str, headers: Pairs, body: Body) -> Request:
        """A request whose method stands at `place`."""
        method = place.at("method").text()
        data, _ = self._decoded(place, headers, body)
        kept = [pair for pair in headers if pair[0].lower() != "content-encoding"]
        return self._redactor.request(method, url, kept, data)

    def response(self, place: Place, status: Place, headers: Pairs, body: Body, reason: str = "") -> Response:
        """A response; its status is what `status` says."""
        number = status.number()
        if not 100 <= number <= 999:
            raise status.refuse(f"is no HTTP status: {number}")
        data, complete = self._decoded(place, headers, body)
        response = Response(number, self._redactor.headers(headers), data, reason, complete=complete)
        return self._redactor.response(response)

    def failure(self, text: str) -> str:
        """The text of a transport failure."""
        return self._redactor.text(text)

    def _decoded(self, place: Place, headers: Pairs, body: Body) -> tuple[bytes, bool]:
        """The body without its content-encoding, and whether all of it was there."""
        if len(body.data) > MOST_BODY:
            raise too_large(place.file, f"the body of {place.path} is", MOST_BODY)
        encoding = ", ".join(value for name, value in headers if name.lower() == "content-encoding")
        if not encoding and body.data.startswith(_GZIP) and _is_textual(headers):
            encoding = "gzip"
        if not encoding or body.plain or is_text(body.data):
            return body.data, True
        try:
            found = decode_whole(body.data, encoding, MOST_BODY)
        except TooLarge as error:
            raise too_large(place.file, f"the body of {place.path}, decoded, is", MOST_BODY) from error
        if found is None:
            fix = "install brotli or zstandard if it came as br or zstd; otherwise record it again"
            raise place.refuse(f"has a body that does not decode as {encoding[:40]!a}", fix)
        self._allowance.body(len(found[0]))
        return found


def headers(place: Place | None) -> Pairs:
    """Headers by name, or as a list of pairs, lines or `{name, value}`; a value may be a list of values."""
    if place is None:
        return []
    if isinstance(place.value, list):
        return [pair for item in place.items() for pair in _listed(item)]
    pairs: Pairs = []
    for name, value in place.mapping().items():
        told = value if type(value) is list else [value]
        if _are_plain((name, *told)):
            pairs += [(name, one) for one in told]
        else:
            pairs += [(_at(place, name, name).text(), one) for one in _values(_at(place, name, value))]
    return pairs


def body(place: Place | None) -> Body:
    """A body: text, binary data, what `string` or `base64_string` says, or the object that JSON was made from."""
    if place is None or place.value is None:
        return Body()
    value = place.value
    if isinstance(value, bytes):
        return Body(value, plain=False)
    if isinstance(value, str):
        return Body(place.encoded(value))
    if isinstance(value, dict) and value.keys() <= _BODY_KEYS:
        return _wrapped(place)
    if isinstance(value, list) and value and all(isinstance(piece, bytes) for piece in value):
        return Body(b"".join(value), plain=False)
    if not isinstance(value, dict | list):
        raise place.refuse(f"is no body: it is {place.shape()}")
    # the parts of an upload by R's vcr, which does not keep what was sent
    return Body() if isinstance(value, dict) and set(value) == {"fields"} else json_body(place)


def json_body(place: Place) -> Body:
    """The value of a place as JSON, spelled as the SDKs spell it."""
    try:
        return Body(_spelled(place.value))
    except (TypeError, ValueError, RecursionError) as error:
        raise place.refuse(f"is nothing that JSON can hold: {str(error)[:80]!a}") from error


def _spelled(value: Any) -> bytes:
    """Compact JSON in UTF-8; escaped where it holds half of a surrogate pair, as it can only have come so."""
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def unbase64(place: Place) -> Body:
    """The data of a text in base64."""
    try:
        return Body(base64.b64decode("".join(place.text().split()), validate=True), plain=False)
    except (binascii.Error, ValueError) as error:
        raise place.refuse(f"is no base64: {error}") from error


def is_text(data: bytes) -> bool:
    """Whether data is UTF-8, which compressed data is only by the rarest chance."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _listed(item: Place) -> Pairs:
    if isinstance(item.value, str):
        name, colon, value = item.value.partition(":")
        if not colon:
            raise item.refuse("is no header: it has no colon")
        return [(name.strip(), value.strip())]
    if isinstance(item.value, dict):
        stated = item.get("value")
        return [(item.at("name").text(), stated.text() if stated else "")]
    pair = list(item.items())
    if len(pair) != 2:
        raise item.refuse("is no header: it is no pair of name and value")
    return [(pair[0].text(), value) for value in _values(pair[1])]


def _values(place: Place) -> Iterable[str]:
    if place.value is None:
        return [""]
    return [item.text() for item in place.items()] if isinstance(place.value, list) else [place.text()]


def _are_plain(texts: Iterable[Any]) -> bool:
    """Whether they are what headers mostly are, which needs no closer look."""
    return all(type(text) is str and text.isascii() for text in texts)


def _at(place: Place, name: Any, value: Any) -> Place:
    return Place(place.allowance, f"{place.path}.{name}", value)


def _wrapped(place: Place) -> Body:
    if place.value.get("file") in (True, "yes", "TRUE", "true"):
        raise place.refuse("lies in another file, which is not opened")
    if (encoded := place.get("base64_string")) is not None:
        return unbase64(encoded)
    return body(place.get("string"))


def _is_textual(pairs: Pairs) -> bool:
    """Whether the content type is that of text, or not told: bytes that start like gzip are gzip then."""
    kinds = [value.lower() for name, value in pairs if name.lower() == "content-type"]
    return not kinds or any(word in kinds[0] for word in _TEXTUAL)
