"""When two requests are the same: method, URL without secrets, and body up to what means nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlsplit

from ...records import Request

_SORTED = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_LARGE = 1_000_000_000
# Some recorders write the port that goes without saying.
_PORTS = {"http": ":80", "https": ":443"}
_BOUNDARY = re.compile(r'(?i)multipart/.*?boundary="?([^";,]+)')


class Key(NamedTuple):
    """Equal keys are equal requests. `origin` is scheme, host and port; `what` digests all the rest."""

    origin: str
    what: bytes


class Matcher:
    """Makes keys. Matches of the `ignore` patterns are taken out of the strings of JSON bodies, and of text bodies.

    So they are out of numbers of ten digits and more (times, ids: no setting is so large), of paths and of queries.
    `VERSION` is another whenever the same request gets another key than it did.
    """

    VERSION: ClassVar[int] = 3

    def __init__(self, ignore: Sequence[re.Pattern[str]] = ()) -> None:
        self.ignore = tuple(ignore)

    def key(self, request: Request) -> Key:
        """The key of a request that has been through the redactor."""
        return self._key(request, self.canonical(request))

    def key_of_json(self, request: Request, value: Any) -> Key:
        """The key of a request whose body is a JSON object or list, whatever stands in `request.body`."""
        return self._key(request, self._canonical_json(value))

    def _key(self, request: Request, canonical: bytes) -> Key:
        origin, target = _split(request.url)
        target = self._without(target) if self.ignore else target
        digest = hashlib.blake2b(f"{request.method} {target}\n".encode("utf-8", "surrogatepass"), digest_size=16)
        digest.update(canonical)
        return Key(origin, digest.digest())

    def canonical(self, request: Request) -> bytes:
        """The body as it is compared: JSON with sorted keys, or the bytes with a multipart boundary made constant."""
        body = request.body
        value = json_of(body)
        if value is not None:
            with contextlib.suppress(RecursionError):
                return self._canonical_json(value)
        boundary = _BOUNDARY.match(request.header("content-type") or "")
        if boundary:
            body = body.replace(boundary[1].encode(), b"boundary")
        return self._without_text(body) if self.ignore else body

    def _canonical_json(self, value: Any) -> bytes:
        return _SORTED(self._compared(value) if self.ignore else value).encode()

    def _compared(self, value: Any) -> Any:
        kept = self._without(value)
        # Another model is another request, whatever date or id stands in its name
        return {**kept, "model": value["model"]} if isinstance(value, dict) and "model" in value else kept

    def _without(self, value: Any) -> Any:
        if isinstance(value, str):
            for pattern in self.ignore:
                value = pattern.sub("", value)
            return value
        if isinstance(value, list):
            return [self._without(item) for item in value]
        if isinstance(value, dict):
            return {key: self._without(item) for key, item in value.items()}
        if isinstance(value, int | float) and abs(value) >= _LARGE:
            text = str(value)
            left = self._without(text)
            return value if left == text else left
        return value

    def _without_text(self, body: bytes) -> bytes:
        try:
            text: str = self._without(body.decode())
        except UnicodeDecodeError:
            return body
        return text.encode()


def json_of(body: bytes) -> Any:
    """The object or list that a body is as JSON; None when it is none."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


@lru_cache(maxsize=256)
def _split(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    query = "&".join(sorted(parts.query.split("&")))
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    return origin.removesuffix(_PORTS.get(parts.scheme.lower(), " ")), f"{parts.path}?{query}"
