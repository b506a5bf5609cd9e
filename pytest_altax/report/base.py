"""The protocol of a report format."""

from __future__ import annotations

from typing import Protocol

from .model import Results


class Reporter(Protocol):
    """One format, selected with `--altax-report=NAME[:DEST]`.

    `destination` is the file written when the user names none, or None for formats that are printed. `render` is pure:
    the same results give the same text, byte for byte.
    """

    destination: str | None

    def render(self, results: Results) -> str:
        """The whole report as text."""
        ...
