"""Taking content-encoding off a body, piece by piece as it arrived.

gzip and deflate always; br and zstd where the package that the client itself needs for them is installed.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Sequence

_Decoder = tuple[Callable[[bytes], bytes], type[Exception]]


def decode_body(body: bytes, encoding: str) -> bytes:
    """A body without its content-encoding; as it is when it does not decode (many clients hand it out decoded)."""
    pieces = decode_pieces([body], encoding) if encoding and body else None
    return body if pieces is None else b"".join(pieces)


def decode_pieces(pieces: Sequence[bytes], encoding: str) -> list[bytes] | None:
    """The same pieces decoded, some perhaps empty; None when they do not decode. A body cut short decodes so far."""
    decoded = list(pieces)
    for name in reversed(encoding.lower().replace(" ", "").split(",")):
        if name in ("", "identity"):
            continue
        decoder = _decoder(name, b"".join(decoded)[:2])
        if decoder is None:
            return None
        decode, error = decoder
        try:
            decoded = [decode(piece) for piece in decoded]
        except error:
            return None
    return decoded


def _decoder(name: str, head: bytes) -> _Decoder | None:
    if name in ("gzip", "x-gzip"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress, zlib.error
    if name == "deflate":
        # RFC 9110 says zlib, some servers send the bare stream: a zlib header is 8 in the low bits, divisible by 31
        wrapped = len(head) == 2 and head[0] & 15 == 8 and int.from_bytes(head, "big") % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS).decompress, zlib.error
    if name == "br":
        return _brotli("brotli") or _brotli("brotlicffi")
    if name == "zstd":
        return _zstd()
    return None


def _brotli(package: str) -> _Decoder | None:
    try:
        module = importlib.import_module(package)
    except ImportError:
        return None
    decompressor = module.Decompressor()
    # Google's binding calls it process, brotlicffi has both names
    return getattr(decompressor, "decompress", None) or decompressor.process, module.error


def _zstd() -> _Decoder | None:
    try:
        standard = importlib.import_module("compression.zstd")
    except ImportError:
        pass
    else:
        return standard.ZstdDecompressor().decompress, standard.ZstdError
    try:
        module = importlib.import_module("zstandard")
    except ImportError:
        return None
    return module.ZstdDecompressor().decompressobj().decompress, module.ZstdError
