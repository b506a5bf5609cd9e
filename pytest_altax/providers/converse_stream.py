"""Streamed answers of converse, and of Nova, put together into the body that the answer has when not streamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import wire


def assembled(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put events together: a response body, and whether the answer came to its end."""
    body: dict[str, Any] = {}
    blocks: dict[int, _Block] = {}
    for event in events:
        for key, told in ((key, wire.mapping(value)) for key, value in event.items()):
            if key in ("contentBlockStart", "contentBlockDelta"):
                block = blocks.setdefault(wire.integer(told.get("contentBlockIndex")) or 0, _Block())
                block.begun.update(wire.mapping(told.get("start")))
                block.add(wire.mapping(told.get("delta")))
            elif key == "messageStop":
                body["stopReason"] = told.get("stopReason")
            elif key == "metadata":
                body.update({name: told[name] for name in ("usage", "trace", "serviceTier") if told.get(name)})
            elif key == "error":
                body["error"] = told
    if blocks:
        body["output"] = {"message": {"role": "assistant", "content": [blocks[at].whole() for at in sorted(blocks)]}}
    return wire.mended(body), bool(body.get("stopReason"))


@dataclass(slots=True)
class _Block:
    """A block as it began, and the pieces that came after: of text, of a thought, of a tool's input (JSON text)."""

    begun: dict[str, Any] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    def add(self, delta: Mapping[str, Any]) -> None:
        """Add the piece of an event."""
        self.text.append(wire.text(delta.get("text")))
        self.thought.append(wire.text(wire.mapping(delta.get("reasoningContent")).get("text")))
        given = wire.mapping(delta.get("toolUse")).get("input")
        if given is not None:
            self.given.append(given if isinstance(given, str) else wire.compact(given))
        self.begun.update((key, delta[key]) for key in ("citationsContent", "toolResult") if key in delta)

    def whole(self) -> dict[str, Any]:
        """Give the block as it stands in an answer that is not streamed."""
        block = dict(self.begun)
        if "toolUse" in block:
            block["toolUse"] = {**wire.mapping(block["toolUse"]), "input": "".join(self.given)}
        elif any(self.thought):
            block["reasoningContent"] = {"reasoningText": {"text": "".join(self.thought)}}
        elif any(self.text):
            block["text"] = "".join(self.text)
        return block
