"""Parts of JSON bodies that stand in a cassette more than once: written once, under a name made of their content.

In a body with parts the text `$name` is the part of that name, and `$name...` at the head of a list are the items of
that list, so that a conversation names the one it continues. Any other text that begins with `$` has one `$` more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# What a body may grow to when its parts are put in, characters: a small file could otherwise fill the memory.
_LARGEST = 1 << 28
_NAMED = 1024
_MAY_NAME = (str, dict, list)


class Parts:
    """The table of a cassette that is read; `fill` puts parts in. Raises ValueError, naming the part. Not for threads.

    Parts are filled once and shared: what `fill` gives is not to be changed.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self._filled: dict[str, tuple[Any, int]] = {}
        self._lengths: dict[str, int] = {}
        self._open: set[str] = set()
        self._size = 0

    def fill(self, value: Any) -> Any:
        """A value with its parts in place of their names."""
        self._size = 0
        return self._fill(value)

    def _fill(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value) if value.startswith("$") else value
        if isinstance(value, dict):
            return {key: self._fill(item) if isinstance(item, _MAY_NAME) else item for key, item in value.items()}
        return self._list(value) if isinstance(value, list) else value

    def _text(self, text: str) -> Any:
        return text[1:] if text.startswith("$$") else self._part(text[1:])

    def _part(self, name: str) -> Any:
        if name not in self._filled:
            if name in self._open:
                raise ValueError(f"the part ${name:.20} holds itself")
            if name not in self._table:
                raise ValueError(f"there is no part ${name:.20}")
            before, self._size = self._size, 0
            self._open.add(name)
            try:
                self._grow(self._length(name))
                self._filled[name] = self._fill(self._table[name]), self._size
            finally:
                self._open.discard(name)
                self._size = before
        value, size = self._filled[name]
        self._grow(size)
        return value

    def _list(self, value: list[Any]) -> list[Any]:
        """The items of a list; those of the lists that it continues are gathered from the last to the first."""
        name = _continued(value)
        if name is None:
            return [self._fill(item) if isinstance(item, _MAY_NAME) else item for item in value]
        pieces, passed = [value[1:]], set()
        while name is not None:
            before = self._table.get(name)
            if name in passed:
                raise ValueError(f"the part ${name:.20} holds itself")
            if not isinstance(before, list):
                raise ValueError(f"there is no list ${name:.20} to be continued")  # noqa: TRY004 - a wrong name
            passed.add(name)
            self._grow(self._length(name))
            name = _continued(before)
            pieces.append(before if name is None else before[1:])
        return [self._fill(item) for piece in reversed(pieces) for item in piece]

    def _length(self, name: str) -> int:
        """About how many characters a part has of its own, and what it costs to be named."""
        if name not in self._lengths:
            self._lengths[name] = len(json.dumps(self._table[name])) + _NAMED
        return self._lengths[name]

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > _LARGEST:
            raise ValueError(f"a body with its parts put in is larger than {_LARGEST >> 20} MiB")


def _continued(items: list[Any]) -> str | None:
    """The name of the list that these items follow."""
    head = items[0] if items else None
    continues = isinstance(head, str) and head.endswith("...") and head.startswith("$") and not head.startswith("$$")
    return head[1:-3] if continues and isinstance(head, str) else None
