"""Streamed answers of Cohere's chat put together into the body that the same answer has when it is not streamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import wire


def assembled(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put events of either version together: a response body, and whether the answer came to its end.

    The last event of version 1 holds the whole answer; its pieces count where the stream was torn before.
    """
    body: dict[str, Any] = {}
    said: list[str] = []
    message = _Message()
    for event in events:
        kind = wire.text(event.get("event_type")) or wire.text(event.get("type"))
        if event.get("finish_reason"):
            body["finish_reason"] = event["finish_reason"]
        if kind == "stream-end":
            body.update(wire.mapping(event.get("response")))
        elif kind == "tool-calls-generation":
            body["tool_calls"] = event.get("tool_calls")
        elif kind == "message-end":
            delta = wire.mapping(event.get("delta"))
            body.update({key: delta[key] for key in ("finish_reason", "usage", "error") if delta.get(key)})
        elif event.get("delta"):
            if event.get("logprobs"):
                body.setdefault("logprobs", []).append(event["logprobs"])
            message.add(kind, wire.mapping(wire.mapping(event.get("delta")).get("message")))
        elif isinstance(event.get("text"), str):
            said.append(event["text"])
        if isinstance(event.get("error"), str | dict):
            body["error"] = event["error"]
    if said:
        body.setdefault("text", "".join(said))
    if message.started:
        body["message"] = message.whole()
    return wire.mended(body), bool(body.get("finish_reason"))


class _Message:
    """The pieces of one message of version 2: text, thoughts, the plan, and calls of tools."""

    def __init__(self) -> None:
        self.started = False
        self._pieces: dict[str, list[str]] = {"text": [], "thinking": [], "tool_plan": []}
        self._calls: list[tuple[Mapping[str, Any], list[str]]] = []

    def add(self, kind: str, delta: Mapping[str, Any]) -> None:
        """Add the piece of an event."""
        self.started = True
        said = wire.mapping(delta.get("content"))
        for key, pieces in self._pieces.items():
            pieces.append(wire.text(delta.get(key) if key == "tool_plan" else said.get(key)))
        call = wire.mapping(delta.get("tool_calls"))
        if kind == "tool-call-start":
            self._calls.append((call, []))
        if self._calls:
            self._calls[-1][1].append(wire.text(wire.mapping(call.get("function")).get("arguments")))

    def whole(self) -> dict[str, Any]:
        """Give the message as it stands in an answer that is not streamed."""
        text, thinking, plan = ("".join(pieces) for pieces in self._pieces.values())
        calls = [
            {**call, "function": {**wire.mapping(call.get("function")), "arguments": "".join(pieces)}}
            for call, pieces in self._calls
        ]
        blocks = [{"type": "thinking", "thinking": thinking}] if thinking else []
        return {"content": [*blocks, {"type": "text", "text": text}], "tool_plan": plan, "tool_calls": calls}
