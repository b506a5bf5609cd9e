"""Cassette files: found, read by the format they are in, and written so that there is never half a file."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from ..errors import CassetteError
from .recording import Recorded

_SUFFIXES = (".yaml", ".yml")


def find(path: Path) -> Path | None:
    """The file that holds the cassette `path`: ours, or one of vcrpy's beside it under the same name."""
    candidates = (target(path), path, *(path.with_suffix(suffix) for suffix in _SUFFIXES))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def target(path: Path) -> Path:
    """Where a cassette is written: what was read from vcrpy's YAML is kept, ours goes beside it as JSON."""
    return path.with_suffix(".json") if path.suffix in _SUFFIXES else path


def read(path: Path) -> Recorded:
    """What a cassette file holds, in whichever format. Raises CassetteError naming the file."""
    from .formats import FORMATS

    try:
        data = path.read_bytes()
    except OSError as error:
        raise CassetteError(f"{path} cannot be read", facts=[str(error)]) from error
    for one in FORMATS:
        if one.claims(data):
            return one.read(data, str(path))
    fix = "take the file from version control, or delete it and record it again: pytest --altax --altax-record=once"
    raise CassetteError(f"{path} is not a cassette in any known format", fix=fix)


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises CassetteError; the old file is then as it was."""
    temporary = path.with_name(f".altax-{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        kept = "the recordings that were there are kept" if path.exists() else "nothing was recorded"
        raise CassetteError(f"{path} cannot be written: {kept}", facts=[str(error)]) from error
