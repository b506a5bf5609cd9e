"""Taking the secrets out of a cassette that was written before, by us or by vcrpy, in the format in which it is."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import CassetteError
from ..recording import Recorded
from ..secrets.redact import Redactor
from ..secrets.rules import SecretRules
from ..storage import cassette, formats, store
from ..storage.formats import document, vcrpy
from ..storage.saving import locked
from . import scrub_vcr
from .inspect import inspect

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What came of a file: how many secrets of each kind were replaced; `changed` is whether it is another now."""

    counts: Counter[str]
    changed: bool


def scrub(path: Path, rules: SecretRules, *, dry: bool = False) -> Scrubbed:
    """Rewrite a cassette without its secrets, or (`dry`) only tell what would be.

    Raises CassetteError for a file that does not load, or that has secrets in a format which is only read; it then
    is as it was.
    """
    with locked(path):
        try:
            data = formats.read_bytes(path)
        except OSError as error:
            raise store.unreadable(path, error) from error
        content = document.unpacked(data, str(path))
        redactor = Redactor(rules)
        clean = _cleaned(content, path, redactor)
        changed = clean != content
        if changed and not dry:
            _check(clean, path)
            store.write(path, gzip.compress(clean, mtime=0) if data.startswith(_GZIP) else clean)
    return Scrubbed(redactor.counts, changed)


def _cleaned(content: bytes, path: Path, redactor: Redactor) -> bytes:
    name = str(path)
    if cassette.is_ours(content[:200]):
        return _ours(content, cassette.load(content, name), redactor)
    parsed = document.parsed(content, name)
    formats.read(content, name)
    if not vcrpy.claims(parsed) or not isinstance(parsed, dict):
        found = sum(one.line > 0 for one in inspect(path, redactor.rules))
        if not found:
            return content
        what = f"{name} cannot be scrubbed: only cassettes of pytest-altax and vcrpy can be written"
        fix = "record it again with pytest --altax --altax-record=all"
        raise CassetteError(what, facts=[f"likely secrets in it: {found}"], fix=fix)
    before = json.dumps(parsed, default=repr)
    scrubbed = scrub_vcr.scrubbed(parsed, redactor)
    if json.dumps(scrubbed, default=repr) == before:
        return content
    is_json = content.lstrip()[:1] in (b"{", b"[")
    return _json(scrubbed) if is_json else scrub_vcr.dumped(scrubbed)


def _ours(content: bytes, recorded: Recorded, redactor: Redactor) -> bytes:
    before = list(recorded.recordings)
    # whatever is learned from a later call stands in an earlier one, too
    for one in before:
        redactor.recording(one)
    redactor.counts.clear()
    clean = [redactor.recording(one) for one in before]
    layers = {name: tuple(map(redactor.text, texts)) for name, texts in recorded.layers.items()}
    if clean == before and layers == dict(recorded.layers):
        return content
    return cassette.dump(clean, recorded.header, layers)


def _json(value: Any) -> bytes:
    """JSON as vcrpy writes it."""
    return (json.dumps(value, indent=4) + "\n").encode()


def _check(clean: bytes, path: Path) -> None:
    """What is about to be written must load."""
    read: Callable[[bytes, str], Recorded] = formats.read
    for _ in read(clean, str(path)).recordings:
        pass
