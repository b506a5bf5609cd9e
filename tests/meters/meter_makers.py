"""Short ways to make calls, and a counter whose tokens are words, for tests of the meters."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any

from pytest_altax.meters.base import Context, Label, LabelKind, Layer
from pytest_altax.meters.clusterers import CLUSTERERS
from pytest_altax.meters.reading import Reading
from pytest_altax.records import Call, Choice, Message, Part, PartKind, Tool, ToolCall, Usage

_WORD = re.compile(r"\s*\S+|\s+")


class WordCounter:
    """A token is a word with the white space before it; `slope`, `exact` and `expected_error` as given."""

    def __init__(self, slope: float = 1.0, error: float = 0.0) -> None:
        self._slope, self._error = slope, error

    def encode(self, text: str, model: str | None = None) -> Sequence[int]:
        return [zlib.crc32(word.strip().encode()) for word in _WORD.findall(text)]

    def ends(self, text: str, model: str | None = None) -> Sequence[int]:
        return [match.end() for match in _WORD.finditer(text)]

    def slope(self, model: str | None) -> float:
        return self._slope

    def exact(self, model: str | None) -> bool:
        return self._error == 0

    def expected_error(self, model: str | None) -> float:
        return self._error


class NoDetector:
    """Finds a refusal in any answer that begins with "no"."""

    id = "no-1"

    def label(self, choice: Choice, call: Call) -> Label:
        refused = choice.text.startswith("no")
        return Label(LabelKind.REFUSAL if refused else LabelKind.COMPLIANCE)


def words(start: int, count: int) -> str:
    """`count` words, from number `start` on, none of which is like another."""
    return " ".join(f"w{number}" for number in range(start, start + count))


def message(role: str, text: str) -> Message:
    return Message(role, (Part(PartKind.TOOL_RESULT if role == "tool" else PartKind.TEXT, text),))


def system(text: str) -> Message:
    return message("system", text)


def user(text: str) -> Message:
    return message("user", text)


def assistant(text: str) -> Message:
    return message("assistant", text)


def asks_for(name: str, arguments: str = "{}") -> Message:
    return Message("assistant", (Part(PartKind.TOOL_CALL, arguments, name),))


def call(*messages: Message, answer: str | None = "fine", **fields: Any) -> Call:
    """A generation call with one choice; `answer=None` gives none."""
    choices = () if answer is None else (Choice(text=answer),)
    given: dict[str, Any] = {"model": "gpt-4o", "status": 200, "choices": choices, **fields}
    return Call("openai", "chat", messages=messages, **given)


def usage(given: int, answered: int = 1, **parts: int) -> Usage:
    return Usage(given, answered, **parts)


def tool(name: str, text: str) -> Tool:
    return Tool(name, text)


def context(*layers: Layer, counter: Any = None, **fields: Any) -> Context:
    given: dict[str, Any] = {"detector": NoDetector(), "clusterer": CLUSTERERS["exact"], **fields}
    return Context(counter=counter or WordCounter(), layers=layers, **given)


def reading(*calls: Call, layers: Sequence[Layer] = (), **fields: Any) -> Reading:
    return Reading(calls, context(*layers, **fields))


__all__ = [
    "Choice", "Layer", "Message", "NoDetector", "Part", "PartKind", "ToolCall", "WordCounter", "asks_for", "assistant",
    "call", "context", "message", "reading", "system", "tool", "usage", "user", "words",
]  # fmt: skip
