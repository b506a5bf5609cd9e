"""Our cassette format: one UTF-8 JSON file a test, indented, our own fields in a fixed order, bodies in their own.

    {"altax-cassette": 1, "recorded": {"at": ..., "by": ..., "clients": {...}},
     "layers": {"NAME": ["text", ...]}, "interactions": [...]}

What changes from run to run though nothing did (the time, the versions of the clients) stands in `recorded` alone.
`layers` are notes, the texts that were declared when it was recorded; they are absent where there are none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import CassetteError
from ..records import Headers, Request, Response
from . import bodies
from .recording import Recorded, Recording

MARK = "altax-cassette"
# 1: the first.
VERSION = 1


def dump(
    recordings: Sequence[Recording], recorded: Mapping[str, Any], layers: Mapping[str, Sequence[str]] | None = None
) -> bytes:
    """The content of a cassette file. `recorded` is its header: when, by what, with which clients."""
    content: dict[str, Any] = {MARK: VERSION, "recorded": dict(recorded)}
    if layers:
        content["layers"] = {name: list(texts) for name, texts in layers.items()}
    content["interactions"] = [_dump_one(recording, place) for place, recording in enumerate(recordings)]
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def load(data: bytes, name: str) -> Recorded:
    """What a cassette file holds. Raises CassetteError with the place in file `name` that cannot be read."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CassetteError(f"{name} is not a readable cassette", facts=[str(error)], fix=_FIX) from error
    version = content.get(MARK) if isinstance(content, dict) else None
    if version != VERSION:
        fact = f"its version is {version!r:.20}, this pytest-altax reads {VERSION}"
        raise CassetteError(f"{name} was written by another version of pytest-altax", facts=[fact], fix=_FIX)
    interactions = content.get("interactions")
    if not isinstance(interactions, list):
        raise CassetteError(f"{name} holds no list of interactions", fix=_FIX)
    recordings = [_load_one(one, f"{name}: interaction {place}") for place, one in enumerate(interactions)]
    return Recorded(recordings, _load_layers(content.get("layers", {}), name))


_FIX = "take the file from version control, or delete it and record it again: pytest --altax --altax-record=once"


def _dump_one(recording: Recording, place: int) -> dict[str, Any]:
    request, response = recording.request, recording.response
    dumped: dict[str, Any] = {
        "request": {"method": request.method, "url": request.url, "headers": _dump_headers(request.headers)}
    }
    if request.body:
        dumped["request"]["body"] = bodies.pack(request.body)
    if response is not None:
        dumped["response"] = _dump_response(response)
    optional = {"failure": recording.failure, "tag": recording.tag}
    dumped.update({name: value for name, value in optional.items() if value is not None})
    if recording.events not in (None, _default_events(place)):
        dumped["events"] = " ".join(map(str, recording.events or ()))
    return dumped


def _dump_response(response: Response) -> dict[str, Any]:
    packed = bodies.pack(response.body, response.header("content-type") or "")
    dumped: dict[str, Any] = {"status": response.status, "reason": response.reason}
    dumped |= {"headers": _dump_headers(response.headers), "body": packed}
    if response.chunks:
        dumped["chunks"] = bodies.pack_chunks(response.chunks, packed)
    if response.gaps:
        dumped["gaps"] = " ".join(map(repr, response.gaps))
    if not response.complete:
        dumped["complete"] = False
    return dumped


def _load_layers(layers: Any, name: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(layers, dict) or not all(map(_are_texts, layers.values())):
        fact = "its layers are not lists of texts by name"
        raise CassetteError(f"{name} is not a readable cassette", facts=[fact], fix=_FIX)
    return {layer: tuple(texts) for layer, texts in layers.items()}


def _are_texts(texts: Any) -> bool:
    return isinstance(texts, list) and all(isinstance(text, str) for text in texts)


def _load_one(one: Any, place: str) -> Recording:
    try:
        request, response = one["request"], one.get("response")
        body = bodies.unpack(request["body"]) if "body" in request else b""
        headers = _load_headers(request["headers"])
        return Recording(
            Request(str(request["method"]), str(request["url"]), headers, body),
            None if response is None else _load_response(response),
            _load_text(one.get("failure")),
            _load_text(one.get("tag")),
            _load_events(one.get("events")),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        fact = f"{type(error).__name__}: {error}"
        raise CassetteError(f"{place} cannot be read", facts=[fact], fix=_FIX) from error


def _load_response(response: Mapping[str, Any]) -> Response:
    packed = response["body"]
    return Response(
        status=int(response["status"]),
        headers=_load_headers(response["headers"]),
        body=bodies.unpack(packed),
        reason=str(response["reason"]),
        chunks=bodies.unpack_chunks(response.get("chunks", ""), packed),
        gaps=tuple(float(gap) for gap in response.get("gaps", "").split()),
        complete=bool(response.get("complete", True)),
    )


def _dump_headers(headers: Headers) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _load_headers(lines: Sequence[str]) -> Headers:
    pairs = (line.partition(": ") for line in lines)
    return tuple((name, value) for name, _, value in pairs)


def _load_text(text: Any) -> str | None:
    if text is not None and not isinstance(text, str):
        raise TypeError(f"text was expected, found {type(text).__name__}")
    return text


def _load_events(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    started, ended = text.split()
    return int(started), int(ended)


def _default_events(place: int) -> tuple[int, int]:
    """The events of a call that follows the one before it: these are not written."""
    return 2 * place + 1, 2 * place + 2
