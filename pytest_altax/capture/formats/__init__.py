"""Cassette formats that are read, one module each. Adding one is one module and one line here."""

from __future__ import annotations

from typing import Protocol

from ..recording import Recorded
from . import altax, vcrpy


class Format(Protocol):
    """How one cassette format is recognised and read."""

    def claims(self, data: bytes) -> bool:
        """Whether the content of a file is of this format; looks at no more than it must."""
        ...

    def read(self, data: bytes, name: str) -> Recorded:
        """What it holds, its recordings in order. Raises CassetteError, which names the file `name` and the place."""
        ...


FORMATS: tuple[Format, ...] = (altax, vcrpy)
