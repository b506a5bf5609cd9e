"""Our own format; see `pytest_altax.capture.storage.cassette`."""

from __future__ import annotations

from ...recording import Recorded
from ..cassette import is_ours, load


def claims(data: bytes) -> bool:
    """Our mark stands first in the file."""
    return is_ours(data[:200])


def read(data: bytes, name: str) -> Recorded:
    """What is in one of our cassettes."""
    return load(data, name)
