"""Reading what an untrusted server or client sent: decoded JSON whose every value may be of the wrong type.

Nothing here raises on content. A value of the wrong type is read as an empty one.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

_SURROGATES = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_DEEPEST = 60
_NO_URL = SplitResult("", "", "", "", "")


def decode(body: bytes | str) -> Any:
    """Decode a JSON body; None for anything that is not JSON. Numbers JSON does not know (NaN, 1e999) become None."""
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    decoded = decode_event(raw)
    return mended(decoded) if _ESCAPED_SURROGATE.search(raw) else decoded


def decode_event(body: bytes | str) -> Any:
    """Decode the JSON of one event of a stream, in which half of a surrogate pair may wait for the next event."""
    try:
        spelled = body if isinstance(body, str) else body.decode(json.detect_encoding(body), "surrogatepass")
        return _DECODER.decode(spelled)
    except (ValueError, RecursionError):
        return None


def mended(value: Any) -> Any:
    """Join surrogate pairs that were escaped apart; a lone one, which no file could hold, becomes U+FFFD."""
    if isinstance(value, str):
        if _SURROGATES.search(value):
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
    try:
        if isinstance(value, list):
            return [mended(item) for item in value]
        if isinstance(value, dict):
            return {mended(key): mended(item) for key, item in value.items()}
    except RecursionError:
        return None
    return value


def tame(value: Any) -> Any:
    """Give plain JSON data back unless it is nested too deeply to be walked and written safely."""
    if not isinstance(value, dict | list):
        return value
    level, depth = [value], 0
    while level and depth < _DEEPEST:
        level = [item for inner in level if isinstance(inner, dict | list) for item in _inside(inner)]
        depth += 1
    return value if not level else "(nested too deeply)"


def mapping(value: Any) -> Mapping[str, Any]:
    """Read an object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Read a list; anything else is an empty one."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Read a list of objects; what is no object in it is an empty one, so that places stay right."""
    return [mapping(item) for item in items(value)]


def text(value: Any) -> str:
    """Read a string; anything else is empty."""
    return value if isinstance(value, str) else ""


def name(value: Any) -> str | None:
    """Read a string that may be absent; an empty one is absent."""
    return text(value) or None


def integer(value: Any) -> int | None:
    """Read a count: an integer of 0 or more, also where it came as a float; None for anything else."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return int(value) if whole and not isinstance(value, bool) and 0 <= value < 2**53 else None


def seed(value: Any) -> int | None:
    """Read a seed: any integer, also where it came as a float; None for anything else."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return int(value) if whole and not isinstance(value, bool) else None


def chosen(given: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Read those of an object's fields that have one of these names and a value, in the order of their names."""
    return {key: tame(given[key]) for key in sorted(names & given.keys()) if given[key] is not None}


def compact(value: Any) -> str:
    """Write plain data as compact JSON, keys in the order they came."""
    try:
        written = _COMPACT(value)
    except RecursionError:
        return _COMPACT(tame(value))
    # Data with so few brackets cannot be nested too deeply.
    return written if written.count("{") + written.count("[") < _DEEPEST else _COMPACT(tame(value))


def path(url: str) -> str:
    """Give the path of a URL without a slash at its end."""
    return _split(url).path.rstrip("/")


def host(url: str) -> str:
    """Give the host of a URL in lower case, without port."""
    return _split(url).hostname or ""


def deployment(url: str) -> str | None:
    """Name the Azure deployment of a URL: it stands in the path, where the body names no model."""
    found = re.search(r"/deployments/([^/]+)/", path(url))
    return found[1] if found else None


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return _NO_URL


def _inside(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _finite(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DECODER = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite)
