"""A request as pieces of text in the order in which models read them, and each text cut into tokens once."""

from __future__ import annotations

import functools
import json
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..records import Call, Message, Part, PartKind, ToolCall
from ..text.requests import billed_schema
from ..text.shingles import shingles, spelled
from .base import TokenCounter
from .lines import CONTEXT, IDLE_TOOLS, SYSTEM, TASK, TOOLS


class Piece(NamedTuple):
    """A text of a request and the line its tokens stand on when nothing takes precedence.

    `key` is what it is recognised by when it is sent again, empty for schemas and system text.
    """

    text: str
    line: str
    key: str = ""

    @property
    def is_content(self) -> bool:
        """Whether it is message or system content rather than a schema."""
        return self.line not in (TOOLS, IDLE_TOOLS)


class Text:
    """A text cut into tokens. Windows and character offsets are made when first asked for."""

    def __init__(self, text: str, counter: TokenCounter, model: str | None) -> None:
        self.text = text
        self.tokens = counter.encode(text, model)
        self._counter, self._model = counter, model

    def __len__(self) -> int:
        return len(self.tokens)

    @functools.cached_property
    def windows(self) -> array[int]:
        """The hashes of its windows of 32 tokens."""
        return shingles(self.tokens)

    @functools.cached_property
    def spelled(self) -> str:
        """Its tokens as characters."""
        return spelled(self.tokens)

    @functools.cached_property
    def ends(self) -> Sequence[int]:
        """The character offset at which each token ends."""
        return self._counter.ends(self.text, self._model)

    def token(self, place: int) -> str:
        """The characters of one token, empty for one that starts and ends inside a character."""
        return self.text[self.ends[place - 1] if place else 0 : self.ends[place]]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The tokens (start, end) whose first character lies in a span of characters."""
        return self._first_from(start), self._first_from(end)

    def _first_from(self, character: int) -> int:
        # A token starts where the one before it ends.
        return min(bisect_left(self.ends, character) + 1, len(self)) if character > 0 else 0


class Texts:
    """All texts of a reading, each cut once for each model."""

    def __init__(self, counter: TokenCounter) -> None:
        self.counter = counter
        self._known: dict[tuple[str, str | None], Text] = {}

    def get(self, text: str, model: str | None) -> Text:
        """The text cut into the model's tokens."""
        key = (text, model)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Text(text, self.counter, model)
        return found


def request_pieces(call: Call, called: frozenset[str] = frozenset()) -> list[Piece]:
    """The pieces of a request: schemas first, then the messages. `called` are the names of tools that are not idle."""
    pieces = [Piece(tool.text, TOOLS if tool.name in called else IDLE_TOOLS) for tool in call.tools]
    schema = billed_schema(call)
    if schema:
        pieces.append(Piece(schema, TOOLS))
    turn = _current_turn(call.messages)
    for number, message in enumerate(call.messages):
        pieces.extend(_message_pieces(message, number >= turn))
    return [piece for piece in pieces if piece.text]


def answer_keys(call: Call) -> Iterator[tuple[str, str]]:
    """The (key, text) of what a call answered, as a later request would carry it."""
    for choice in call.choices:
        for text in (choice.text, choice.refusal or ""):
            if text:
                yield text.strip(), text
        for tool in choice.tool_calls:
            yield _tool_key(tool.name, tool.arguments), tool_text(tool)


def tool_text(tool: ToolCall | Part) -> str:
    """What is counted of a tool call: its name and its arguments."""
    arguments = tool.arguments if isinstance(tool, ToolCall) else tool.text
    return f"{tool.name or ''}\n{arguments}" if arguments else tool.name or ""


def _message_pieces(message: Message, in_turn: bool) -> Iterator[Piece]:
    for part in message.parts:
        line = _line(message.role, part.kind)
        if part.kind is PartKind.TOOL_CALL:
            yield Piece(tool_text(part), line, _tool_key(part.name, part.text))
        elif part.kind is PartKind.REASONING:
            # Anthropic: thinking of earlier turns is sent but not billed; within the current turn it is.
            if in_turn:
                yield Piece(part.text, line, part.text.strip())
        elif part.kind is not PartKind.MEDIA:
            yield Piece(part.text, line, "" if line == SYSTEM else part.text.strip())


def _line(role: str, kind: PartKind) -> str:
    if role == "system":
        return SYSTEM
    return TASK if role == "user" and kind is PartKind.TEXT else CONTEXT


def _current_turn(messages: Sequence[Message]) -> int:
    """The number of the last message in which the user wrote text; tool calls after it belong to the same turn."""
    for number in range(len(messages) - 1, -1, -1):
        if messages[number].role == "user" and any(part.kind is PartKind.TEXT for part in messages[number].parts):
            return number
    return 0


@functools.lru_cache(maxsize=1024)
def _tool_key(name: str | None, arguments: str) -> str:
    try:
        plain = json.dumps(json.loads(arguments), sort_keys=True)
    except (ValueError, RecursionError):
        plain = arguments.strip()
    return f"{name}\n{plain}"
