"""Server-sent events: the wire of streamed answers (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..records import Response
from . import wire

_LINES = re.compile(r"\r\n|\n|\r")
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name (empty for none) and its data, the lines of which are joined by newlines."""

    name: str
    data: str


def is_stream(response: Response) -> bool:
    """Whether a response is a stream of events, by its content type or, where recordings lost it, by its beginning.

    Plain JSON is none, whatever it is called: errors are often sent under the type that was asked for.
    """
    if response.body.lstrip().startswith((b"{", b"[")):
        return False
    if "text/event-stream" in (response.header("content-type") or "").lower():
        return True
    return response.body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_FIELDS)


def events(body: bytes) -> Iterator[Event]:
    """Cut a body into events. Unlike a browser it also gives the last one when the body ends before its blank line."""
    event, data = "", list[str]()
    for line in [*_LINES.split(body.decode("utf-8-sig", "replace")), ""]:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            event = value
        elif not line and (data or event):
            yield Event(event, "\n".join(data))
            event, data = "", []


def payloads(body: bytes) -> Iterator[dict[str, Any]]:
    """Give the JSON objects that a stream carries, in order; what is no object (`[DONE]`, a torn event) is left out."""
    for event in events(body):
        decoded = wire.decode_event(event.data)
        if isinstance(decoded, dict):
            yield decoded


def answer(
    response: Response | None, assembled: Callable[[Iterator[dict[str, Any]]], tuple[dict[str, Any], bool]]
) -> tuple[Any, bool]:
    """The body that a response holds or, where it was streamed, is `assembled` to; and whether it came to its end."""
    if response is None:
        return None, True
    if not is_stream(response):
        return wire.decode(response.body), True
    return assembled(payloads(response.body))
