"""Where each key of a TOML document stands, which no TOML reader tells.

The text must be valid TOML: `tomli` has read it before. A key is named by its path, a tuple of names and, within
arrays, of indices: `("tool", "pytest-altax", "budgets", 0, "match")`.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

Keys = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|\'[^\']*\'')
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # two quotes may stand before the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\n#]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column of a key, both from 1, and its value as written; None for a table with a header of its own."""

    line: int
    column: int
    value: str | None = None


def locate(text: str) -> dict[Keys, Place]:
    """The place of every key, table and array item of a valid TOML document, by its path.

    A table stands where its own header or key does, else where it is first mentioned; an array item where it begins.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.places


class _Scanner:
    """Reads a document once from the left; `at` is the offset reached."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.places: dict[Keys, Place] = {}
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.last: dict[Keys, int] = {}  # the index reached in each array of tables

    def document(self) -> None:
        table: Keys = ()
        while self.skip(_GAP) < len(self.text):
            table = self.header() if self.text[self.at] == "[" else self.pair(table)

    def header(self) -> Keys:
        """`[a.b]` or `[[a.b]]`; gives the path of the table that it opens."""
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        *parents, (name, start) = self.key()
        self.at += 2 if array else 1
        path: Keys = ()
        for parent, offset in parents:
            path = (*path, parent)
            self.mention(path, offset)
            path = (*path, self.last[path]) if path in self.last else path
        path = (*path, name)
        if array:
            self.mention(path, start)
            self.last[path] = self.last.get(path, -1) + 1
            path = (*path, self.last[path])
        self.places[path] = self.place(start)
        return path

    def pair(self, table: Keys) -> Keys:
        """`key = value` in a table; gives the table."""
        path, start = table, self.at
        for name, start in self.key():
            path = (*path, name)
            self.mention(path, start)
        self.at += 1
        self.skip(_GAP)
        self.places[path] = self.place(start, self.value(path))
        return table

    def key(self) -> list[tuple[str, int]]:
        """The names of a dotted key, each with the offset at which it begins."""
        names = []
        while True:
            start = self.skip(_SPACE)
            self.skip(_KEY)
            names.append((_name(self.text[start : self.at]), start))
            if self.text[self.skip(_SPACE)] != ".":
                return names
            self.at += 1

    def value(self, path: Keys) -> str:
        """The text of the value that begins here; what lies within it is placed under its path."""
        start, opening = self.at, self.text[self.at]
        if opening == "[":
            self.items(path)
        elif opening == "{":
            self.pairs(path)
        else:
            self.skip(_STRING if opening in "\"'" else _BARE)
        return self.text[start : self.at].rstrip()

    def items(self, path: Keys) -> None:
        self.at += 1
        index = 0
        while self.text[self.skip(_GAP)] != "]":
            start = self.at
            self.places[*path, index] = self.place(start, self.value((*path, index)))
            index += 1
            self.comma()
        self.at += 1

    def pairs(self, path: Keys) -> None:
        self.at += 1
        while self.text[self.skip(_GAP)] != "}":
            self.pair(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        if self.text[self.skip(_GAP)] == ",":
            self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> int:
        """Go past what the pattern fits here; gives the offset reached."""
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def mention(self, path: Keys, start: int) -> None:
        self.places.setdefault(path, self.place(start))

    def place(self, start: int, value: str | None = None) -> Place:
        line = bisect.bisect_right(self.lines, start)
        return Place(line, start - self.lines[line - 1] + 1, value)


def _name(written: str) -> str:
    """A key as it is meant: quotes and escapes taken away."""
    if written[:1] == "'":
        return written[1:-1]
    if written[:1] != '"':
        return written
    import tomli

    return str(tomli.loads(f"key = {written}")["key"])
