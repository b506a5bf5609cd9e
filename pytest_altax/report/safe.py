"""Making hostile text fit to print: model answers, cassette contents and test ids may hold anything."""

from __future__ import annotations

import re
import unicodedata

_WHITE = re.compile(r"\s+")


def plain(text: str, most: int | None = None) -> str:
    """`text` on one line without control, format or unpaired-surrogate characters, cut to `most` characters."""
    visible = "".join(character if _printable(character) else "�" for character in _WHITE.sub(" ", text))
    return visible if most is None or len(visible) <= most else visible[: most - 1] + "…"


def _printable(character: str) -> bool:
    # Cf holds the bidirectional overrides, with which text can be made to read as other text
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def lines(text: str, most: int | None = None) -> str:
    """The same for text of several lines: every line made plain by itself, line breaks and indentation kept."""
    return "\n".join(_indented(line, most) for line in text.split("\n"))


def _indented(line: str, most: int | None) -> str:
    body = line.lstrip(" ")
    return " " * (len(line) - len(body)) + plain(body, most)
