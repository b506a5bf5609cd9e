"""Opening a cassette for replay: its recordings by key, without reading again what was read before.

What is computed from a large file is kept in a cache, in files named by the content of the cassette and by all else
that it depends on. Whatever is wrong with such a file, it is made anew; nothing in it is executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ... import __version__
from ...errors import CassetteError
from ..matching.match import Key, Matcher
from ..recording import Recorded, Recording, numbered, settled
from ..secrets import redact
from . import cassette, layout, store
from .layout import Layout, Source
from .saving import write_whole
from .slices import Slices

# Bytes. A smaller file is read in less time than it takes to look for its cache.
_CACHED = 256 * 1024
_CHECK = 40
_DIGEST = 16
_LONGEST = 30 * 24 * 3600.0


Clean = Callable[[Recording], Recording]


class Opened(NamedTuple):
    """A cassette for replay. `keys` are those of its recordings, `places` the methods and URLs that occur.

    `digest` is of the content of the file: equal while nobody writes it.
    """

    recorded: Recorded
    keys: Sequence[Key]
    places: Sequence[tuple[str, str]]
    digest: bytes


def open_cassette(path: Path, matcher: Matcher, cache: Path | None = None, clean: Clean | None = None) -> Opened:
    """A cassette in whichever format. Raises CassetteError, naming the file, when anything in it cannot be read.

    `clean` is done to what others recorded, which the user's rules have never seen.
    """
    try:
        source = layout.opened(path)
        found = layout.scan(source)
        if cassette.is_ours(source.read(0, 200)):
            return _ours(source, found, str(path), matcher, cache)
    except OSError as error:
        raise store.unreadable(path, error) from error
    return _foreign(path, found.digest, source.size, matcher, None if clean else cache, clean)


def together(first: Opened, more: Sequence[Opened]) -> Opened:
    """A cassette followed by the recordings of others, whose texts of layers are not known apart."""
    if not more:
        return first
    every = (first, *more)
    recordings = numbered([settled(enumerate(one.recorded.recordings)) for one in every])
    keys = [key for one in every for key in one.keys]
    places = list(dict.fromkeys(place for one in every for place in one.places))
    return Opened(first.recorded._replace(recordings=recordings), keys, places, first.digest)


class Snapshot(NamedTuple):
    """What a file held at some time, its interactions not looked at yet if it is one of ours; `digest` as above."""

    recorded: Recorded
    digest: bytes


def snapshot(path: Path) -> Snapshot | None:
    """What a file holds now; None when there is none. Raises CassetteError."""
    try:
        source = layout.opened(path)
        found = layout.scan(source)
        ours = cassette.is_ours(source.read(0, 200))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store.unreadable(path, error) from error
    return Snapshot(cassette.open_file(source, found, str(path)) if ours else store.read(path), found.digest)


def _ours(source: Source, found: Layout, name: str, matcher: Matcher, cache: Path | None) -> Opened:
    recorded = cassette.open_file(source, found, name)
    file = _file(cache, found.digest, matcher, "keys") if cache and source.size > _CACHED else None
    known = _read_keys(file, len(recorded.recordings)) if file and found.head else None
    keys, places = known or _keys(recorded.recordings, matcher)
    if file and found.head and not known:
        _write_keys(file, keys, places)
    return Opened(recorded, keys, places, found.digest)


def _foreign(path: Path, digest: bytes, size: int, matcher: Matcher, cache: Path | None, clean: Clean | None) -> Opened:
    """A cassette of another format; a large one is kept in the cache in ours."""
    file = _file(cache, digest, matcher, "copy") if cache and size > _CACHED else None
    if file and file.is_file():
        with contextlib.suppress(CassetteError):
            return open_cassette(file, matcher, cache)._replace(digest=digest)
    recorded = store.read(path)
    if clean:
        recorded = recorded._replace(recordings=[clean(one) for one in recorded.recordings])
    if file:
        _write(file, cassette.dump(recorded.recordings, recorded.header, recorded.layers))
    return Opened(recorded, *_keys(recorded.recordings, matcher), digest)


def _keys(recordings: Iterable[Recording], matcher: Matcher) -> tuple[list[Key], list[tuple[str, str]]]:
    keys: list[Key] = []
    places: dict[tuple[str, str], None] = {}
    for key, place in _examined(recordings, matcher):
        keys.append(key)
        places[place] = None
    return keys, list(places)


def _examined(recordings: Iterable[Recording], matcher: Matcher) -> Iterable[tuple[Key, tuple[str, str]]]:
    if isinstance(recordings, Slices):
        return recordings.examined(matcher)
    requests = (recording.request for recording in recordings)
    return ((matcher.key(request), (request.method, request.url)) for request in requests)


def _file(cache: Path, digest: bytes, matcher: Matcher, kind: str) -> Path:
    patterns = [(pattern.pattern, pattern.flags) for pattern in matcher.ignore]
    told = repr([cassette.VERSION, matcher.VERSION, redact.VERSION, __version__, patterns]).encode()
    return cache / f"{hashlib.blake2b(digest + told, digest_size=20).hexdigest()}.{kind}.json"


def _read_keys(file: Path, count: int) -> tuple[list[Key], list[tuple[str, str]]] | None:
    """The keys and places in a cache file; None when there is none, or it is not one of ours."""
    try:
        data = file.read_bytes()
        if data[:_CHECK] != _check(data[_CHECK:]):
            return None
        told = json.loads(data[_CHECK:])
        whats, origins = bytes.fromhex(told["keys"]), told["origins"]
        pieces = (whats[start : start + _DIGEST] for start in range(0, len(whats), _DIGEST))
        keys = [Key(origins[at], what) for at, what in zip(told["at"], pieces, strict=True)]
        places = [(str(method), str(url)) for method, url in told["places"]]
    except (OSError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        return None
    return (keys, places) if len(keys) == count and len(whats) == count * _DIGEST else None


def _write_keys(file: Path, keys: Sequence[Key], places: Sequence[tuple[str, str]]) -> None:
    origins = list(dict.fromkeys(key.origin for key in keys))
    numbers = {origin: number for number, origin in enumerate(origins)}
    told: dict[str, Any] = {"origins": origins, "places": places, "at": [numbers[key.origin] for key in keys]}
    data = json.dumps({**told, "keys": b"".join(key.what for key in keys).hex()}).encode()
    _write(file, _check(data) + data)


def _check(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_CHECK // 2).hexdigest().encode()


def _write(file: Path, data: bytes) -> None:
    """Keep something in the cache, if that can be, and drop what has been there for a month."""
    with contextlib.suppress(OSError):
        write_whole(file, data)
        for other in file.parent.glob("*.json"):
            if time.time() - other.stat().st_mtime > _LONGEST:
                other.unlink()
