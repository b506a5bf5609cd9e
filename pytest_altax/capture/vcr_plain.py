"""Between vcrpy's requests and responses and ours. Nothing of vcrpy is imported: its objects are only looked at."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import RecordingRefused
from ..records import Request, Response
from .coding import decode_pieces
from .exchange import Exchange, replayed_headers
from .recording import Recording
from .redact import Redactor


def to_recording(request: Any, response: Mapping[str, Any]) -> Recording:
    """A vcrpy pair. Old cassettes of httpx have `status_code` and `content` instead of `status` and `body`."""
    old = "status_code" in response
    status = {"code": response["status_code"], "message": ""} if old else response["status"]
    body = _bytes(response.get("content") if old else (response["body"] or {}).get("string"))
    redactor = Redactor()
    exchange = Exchange(to_request(request, redactor), lambda: 1, redactor)
    exchange.answered(int(status["code"]), told_headers(response["headers"], body), status["message"] or "")
    exchange.chunk(body)
    exchange.finish()
    return exchange.as_recording()


def to_request(request: Any, redactor: Redactor) -> Request:
    """A request of vcrpy's as it may be kept."""
    headers = [(str(name), _text(value)) for name, value in request.headers.items()]
    return redactor.request(request.method, request.uri, headers, _bytes(request.body))


def from_response(response: Response) -> dict[str, Any]:
    """A recorded response as vcrpy's stubs want it; they change it, so it is made anew each time."""
    headers: dict[str, list[str]] = {}
    for name, value in replayed_headers(response):
        headers.setdefault(name, []).append(value)
    return {
        "status": {"code": response.status, "message": response.reason},
        "headers": headers,
        "body": {"string": response.body},
    }


def told_headers(headers: Mapping[str, Any], body: bytes) -> Iterator[tuple[str, str]]:
    """The headers of a response of vcrpy's, without an encoding that its client has taken off the body already."""
    for name, values in headers.items():
        for value in values if isinstance(values, list | tuple) else [values]:
            if name.lower() != "content-encoding" or decode_pieces([body], _text(value)) is not None:
                yield name, _text(value)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    """A body as vcrpy holds it: bytes, text, an open file, pieces, or the object that aiohttp makes JSON of."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, dict | list):
        return json.dumps(body).encode()
    if isinstance(body, io.IOBase):
        return bytes(body.read())
    return bytes(body) if isinstance(body, bytes | bytearray) else b"".join(body)


async def with_plain_body(session: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The same request with its body as the bytes that aiohttp would send: vcrpy keeps the object it was made from."""
    import aiohttp

    options = dict(options)
    data, given = options.pop("data", None), options.pop("json", None)
    if given is not None and data is None:
        data = aiohttp.JsonPayload(given, dumps=session._json_serialize)
    elif isinstance(data, Mapping | list | tuple):
        data = aiohttp.FormData(data)()
    elif isinstance(data, aiohttp.FormData):
        data = data()
    if isinstance(data, aiohttp.Payload):
        headers = dict(options.pop("headers", None) or {})
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = data.headers["Content-Type"]
        return {**options, "headers": headers, "data": await _payload(data)}
    return {**options, "data": data, "json": given} if given is not None else {**options, "data": data}


async def _payload(data: Any) -> bytes:
    """The bytes of a payload of aiohttp's. Before 3.12.1 only what is one piece can be read without sending it."""
    import aiohttp

    if hasattr(data, "as_bytes"):
        return bytes(await data.as_bytes())
    if isinstance(data, aiohttp.BytesPayload):
        return bytes(data._value)
    raise RecordingRefused("a form of several parts cannot be recorded", fix="install aiohttp 3.12.1 or newer")
