"""Our cassette format: one UTF-8 JSON file a test, indented, our own fields in a fixed order, bodies in their own.

    {"altax-cassette": 2, "recorded": {"at": ..., "by": ..., "clients": {...}},
     "layers": {"NAME": ["text", ...]}, "parts": {"NAME": ...}, "interactions": [...]}

What changes from run to run though nothing did (the time, the versions of the clients) stands in `recorded` alone.
`layers` are notes, the texts that were declared when it was recorded. `parts` is what JSON bodies have in common; see
`parts`. Both are absent where there are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

from ...errors import CassetteError
from ..recording import Recorded, Recording
from .layout import Layout, Memory, Source, bounded, scan
from .parts import Parts
from .plainform import Plain, load_one
from .pool import Pool
from .slices import FIX, UNREADABLE, Slices, has_surrogates, unreadable

MARK = "altax-cassette"
# 1: the first. 2: JSON bodies may have `parts` in common.
VERSION = 2
_READ = (1, 2)
_WIDTH = 140

_SURROGATE = re.compile("[\ud800-\udfff]")


def dump(
    recordings: Sequence[Recording], recorded: Mapping[str, Any], layers: Mapping[str, Sequence[str]] | None = None
) -> bytes:
    """The content of a cassette file. `recorded` is its header: when, by what, with which clients."""
    pool = Pool()
    plain = [Plain(recording, pool) for recording in recordings]
    interactions = [_spell(one.data(place), "  ", flat=False) for place, one in enumerate(plain)]
    content: dict[str, Any] = {MARK: VERSION, "recorded": dict(recorded)}
    if layers:
        content["layers"] = {name: list(texts) for name, texts in layers.items()}
    if pool.parts:
        content["parts"] = pool.parts
    fields = [f' "{name}": {_spell(value, " ")}' for name, value in content.items()]
    listed = "[\n  " + ",\n  ".join(interactions) + "\n ]" if interactions else "[]"
    text = "{\n" + ",\n".join([*fields, f' "interactions": {listed}']) + "\n}\n"
    # a lone surrogate cannot stand in a UTF-8 file
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def _spell(value: Any, margin: str, *, flat: bool = True) -> str:
    """JSON, indented. If `flat`, what fits on one line but for one long text stands there; so do numbers, however many.

    Not `json.dumps`: with an indent that puts each number on a line of its own, and is written in Python all the same.
    """
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        items = [f"{encode_basestring(key)}: {_spell(item, margin + ' ')}" for key, item in value.items()]
        inner, begin, end = list(value.values()), "{", "}"
    elif isinstance(value, list) and any(isinstance(item, dict | list | str) for item in value):
        items = [_spell(item, margin + " ") for item in value]
        inner, begin, end = value, "[", "]"
    else:
        return json.dumps(value)
    if flat and _fits(items, inner, len(margin)):
        return begin + ", ".join(items) + end
    return f"{begin}\n{margin} " + f",\n{margin} ".join(items) + f"\n{margin}{end}"


def _fits(items: Sequence[str], values: Sequence[Any], margin: int) -> bool:
    width = margin + sum(len(item) + 2 for item in items)
    longest = max((len(item) for item, value in zip(items, values, strict=True) if isinstance(value, str)), default=0)
    return width - longest < _WIDTH and not any("\n" in item for item in items)


def is_ours(head: bytes) -> bool:
    """Whether a file that begins so is one of ours: our mark stands first in it."""
    return head.lstrip(b"\xef\xbb\xbf{ \t\r\n").startswith(f'"{MARK}"'.encode())


def load(data: bytes, name: str) -> Recorded:
    """What a cassette file holds. Raises CassetteError with the place in file `name` that cannot be read."""
    source = Memory(data)
    recorded = open_file(source, scan(source), name)
    for _ in recorded.recordings:
        pass
    return recorded


def open_file(source: Source, layout: Layout, name: str) -> Recorded:
    """What a cassette file holds, each interaction read when it is asked for, which may raise CassetteError then.

    A file that is not in our layout is read whole.
    """
    if not layout.head:
        return _load_whole(_read(source, source.size, name), name)
    head = _read(source, layout.head, name)
    content = _parsed(head + b"]}", name)
    slices = Slices(source, layout, _load_parts(content, name), name, careful=has_surrogates(head))
    return _recorded(content, slices, name)


def _read(source: Source, end: int, name: str) -> bytes:
    try:
        return bounded(source, 0, end)
    except (OSError, ValueError) as error:
        raise _broken(name, str(error)) from error


def _load_whole(data: bytes, name: str) -> Recorded:
    content = _parsed(data, name)
    interactions = content.get("interactions")
    if not isinstance(interactions, list):
        raise CassetteError(f"{name} holds no list of interactions", fix=FIX)
    parts = _load_parts(content, name)
    recordings = []
    for place, one in enumerate(interactions):
        try:
            recordings.append(load_one(one, parts))
        except UNREADABLE as error:
            raise unreadable(name, place, error) from error
    return _recorded(content, recordings, name)


def _parsed(data: bytes, name: str) -> dict[str, Any]:
    try:
        content = json.loads(data, object_pairs_hook=_without_twins)
    except (ValueError, RecursionError) as error:
        raise CassetteError(f"{name} is not a readable cassette", facts=[str(error)], fix=FIX) from error
    version = content.get(MARK) if isinstance(content, dict) else None
    if not isinstance(content, dict) or version not in _READ or isinstance(version, bool | float):
        fact = f"its version is {version!r:.20}, this pytest-altax reads {' and '.join(map(str, _READ))}"
        raise CassetteError(f"{name} was written by another version of pytest-altax", facts=[fact], fix=FIX)
    return content


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twin = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"{twin!r:.40} stands twice in one object")
    return found


def _recorded(content: Mapping[str, Any], recordings: Sequence[Recording], name: str) -> Recorded:
    layers, header = content.get("layers", {}), content.get("recorded", {})
    if not isinstance(layers, dict) or not all(map(_are_texts, layers.values())):
        raise _broken(name, "its layers are not lists of texts by name")
    if not isinstance(header, dict):
        raise _broken(name, "its header `recorded` is no object")
    return Recorded(recordings, {layer: tuple(texts) for layer, texts in layers.items()}, header)


def _load_parts(content: Mapping[str, Any], name: str) -> Parts:
    parts = content.get("parts", {})
    if not isinstance(parts, dict):
        raise _broken(name, "its parts are no object")
    return Parts(parts)


def _are_texts(texts: Any) -> bool:
    return isinstance(texts, list) and all(isinstance(text, str) for text in texts)


def _broken(name: str, fact: str) -> CassetteError:
    return CassetteError(f"{name} is not a readable cassette", facts=[fact], fix=FIX)
