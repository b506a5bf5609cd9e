"""Pack a tiktoken rank file into the form that ships as package data.

    python benchmarks/pack_vocabulary.py o200k_base.tiktoken[.gz] pytest_altax/data/o200k_base.xz

A rank file has a line a token, `BASE64 RANK`, ranks from 0 without gaps. Packed: a header line, then for each token in
rank order one byte of length and its bytes, all in xz. The packed file is read back and the SHA-256 of the rebuilt
rank file printed, to be compared with the one in tiktoken's source (`tiktoken_ext/openai_public.py`).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import lzma
import sys
from pathlib import Path

from pytest_altax.text.vocabulary import HEADER, rank_file


def pack(ranks: bytes) -> bytes:
    """The packed form of a rank file. Raises ValueError where ranks have gaps or a token is longer than 255 bytes."""
    tokens = []
    for place, line in enumerate(ranks.splitlines()):
        token, rank = line.split()
        if int(rank) != place:
            raise ValueError(f"line {place + 1} has rank {int(rank)}, {place} was expected")
        tokens.append(base64.b64decode(token))
    plain = HEADER + b"".join(bytes([len(token)]) + token for token in tokens)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]
    return lzma.compress(plain, format=lzma.FORMAT_XZ, filters=filters)


def main(source: Path, target: Path) -> None:
    """Pack `source` into `target` and print sizes and digests."""
    content = source.read_bytes()
    ranks = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    packed = pack(ranks)
    if rank_file(packed) != ranks:
        raise ValueError(f"{source} does not come back byte for byte")
    target.write_bytes(packed)
    print(
        f"{target}: {len(packed):,} bytes, rank file {len(ranks):,} bytes, sha256 {hashlib.sha256(ranks).hexdigest()}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
