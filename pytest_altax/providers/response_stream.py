"""Streamed responses put together into the body that the same answer has when it is not streamed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from . import wire

_LAST = ("response.completed", "response.incomplete", "response.failed")
# Where the pieces of an item that never came whole belong: the item's key, the part's type and the part's key.
_DELTAS = {
    "response.output_text.delta": ("content", "output_text", "text"),
    "response.refusal.delta": ("content", "refusal", "refusal"),
    "response.reasoning_text.delta": ("content", "reasoning_text", "text"),
    "response.reasoning_summary_text.delta": ("summary", "summary_text", "text"),
    "response.function_call_arguments.delta": ("", "", "arguments"),
    "response.custom_tool_call_input.delta": ("", "", "input"),
}


def assembled(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put events together: a response body, and whether the last event came.

    The last event carries the whole response. Without it, or where it came without output, the output is made of the
    items that were done and of the pieces of the one that was not.
    """
    body: dict[str, Any] = {}
    items: dict[int, dict[str, Any]] = {}
    pieces: dict[int, dict[tuple[str, str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    finished = False
    for event in events:
        type_, place = wire.text(event.get("type")), wire.integer(event.get("output_index")) or 0
        if isinstance(event.get("response"), dict):
            body = dict(event["response"])
            finished = finished or type_ in _LAST
        if type_ == "error" or "error" in event:
            body["error"] = event.get("error") or {"message": event.get("message"), "code": event.get("code")}
        if type_ in ("response.output_item.added", "response.output_item.done"):
            items[place] = dict(wire.mapping(event.get("item")))
        if type_ == "response.output_item.done":
            pieces.pop(place, None)
        elif type_ in _DELTAS:
            pieces[place][_DELTAS[type_]].append(wire.text(event.get("delta")))
    if not body.get("output"):
        body["output"] = [_item(items.get(place, {}), pieces.get(place, {})) for place in sorted({*items, *pieces})]
    return wire.mended(body), finished


def _item(item: dict[str, Any], pieces: Mapping[tuple[str, str, str], list[str]]) -> dict[str, Any]:
    for (holder, part, key), texts in pieces.items():
        if holder:
            item.setdefault("type", "reasoning" if "summary" in holder or "reasoning" in part else "message")
            item[holder] = [*wire.items(item.get(holder)), {"type": part, key: "".join(texts)}]
        else:
            item[key] = "".join(texts)
    return item
