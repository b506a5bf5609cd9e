"""Recordings of llama-stack's tests: one call in a JSON file, the answer as the objects of an SDK.

    {"request": {"method", "url", "headers", "body", "endpoint", ...},
     "response": {"body": {"__type__": "openai.types...", "__data__": {...}}, "is_streaming": false}}

A streamed answer is a list of such objects; the body that is made of it is the stream that the provider sent. An error
of the SDK is the HTTP error that it was raised for.
"""

from __future__ import annotations

from typing import Any

from ...recording import Recorded, Recording
from .messages import Body, Pairs, Reader, body, headers, json_body
from .place import Place

TITLE = "llama-stack (one request and response in JSON)"
_MARKS = frozenset({"is_streaming", "is_exception"})
_JSON, _LINES, _EVENTS = "application/json", "application/x-ndjson", "text/event-stream"


def claims(document: Any) -> bool:
    """It has a `request`, and a `response` that says whether it was streamed."""
    response = document.get("response") if isinstance(document, dict) else None
    return isinstance(response, dict) and "request" in document and not _MARKS.isdisjoint(response)


def read(root: Place) -> Recorded:
    """Its one recording."""
    reader, request, response = Reader(root.allowance), root.at("request"), root.at("response")
    if request.get("url") is None:
        raise request.refuse(f"is no HTTP call: it has no url but {request.shape()}")
    url = request.at("url").text()
    sent = headers(request.get("headers"))
    if all(name.lower() != "content-type" for name, _ in sent):
        sent = [*sent, ("content-type", _JSON)]
    asked = reader.request(request, url, sent, body(request.get("body")))
    failed = response.get("is_exception")
    if failed and failed.value:
        return Recorded([_failed(reader, asked, response)], {})
    kind, found = _answer(response, url)
    return Recorded([Recording(asked, _response(reader, response, 200, kind, found))], {})


def _failed(reader: Reader, asked: Any, response: Place) -> Recording:
    data, message = response.get("exception_data"), response.get("exception_message")
    status = data.get("status_code") if data else None
    if data is None or status is None:
        name = data.get("type") if data else None
        text = f"{name.text() if name else 'Error'}: {message.text() if message else ''}"
        return Recording(asked, failure=reader.failure(f"builtins.{text}"))
    error = data.get("body")
    found = Body() if error is None else json_body(Place(error.allowance, error.path, _as_sent(error.value)))
    return Recording(asked, _response(reader, response, status.number(), _JSON, found))


def _as_sent(error: Any) -> Any:
    """The body of an HTTP error: OpenAI's SDK keeps what stands under `error` alone."""
    bare = isinstance(error, dict) and "error" not in error and "message" in error
    return {"error": error} if bare else error


def _response(reader: Reader, place: Place, status: int, kind: str, found: Body) -> Any:
    pairs: Pairs = [("content-type", kind)]
    return reader.response(place, Place(place.allowance, f"{place.path}.status", status), pairs, found)


def _answer(response: Place, url: str) -> tuple[str, Body]:
    """Its content type and body."""
    place, streamed = response.get("body"), response.get("is_streaming")
    if place is None:
        return _JSON, Body()
    plain = Place(place.allowance, place.path, _unwrapped(place.value))
    if not isinstance(plain.value, list):
        return _JSON, json_body(plain)
    if not (streamed and streamed.value):
        # the SDK's page of a list, such as that of the models
        return _JSON, json_body(Place(place.allowance, place.path, {"object": "list", "data": plain.value}))
    if "/api/" in url and "/v1" not in url:
        return _LINES, Body(b"".join(json_body(chunk).data + b"\n" for chunk in plain.items()))
    return _EVENTS, Body(b"".join(map(_event, plain.items())) + _end(plain.value))


def _unwrapped(value: Any) -> Any:
    """The data of SDK objects, however deep."""
    if isinstance(value, list):
        return [_unwrapped(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "__type__" in value and "__data__" in value:
        return _unwrapped(value["__data__"])
    return {name: _unwrapped(item) for name, item in value.items()}


def _event(chunk: Place) -> bytes:
    """One server-sent event, with its name where the API gives its events names (Anthropic, OpenAI responses)."""
    name = chunk.value.get("type") if isinstance(chunk.value, dict) else None
    head = f"event: {name}\n".encode() if isinstance(name, str) and name.isprintable() and name.isascii() else b""
    return head + b"data: " + json_body(chunk).data + b"\n\n"


def _end(chunks: list[Any]) -> bytes:
    """What ends the streams of chat and completions."""
    last = chunks[-1] if chunks else {}
    return b"data: [DONE]\n\n" if isinstance(last, dict) and "choices" in last else b""
