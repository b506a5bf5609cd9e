"""Finding the parts that JSON bodies have in common when a cassette is written; `parts` tells how they are named."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

# What is smaller (characters of compact JSON, about) costs less than its name and a line of its own.
_SMALLEST = 80
_NAME = 8

_Node = tuple[Any, ...]


class Pool:
    """Finds out what to share: `add` every value first, then `write` them; `parts` is then the table.

    Each distinct value is a node, a list the node of the list without its last item and that item: what is used by
    more than one other node is a part. Parts stand after those that they name.
    """

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}
        self._numbers: dict[_Node, int] = {}
        self._nodes: list[_Node] = []
        self._sizes: list[int] = []
        self._uses: list[int] = []
        self._digests: dict[int, bytes] = {}
        self._names: dict[int, str] = {}

    def add(self, value: Any) -> int | None:
        """Note a JSON value; gives the number to `write` it by, None for one that is nested too deep to be shared."""
        try:
            number = self._intern(value)
        except RecursionError:
            return None
        self._uses[number] += 1
        return number

    def _intern(self, value: Any) -> int:
        if isinstance(value, dict):
            inner = {key: self._intern(item) for key, item in value.items()}
            size = sum(len(key) + 4 + self._sizes[number] for key, number in inner.items())
            return self._node(("dict", *inner.items()), size + 2, inner.values())
        if isinstance(value, list) and any(isinstance(item, dict | list | str) for item in value):
            last = self._node(("list",), 2, ())
            for item in value:
                number = self._intern(item)
                last = self._node(("list", last, number), self._sizes[last] + self._sizes[number] + 1, (last, number))
            return last
        if isinstance(value, str):
            return self._node(("text", value), len(value) + 2, ())
        text = json.dumps(value)
        return self._node(("atom", text), len(text), ())

    def _node(self, node: _Node, size: int, inner: Any) -> int:
        number = self._numbers.get(node)
        if number is None:
            number = self._numbers[node] = len(self._nodes)
            self._nodes.append(node)
            self._sizes.append(size)
            self._uses.append(0)
            for one in inner:
                self._uses[one] += 1
        return number

    def write(self, number: int) -> tuple[Any, bool]:
        """The value of a number with names in place of parts, and whether it has any; without, it is as it was."""
        if not self._has_parts(number):
            return None, False
        return self._reference(number), True

    def whole(self, number: int) -> str | None:
        """The name of a value that is a part as a whole; None for any other."""
        return f"${self._part(number)}" if self._shared(number) else None

    def _has_parts(self, number: int) -> bool:
        todo, seen = [number], set()
        while todo:
            one = todo.pop()
            if self._shared(one):
                return True
            if self._sizes[one] >= _SMALLEST and one not in seen:
                seen.add(one)
                todo.extend(self._inner(one))
        return False

    def _inner(self, number: int) -> list[int]:
        kind, *rest = self._nodes[number]
        if kind == "dict":
            return [inner for _, inner in rest]
        return rest if kind == "list" else []

    def _shared(self, number: int) -> bool:
        return self._uses[number] > 1 and self._sizes[number] >= _SMALLEST and self._nodes[number][0] != "atom"

    def _reference(self, number: int) -> Any:
        return f"${self._part(number)}" if self._shared(number) else self._spelled(number)

    def _spelled(self, number: int) -> Any:
        kind, *rest = self._nodes[number]
        if kind == "dict":
            return {key: self._reference(inner) for key, inner in rest}
        if kind == "text":
            return f"${rest[0]}" if rest[0].startswith("$") else rest[0]
        return json.loads(rest[0]) if kind == "atom" else self._list(number)

    def _list(self, number: int) -> list[Any]:
        """A list: the longest beginning that is a part, then the other items."""
        items = []
        _, *link = self._nodes[number]
        while link:
            before, item = link
            items.append(item)
            if self._shared(before):
                return [f"${self._part(before)}...", *map(self._reference, reversed(items))]
            _, *link = self._nodes[before]
        return list(map(self._reference, reversed(items)))

    def _part(self, number: int) -> str:
        """The name of a part, which is in the table then, after all that it names."""
        waiting = [number]
        while (before := self._beginning(waiting[-1])) is not None:
            waiting.append(before)
        for one in reversed(waiting):
            if one not in self._names:
                spelled = self._spelled(one)
                self._names[one] = self._name(one)
                self.parts[self._names[one]] = spelled
        return self._names[number]

    def _beginning(self, number: int) -> int | None:
        """The longest shorter list that a list begins with and that is a part still to be written."""
        kind, *link = self._nodes[number]
        while kind == "list" and link:
            if self._shared(link[0]):
                return link[0] if link[0] not in self._names else None
            kind, *link = self._nodes[link[0]]
        return None

    def _name(self, number: int) -> str:
        digest = base64.b32encode(self._digest(number)).decode().lower().rstrip("=")
        length = _NAME
        while digest[:length] in self.parts:
            length += 1
        return digest[:length]

    def _digest(self, number: int) -> bytes:
        chain = [number]
        while self._nodes[chain[-1]][0] == "list" and chain[-1] not in self._digests and self._nodes[chain[-1]][1:]:
            chain.append(self._nodes[chain[-1]][1])
        for one in reversed(chain):
            if one not in self._digests:
                kind, *rest = self._nodes[one]
                inner = [self._digest(number) for number in self._inner(one)]
                told = [key for key, _ in rest] if kind == "dict" else rest if kind in ("text", "atom") else []
                content = json.dumps([kind, told]).encode() + b"".join(inner)
                self._digests[one] = hashlib.blake2b(content, digest_size=15).digest()
        return self._digests[number]
