"""Cassette files: found, read by the format they are in, and written so that there is never half a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ...errors import CassetteError
from ..recording import Recorded
from .saving import locked, write_whole

_SUFFIXES = (".yaml", ".yml", ".yaml.gz", ".yml.gz", ".json.gz", ".har")


def find(path: Path) -> Path | None:
    """The file that holds the cassette `path`: ours, or one of another recorder beside it under the same name."""
    ours = target(path)
    candidates = (ours, path, *(ours.with_name(ours.stem + suffix) for suffix in _SUFFIXES))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def target(path: Path) -> Path:
    """Where a cassette is written: what was read from vcrpy's YAML or the like is kept, ours goes beside it."""
    foreign = next((suffix for suffix in _SUFFIXES if path.name.endswith(suffix)), None)
    return path.with_name(path.name.removesuffix(foreign) + ".json") if foreign else path


def read(path: Path) -> Recorded:
    """What a cassette file holds, in whichever format. Raises CassetteError naming the file."""
    from . import formats

    try:
        data = formats.read_bytes(path)
    except OSError as error:
        raise unreadable(path, error) from error
    return formats.read(data, str(path))


def unreadable(path: Path, error: OSError) -> CassetteError:
    """The error of a file that the system does not let us read."""
    return CassetteError(f"{path} cannot be read", facts=[str(error)])


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises CassetteError; the old file is then as it was."""
    try:
        write_whole(path, data)
    except OSError as error:
        kept = "the recordings that were there are kept" if os.path.exists(path) else "nothing was recorded"
        raise CassetteError(f"{path} cannot be written: {kept}", facts=[str(error)]) from error


def rewrite(path: Path, change: Callable[[Recorded], bytes | None]) -> bool:
    """Put what `change` makes of a cassette in its place while nobody else writes it; None leaves it as it is.

    Says whether it was written. Raises CassetteError; the old file is then as it was.
    """
    with locked(path):
        data = change(read(path))
        if data is not None:
            write(path, data)
        return data is not None
