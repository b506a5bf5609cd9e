"""Taking content-encoding off a body, piece by piece as it arrived.

gzip and deflate always; br and zstd where the package that the client itself needs for them is installed.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Sequence

_Decoder = tuple[Callable[[bytes], bytes], type[Exception]]
# (data, at most so many bytes) -> what came out, and whether the end was reached
_Bounded = tuple[Callable[[bytes, int], tuple[bytes, bool]], type[Exception]]
_SLICE = 1024


class TooLarge(Exception):
    """A body that is larger than it may be once its content-encoding is taken off."""


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


def decode_whole(body: bytes, encoding: str, most: int) -> tuple[bytes, bool] | None:
    """A recorded body without its content-encoding, and whether its end was there; None when it does not decode.

    Raises TooLarge before more than about `most` bytes are made of it.
    """
    complete = True
    for name in reversed(encoding.lower().replace(" ", "").split(",")):
        if name in ("", "identity"):
            continue
        bounded = _bounded(name, body[:2])
        if bounded is None:
            return None
        decode, error = bounded
        try:
            body, ended = decode(body, most + 1)
        except error:
            return None
        if len(body) > most:
            raise TooLarge(encoding)
        complete = complete and ended
    return body, complete


def _bounded(name: str, head: bytes) -> _Bounded | None:
    if name in ("gzip", "x-gzip", "deflate"):
        stream = zlib.decompressobj(_window(name, head))
        return lambda data, most: (stream.decompress(data, most), stream.eof), zlib.error
    if name == "br":
        return _bounded_brotli("brotli") or _bounded_brotli("brotlicffi")
    return _bounded_zstd() if name == "zstd" else None


def _window(name: str, head: bytes) -> int:
    """The window bits for zlib."""
    if name != "deflate":
        return zlib.MAX_WBITS | 16
    # RFC 9110 says zlib, some servers send the bare stream: a zlib header is 8 in the low bits, divisible by 31
    wrapped = len(head) == 2 and head[0] & 15 == 8 and int.from_bytes(head, "big") % 31 == 0
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS


def _bounded_brotli(package: str) -> _Bounded | None:
    try:
        module = importlib.import_module(package)
    except ImportError:
        return None
    stream = module.Decompressor()
    process = getattr(stream, "process", None) or stream.decompress

    def decode(data: bytes, most: int) -> tuple[bytes, bool]:
        try:
            return process(data, output_buffer_limit=most), stream.is_finished()
        except TypeError:
            # before brotli 1.2 there was no limit: small slices keep what is made at once small
            made: list[bytes] = []
            for start in range(0, len(data), _SLICE):
                made.append(process(data[start : start + _SLICE]))
                if sum(map(len, made)) >= most:
                    break
            return b"".join(made), stream.is_finished()

    return decode, module.error


def _bounded_zstd() -> _Bounded | None:
    try:
        standard = importlib.import_module("compression.zstd")
    except ImportError:
        pass
    else:
        stream = standard.ZstdDecompressor()
        return lambda data, most: (stream.decompress(data, most), stream.eof), standard.ZstdError
    try:
        module = importlib.import_module("zstandard")
    except ImportError:
        return None

    def decode(data: bytes, most: int) -> tuple[bytes, bool]:
        made = module.ZstdDecompressor(max_window_size=2**27).stream_reader(data).read(most)
        whole = module.ZstdDecompressor().decompressobj()
        # it is known by now that all of it is small enough
        ended = len(made) < most and whole.decompress(data) == made and whole.eof
        return made, ended

    return decode, module.ZstdError


def _decoder(name: str, head: bytes) -> _Decoder | None:
    if name in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(_window(name, head)).decompress, zlib.error
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
