"""The plain data in a JSON or YAML file, compressed or not, told apart by content. Nothing in a file is executed."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import re
import zlib
from typing import Any

from ....errors import CassetteError
from .limits import MOST_BYTES, MOST_VALUES, safe, too_large
from .place import Repeated

_GZIP = b"\x1f\x8b"
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_BRACKET = re.compile(rb"\s*[\[{]")
# possessive, so that a text without an end costs its length once
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[,\[{]', re.DOTALL)
_PIECE = 2**20
_FIX = "take the file from version control, or delete it and record it again: pytest --altax --altax-record=once"


def unpacked(data: bytes, name: str) -> bytes:
    """The content of a file as UTF-8 without a byte order mark, gzip taken off. Raises CassetteError."""
    if len(data) > MOST_BYTES:
        raise too_large(name, "it is")
    if data.startswith(_GZIP):
        data = _gunzipped(data, name)
    encoding = next((encoding for bom, encoding in _BOMS.items() if data.startswith(bom)), None)
    if encoding is None:
        return data
    try:
        return data.decode(encoding).encode()
    except UnicodeError as error:
        raise broken(name, f"{error}") from error


def parsed(data: bytes, name: str) -> Any:
    """The document in a file of JSON or YAML. Raises CassetteError with the line, or the byte, that is wrong."""
    if _BRACKET.match(data):
        return _parsed_json(data, name)
    from . import yaml_data

    return yaml_data.load(data, name)


def broken(name: str, fact: str) -> CassetteError:
    """The error of a file that is not what its first bytes promise."""
    return CassetteError(f"{safe(name)} cannot be read", facts=[fact], fix=_FIX)


def _gunzipped(data: bytes, name: str) -> bytes:
    """All members of a gzip file, at most `MOST_BYTES`."""
    pieces, size = [], 0
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        try:
            while piece := file.read(_PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > MOST_BYTES:
                    raise too_large(name, "unpacked it is")
        except EOFError as error:
            raise broken(name, f"it is compressed, and cut off after {len(data)} bytes") from error
        except (OSError, zlib.error) as error:
            raise broken(name, f"it is compressed, and damaged: {error}") from error
    return b"".join(pieces)


def _parsed_json(data: bytes, name: str) -> Any:
    _check_size(data, name)
    try:
        return json.loads(data.decode(), object_pairs_hook=_mapping)
    except UnicodeDecodeError as error:
        raise broken(name, f"line {data.count(10, 0, error.start) + 1}, byte {error.start}: {error.reason}") from error
    except json.JSONDecodeError as error:
        several = " (several JSON values in one file are no cassette)" if error.msg == "Extra data" else ""
        raise broken(name, f"line {error.lineno}, column {error.colno}: {error.msg}{several}") from error
    except RecursionError as error:
        raise broken(name, "its JSON is nested too deeply") from error
    except ValueError as error:
        # an integer of more digits than Python converts
        raise broken(name, str(error)) from error


def _check_size(data: bytes, name: str) -> None:
    """Count the values by commas and brackets; which of them stand inside texts is looked at when there are many."""
    if data.count(b",") + data.count(b"[") + data.count(b"{") <= MOST_VALUES:
        return
    # a value takes up to three: its key, itself, and the comma
    if sum(1 for _ in itertools.islice(_TOKEN.finditer(data), 3 * MOST_VALUES + 1)) > 3 * MOST_VALUES:
        raise CassetteError(f"{safe(name)} was not read: it holds more than {MOST_VALUES:,} values", fix=_FIX)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) == len(pairs):
        return mapping
    repeated, seen = Repeated(mapping), set[str]()
    repeated.twice = frozenset(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return repeated
