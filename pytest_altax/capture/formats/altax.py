"""Our own format; see `pytest_altax.capture.cassette`."""

from __future__ import annotations

from ..cassette import MARK, load
from ..recording import Recorded


def claims(data: bytes) -> bool:
    """Our mark stands first in the file."""
    return data[:200].lstrip(b"\xef\xbb\xbf{ \t\r\n").startswith(f'"{MARK}"'.encode())


def read(data: bytes, name: str) -> Recorded:
    """What is in one of our cassettes."""
    return load(data, name)
