"""A chat API that answers in the content-encoding its path names, where the client accepts it, plain or streamed."""

from __future__ import annotations

import gzip
import importlib
import json
import zlib
from collections.abc import Iterator
from typing import Any

from serving import Asked, Reply

# Each with its compressor; the packages are those that the clients need for it themselves
ENCODINGS = ("gzip", "deflate", "br", "zstd")


def plain_api(asked: Asked) -> Reply:
    """`/ENCODING/...` gives JSON so encoded, `/ENCODING/stream` the same line by line; a form is told its length."""
    encoding, way = asked.path.split("/")[1:3]
    if encoding not in f"identity, {asked.headers.get('accept-encoding')}":
        return Reply(status=406)
    headers = {} if encoding == "identity" else {"content-encoding": encoding}
    lines = [{"encoding": encoding, "number": asked.number, "length": len(asked.body)}, asked.json]
    if way == "stream":
        pieces = encoded(encoding, (json.dumps(line).encode() + b"\n" for line in lines * 3))
        return Reply(pieces=pieces, headers=headers, type="application/x-ndjson")
    body = b"".join(encoded(encoding, [json.dumps(lines).encode()]))
    return Reply(body, headers=headers)


def encoded(encoding: str, pieces: Any) -> Iterator[bytes]:
    """The pieces in an encoding, each sent as soon as it is there."""
    if encoding == "identity":
        yield from pieces
    elif encoding == "zstd":
        # one frame each would be legal too, but no client reads more than the first
        yield importlib.import_module("zstandard").compress(b"".join(pieces))
    else:
        compress, flush, finish = _compressor(encoding)
        yield from (compress(piece) + flush() for piece in pieces)
        yield finish()


def _compressor(encoding: str) -> tuple[Any, Any, Any]:
    if encoding == "br":
        made = importlib.import_module("brotli").Compressor()
        return made.process, made.flush, made.finish
    made = zlib.compressobj(wbits=zlib.MAX_WBITS | 16) if encoding == "gzip" else zlib.compressobj()
    return made.compress, lambda: made.flush(zlib.Z_SYNC_FLUSH), made.flush


def decoded(body: bytes, encoding: str | None) -> Any:
    """JSON that a client hands out as it came."""
    return json.loads(gzip.decompress(body) if encoding == "gzip" else body)
