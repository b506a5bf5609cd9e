"""One recording as the plain JSON data of a cassette, and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...records import Headers, Request, Response
from ..matching.match import Key, Matcher
from ..recording import Recording, events_of
from . import bodies
from .parts import Parts
from .pool import Pool

_T = TypeVar("_T")
Unpack = Callable[[Mapping[str, Any], Parts], bytes]


class Plain:
    """A recording on its way into a cassette: made for all of them first, so that the pool knows what repeats."""

    def __init__(self, recording: Recording, pool: Pool) -> None:
        self._recording = recording
        self._pool = pool
        self._request = bodies.pack(recording.request.body) if recording.request.body else None
        self._number = self._noted(self._request)
        response = recording.response
        self._response = bodies.pack(response.body, response.header("content-type") or "") if response else None
        self._answer = self._noted(self._response)
        self._headers = [pool.add(_dump_headers(one.headers)) if one else None for one in (recording.request, response)]

    def _noted(self, packed: Mapping[str, Any] | None) -> int | None:
        return self._pool.add(packed["json"]) if packed and "json" in packed else None

    def data(self, place: int) -> dict[str, Any]:
        """What the file holds of it, at a place counted from 0; the parts that it names are then in the pool."""
        recording, request = self._recording, self._recording.request
        told = {"method": request.method, "url": request.url, "headers": self._dump_headers(request.headers, 0)}
        dumped: dict[str, Any] = {"request": told}
        if self._request:
            dumped["request"]["body"] = self._shared(self._request, self._number)
        if recording.response is not None:
            dumped["response"] = self._dump_response(recording.response)
        optional = {"failure": recording.failure, "tag": recording.tag, "session": recording.session}
        dumped.update({name: value for name, value in optional.items() if value is not None})
        if recording.events not in (None, (2 * place + 1, 2 * place + 2)):
            dumped["events"] = " ".join(map(str, events_of(recording, place)))
        return dumped

    def _dump_response(self, response: Response) -> dict[str, Any]:
        packed = self._response or {}
        dumped: dict[str, Any] = {"status": response.status, "reason": response.reason}
        dumped |= {"headers": self._dump_headers(response.headers, 1), "body": self._shared(packed, self._answer)}
        if response.chunks:
            dumped["chunks"] = bodies.pack_chunks(response.chunks, packed)
        if response.gaps:
            dumped["gaps"] = " ".join(map(repr, response.gaps))
        if not response.complete:
            dumped["complete"] = False
        return dumped

    def _dump_headers(self, headers: Headers, side: int) -> list[str] | str:
        number = self._headers[side]
        return (None if number is None else self._pool.whole(number)) or _dump_headers(headers)

    def _shared(self, packed: dict[str, Any], number: int | None) -> dict[str, Any]:
        value, has_parts = (None, False) if number is None else self._pool.write(number)
        if not has_parts:
            return packed
        return {"parts": value, **{name: item for name, item in packed.items() if name != "json"}}


def load_one(one: Any, parts: Parts, unpack: Unpack = bodies.unpack, request: Request | None = None) -> Recording:
    """The recording of plain data, with another `request` if one is given.

    Raises ArithmeticError, KeyError, RecursionError, TypeError or ValueError.
    """
    asked, response = _typed(_typed(one, dict)["request"], dict), one.get("response")
    return Recording(
        request or _load_request(asked, parts, unpack),
        None if response is None else _load_response(_typed(response, dict), parts, unpack),
        _optional(one.get("failure")),
        _optional(one.get("tag")),
        _load_events(_optional(one.get("events"))),
        _optional(one.get("session")),
    )


def _load_request(request: Mapping[str, Any], parts: Parts, unpack: Unpack) -> Request:
    body = unpack(_typed(request["body"], dict), parts) if "body" in request else b""
    headers = _load_headers(request["headers"], parts)
    return Request(_typed(request["method"], str), _typed(request["url"], str), headers, body)


def examine(one: Any, parts: Parts, matcher: Matcher) -> tuple[Key, tuple[str, str]]:
    """The key of plain data, and its method and URL. Raises what `load_one` does, but makes no JSON body.

    Not for text with surrogates: whether such JSON can be a body shows when it is made.
    """
    request = _typed(_typed(one, dict)["request"], dict)
    value = bodies.json_value(_typed(request["body"], dict), parts) if "body" in request else None
    if value is None:
        found = load_one(one, parts).request
        return matcher.key(found), (found.method, found.url)
    bare = {name: item for name, item in request.items() if name != "body"}
    head = load_one({**one, "request": bare}, parts, bodies.checked).request
    return matcher.key_of_json(head, value), (head.method, head.url)


def _load_response(response: Mapping[str, Any], parts: Parts, unpack: Unpack) -> Response:
    packed = _typed(response["body"], dict)
    gaps = tuple(float(gap) for gap in _typed(response.get("gaps", ""), str).split())
    if not all(0 <= gap < math.inf for gap in gaps):
        raise ValueError("gaps are seconds, none of them below 0")
    return Response(
        status=_status(response["status"]),
        headers=_load_headers(response["headers"], parts),
        body=unpack(packed, parts),
        reason=_typed(response["reason"], str),
        chunks=bodies.unpack_chunks(_typed(response.get("chunks", ""), str), packed),
        gaps=gaps,
        complete=_typed(response.get("complete", True), bool),
    )


def _status(status: Any) -> int:
    if not 100 <= _typed(status, int) <= 999:
        raise ValueError(f"{status!r:.20} is no HTTP status")
    return int(status)


def _dump_headers(headers: Headers) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _load_headers(lines: Any, parts: Parts) -> Headers:
    lines = parts.fill(lines) if isinstance(lines, str) else lines
    pairs = (_typed(line, str).partition(": ") for line in _typed(lines, list))
    return tuple((name, value) for name, _, value in pairs)


def _typed(value: Any, kind: type[_T]) -> _T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{kind.__name__} was expected, found {type(value).__name__}")
    return value


def _optional(text: Any) -> str | None:
    return None if text is None else _typed(text, str)


def _load_events(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    started, ended = text.split()
    return int(started), int(ended)
