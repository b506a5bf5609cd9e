"""Values and names as a user would write them in TOML, for messages and examples."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 60


def written(value: Any) -> str:
    """A value in TOML: `"text"`, `true`, `0.35`, `[1, 2]`, `{ max = 0.35 }`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key_written(str(key))} = {written(item)}" for key, item in value.items()) + " }"
    if isinstance(value, str):
        # A literal string shows a pattern as it is, without doubled backslashes
        return f"'{value}'" if "\\" in value and "'" not in value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Sequence):
        return "[" + ", ".join(written(item) for item in value) + "]"
    return str(value)


def key_written(name: str) -> str:
    """A key in TOML, quoted where it must be."""
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def found(value: Any) -> str:
    """What a value is, and the value: `the text "0.35"`, `the number 3`, `true`, `a table`."""
    if isinstance(value, bool):
        return written(value)
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, str):
        return f"the text {_short(written(value))}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, Sequence):
        return f"the array {_short(written(value))}"
    return "nothing" if value is None else f"the {type(value).__name__} {_short(str(value))}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
