"""Where in a file an offset lies: the line, and in JSON the path of the value."""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]')
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*")


def line_of(data: bytes, offset: int) -> int:
    """The line, from 1."""
    return data.count(b"\n", 0, offset) + 1


def path_of(data: bytes, offset: int) -> str:
    """The path of the value of a JSON document that an offset lies in, such as `interactions[0].response.body.text`.

    Empty when it lies in no value, and where the document is none.
    """
    stack: list[int | str | None] = []
    name: str | None = None
    for match in _TOKEN.finditer(data):
        if match.end() > offset:
            return _shown([*stack[:-1], name] if stack and not isinstance(stack[-1], int) else stack)
        token = match[0]
        if token in (b"{", b"["):
            if stack and not isinstance(stack[-1], int):
                stack[-1] = name
            stack.append(0 if token == b"[" else None)
            name = None
        elif token in (b"}", b"]"):
            if stack:
                stack.pop()
        elif token == b"," and stack and isinstance(stack[-1], int):
            stack[-1] += 1
        elif token[:1] == b'"' and stack and not isinstance(stack[-1], int) and _is_name(data, match.end()):
            name = _read(token)
    return ""


def _is_name(data: bytes, at: int) -> bool:
    return data[at : at + 16].lstrip()[:1] == b":"


def _read(token: bytes) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return "?"


def _shown(parts: list[int | str | None]) -> str:
    shown = ""
    for part in parts:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif part is not None:
            name = part if _PLAIN_NAME.fullmatch(part) else json.dumps(part)[:40]
            shown += f".{name}" if shown else name
    return shown
