"""How well the samples compress when they are joined."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Sequence

WINDOW = 32 * 1024
_LARGEST = 8 * 1024 * 1024


def compression_ratio(texts: Sequence[str]) -> float | None:
    """Bytes / compressed bytes of the texts joined by spaces, in UTF-8; above 0, None where there are no bytes.

    Compressed once by gzip (Shaib et al. 2024, arXiv 2403.00553; their package compresses twice and reads low). gzip
    sees no repetition further away than 32 KiB, so what is longer than that is compressed by xz.
    """
    data = " ".join(texts).encode("utf-8", "surrogatepass")
    if not data:
        return None
    return len(data) / len(gzip.compress(data, mtime=0) if len(data) <= WINDOW else _xz(data))


def _xz(data: bytes) -> bytes:
    """As `lzma.compress(data)`, which for a short text takes most of its time to clear a dictionary of 8 MiB."""
    size = min(_LARGEST, 1 << (len(data) - 1).bit_length())
    return lzma.compress(data, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": size}])
