"""Cassette formats that are read, one module each. Adding one is one module and one line here.

Ours is told by its first bytes. Any other file is parsed once, as plain data, and told by its top level alone.
"""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import Any, Protocol

from ....errors import CassetteError
from ...matching.differ import printable
from ...recording import Recorded
from . import altax, document, har, llama_stack, nock, vcr, vcrpy
from .limits import MOST_BYTES, Allowance, safe, too_large
from .place import Place


class Format(Protocol):
    """How one format of other people's cassettes is recognised and read."""

    TITLE: str

    def claims(self, document: Any) -> bool:
        """Whether the plain data of a file is of this format; looks at its top level alone."""
        ...

    def read(self, root: Place) -> Recorded:
        """What it holds, its recordings in order. Raises CassetteError, which names the file and the place."""
        ...


FORMATS: tuple[Format, ...] = (vcrpy, vcr, har, nock, llama_stack)
KNOWN_SUFFIXES = (".json", ".yaml", ".yml", ".har", ".json.gz", ".yaml.gz", ".yml.gz")

_FIX = "take the file from version control, or delete it and record it again: pytest --altax --altax-record=once"
_HEAD = 16_384
_MARKS = re.compile(
    rb"(?:^|[\n{,])\s*[\"']?(?:(?:http_)?interactions|requests|altax-cassette|scope|entries|request)[\"']?\s*:"
)


def read(data: bytes, name: str) -> Recorded:
    """What the cassette in `data` holds, in whichever format; errors call it `name`. Raises CassetteError."""
    content = document.unpacked(data, name)
    if altax.claims(content):
        return altax.read(content, name)
    try:
        found = document.parsed(content, name)
        for one in FORMATS:
            if one.claims(found):
                return one.read(Place(Allowance(name), "", found))
    except RecursionError as error:
        raise document.broken(name, "it is nested too deeply") from error
    raise _unknown(found, name)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that is not too large for a cassette. Raises OSError and CassetteError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size <= MOST_BYTES:
            return file.read(MOST_BYTES)
    raise too_large(str(path), "it is")


def looks_like_cassette(path: Path) -> bool:
    """Whether a file has the name and, in its first 16 KiB, the marks of a cassette. False where it cannot be read."""
    if not path.name.lower().endswith(KNOWN_SUFFIXES):
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head.startswith(b"\x1f\x8b"):
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD)
    except (OSError, zlib.error):
        return False
    return _MARKS.search(head) is not None


def _unknown(found: Any, name: str) -> CassetteError:
    facts = [f"it is {_looks(found)}", "what is read: " + ", ".join(("pytest-altax", *(one.TITLE for one in FORMATS)))]
    return CassetteError(f"{safe(name)} is not a cassette in any known format", facts=facts, fix=_FIX)


def _looks(found: Any) -> str:
    """What an unknown document is, in a few words that are safe to print."""
    if found is None:
        return "empty"
    shape = Place(Allowance(""), "", found).shape()
    if isinstance(found, list) or (isinstance(found, dict) and "request" not in found):
        return f"{shape}, and holds no requests: answers alone cannot be replayed"
    return shape if isinstance(found, dict) else f"{shape}: {printable(str(found))}"
