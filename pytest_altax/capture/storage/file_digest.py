"""Which content of a cassette the numbers of its recordings go by: results name it, `altax cassettes prune` checks."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path


def file_digest(path: Path) -> str | None:
    """Digest the bytes of a file (blake2b of 8 bytes, 16 hexadecimal digits); None where there is none to read."""
    try:
        status = path.stat()
        return _digest(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _digest(path: Path, size: int, changed: int) -> str:  # noqa: ARG001 - a file that has changed is read again
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
