"""Looking through the files of a tree for secrets, and for cassettes that do not load."""

from __future__ import annotations

import base64
import binascii
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import CassetteError
from ..secrets import headers
from ..secrets.known import is_telling
from ..secrets.place import line_of
from ..secrets.rules import SecretRules
from ..secrets.scan import Finding, is_dummy, scan
from ..storage import cassette, formats
from ..storage.formats import document

_SKIPPED = {"node_modules", "__pycache__", "site-packages"}
_MOST_DECODED = 64 * 1024 * 1024
_GZIP_BASE64 = "H4sI"
_LEAST_BASE64 = 24
# Of a shorter value the first four characters would tell too much.
_LEAST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file: the line, 0 for the whole of it, the kind, and a hint that gives no secret away."""

    file: str
    line: int
    kind: str
    hint: str = ""


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and below the folders named all with the name of a cassette, in the order of their paths."""
    for path in paths:
        if path.is_dir():
            yield from _below(path)
        else:
            yield path


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(formats.KNOWN_SUFFIXES) and not name.startswith("."):
                yield Path(place, name)


def inspect(path: Path, rules: SecretRules) -> list[Problem]:
    """Everything wrong with one file, in the order of its lines. A file that is no cassette is looked through, too."""
    name = path.as_posix()
    try:
        content = document.unpacked(formats.read_bytes(path), name)
    except OSError as error:
        return [Problem(name, 0, f"cannot be read: {error.strerror or error}")]
    except CassetteError as error:
        return [_broken(name, error)]
    problems = [_broken(name, error) for error in _unloadable(path, content)]
    found = {(one.start, one.hint): one for one in (*_in_values(content, name, rules), *scan(content, rules))}
    secrets = [Problem(name, line_of(content, one.start), one.kind, one.hint) for one in found.values()]
    return sorted(problems, key=lambda one: one.line) + sorted(secrets, key=lambda one: (one.line, one.kind))


def _unloadable(path: Path, content: bytes) -> list[CassetteError]:
    if not formats.looks_like_cassette(path):
        return []
    try:
        for _ in formats.read(content, path.as_posix()).recordings:
            pass
    except CassetteError as error:
        return [error]
    return []


def _broken(name: str, error: CassetteError) -> Problem:
    return Problem(name, 0, "does not load: " + "; ".join([error.what, *error.facts]))


def _in_values(content: bytes, name: str, rules: SecretRules) -> Iterator[Finding]:
    """Secrets in headers, and in values that are compressed or in base64, which no look at the text shows."""
    try:
        parsed = document.parsed(content, name)
    except CassetteError:
        return
    # no cassette of ours holds a secret header, so one that stands there was put there by another tool
    for text, kind in _hidden(parsed, "", by_name=cassette.is_ours(content[:200])):
        if isinstance(text, str):
            if not rules.allows(text.encode("utf-8", "surrogatepass")):
                yield _located(content, text, kind)
        else:
            for one in scan(_plain(text), rules):
                shown = base64.b64encode(text)[:_LEAST_BASE64].decode()
                yield Finding(_offset(content, shown), 0, f"{one.kind}, in a binary body", one.hint)


def _located(content: bytes, text: str, kind: str) -> Finding:
    start = _offset(content, text)
    shown = "".join(c if c.isalnum() else "?" for c in text[:4]) if len(text) >= _LEAST_SHOWN else ""
    return Finding(start, start + len(text), kind, f"{shown}… ({len(text)} characters)")


def _offset(content: bytes, text: str) -> int:
    return max(0, content.find(text.encode("utf-8", "surrogatepass")))


def _hidden(value: Any, key: str, *, by_name: bool) -> Iterator[tuple[str | bytes, str]]:
    """The secret values of headers by kind, and the bytes of binary values, wherever in a document they stand."""
    stack: list[tuple[Any, str]] = [(value, key)]
    seen: set[int] = set()
    while stack:
        value, key = stack.pop()
        if isinstance(value, dict | list):
            if id(value) in seen:
                continue
            seen.add(id(value))
            if key.lower() == "headers":
                yield from _secret_headers(value, by_name=by_name)
            pairs = value.items() if isinstance(value, dict) else ((key, one) for one in value)
            stack += [(one, str(name)) for name, one in pairs]
        elif isinstance(value, bytes):
            yield value, ""
        elif isinstance(value, str) and (key == "base64_string" or value.startswith(_GZIP_BASE64)):
            yield _unbase64(value), ""


def _secret_headers(value: dict[Any, Any] | list[Any], *, by_name: bool) -> Iterator[tuple[str, str]]:
    """The values of secret headers that look like secrets; `by_name`: any value of theirs that is no placeholder."""
    for name, one in _pairs(value):
        for text in one if isinstance(one, list) else [one]:
            if isinstance(text, str) and headers.kind_of(name.lower()) == "secret":
                told = [part for part in headers.parts(name.lower(), text) if is_telling(part) and part in text]
                found = [part for part in told or [text] * by_name if not is_dummy(part.encode("utf-8", "replace"))]
                if any(found):
                    yield max(found, key=len), f"header {name!r:.60}"


def _pairs(value: dict[Any, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(name), one) for name, one in value.items())
        return
    for one in value:
        if isinstance(one, dict) and "name" in one:
            yield str(one["name"]), one.get("value")
        elif isinstance(one, str) and ": " in one:
            name, _, text = one.partition(": ")
            yield name, text


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def _plain(data: bytes) -> bytes:
    """Binary data with gzip taken off, as far as it goes."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, _MOST_DECODED)
    except zlib.error:
        return data
