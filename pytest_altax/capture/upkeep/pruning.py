"""Removing recordings by number from a cassette, ours or vcrpy's, in the format in which it is."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ...errors import CassetteError
from ..recording import numbered, settled
from ..storage import cassette, formats, store
from ..storage.file_digest import file_digest
from ..storage.formats import document, vcrpy
from ..storage.saving import locked
from .scrub_vcr import dumped

_GZIP = b"\x1f\x8b"


def prune(path: Path, digest: str, numbers: Collection[int], *, dry: bool = False) -> None:
    """Take recordings, by number from 0, out of the file of that digest; the file goes where none is left.

    Raises CassetteError for a file that has another content by now, or that cannot be written; it stays as it was.
    """
    with locked(path):
        if file_digest(path) != digest:
            fix = "run the whole suite again: pytest --altax"
            raise CassetteError(f"{path} has changed since the run, nothing is removed from it", fix=fix)
        data = formats.read_bytes(path)
        content = document.unpacked(data, str(path))
        left = _without(content, str(path), frozenset(numbers))
        if dry:
            return
        if left is None:
            path.unlink()
        else:
            store.write(path, gzip.compress(left, mtime=0) if data.startswith(_GZIP) else left)


def _without(content: bytes, name: str, numbers: frozenset[int]) -> bytes | None:
    """The content of a file without some recordings; None when no other is left."""
    if cassette.is_ours(content[:200]):
        recorded = cassette.load(content, name)
        all_ = settled(enumerate(recorded.recordings))
        kept = numbered([[one for number, one in enumerate(all_) if number not in numbers]])
        return cassette.dump(kept, recorded.header, recorded.layers) if kept else None
    parsed = document.parsed(content, name)
    if not vcrpy.claims(parsed) or not isinstance(parsed, dict):
        what = f"{name}: recordings can be removed from cassettes of pytest-altax and vcrpy alone"
        raise CassetteError(what, fix="record it again with pytest --altax --altax-record=all")
    left: dict[str, Any] = {**parsed}
    for key in ("interactions", "requests", "responses"):
        if isinstance(parsed.get(key), list):
            left[key] = [one for number, one in enumerate(parsed[key]) if number not in numbers]
    if not any(left.get(key) for key in ("interactions", "requests")):
        return None
    is_json = content.lstrip()[:1] == b"{"
    return (json.dumps(left, indent=4) + "\n").encode() if is_json else dumped(left)
