"""How much of a cassette file is read before it is refused: a hostile file costs bounded time and memory."""

from __future__ import annotations

from typing import ClassVar

from ....errors import CassetteError
from ...matching.differ import printable

# The file itself and what it unpacks to; 10,000 calls of 12 KB in YAML are 120 MiB.
MOST_BYTES = 256 * 2**20
# One body with its content-encoding taken off.
MOST_BODY = 64 * 2**20
# Objects, lists and texts of a file, aliases counted as often as they stand. 10,000 calls in YAML are about 1,000,000.
MOST_VALUES = 4_000_000
DEEPEST = 200


class Allowance:
    """What a file may still unpack to: values, bytes of its text, and bytes of its decoded bodies."""

    __slots__ = ("bodies", "name")

    VALUE: ClassVar[int] = MOST_BYTES // MOST_VALUES

    def __init__(self, name: str) -> None:
        self.name = name
        self.bodies = MOST_BYTES

    def body(self, size: int) -> None:
        """Account for a decoded body of `size` bytes. Raises CassetteError when the file is over its allowance."""
        self.bodies -= size
        if self.bodies < 0:
            raise too_large(self.name, "its bodies, decoded, are")


def too_large(name: str, what: str, most: int = MOST_BYTES) -> CassetteError:
    """The error of a file in which `what` (`its bodies are`, say) larger than the limit of `most` bytes."""
    fix = "take the file from version control, or split it into one cassette a test"
    return CassetteError(f"{safe(name)} was not read: {what} larger than {most >> 20} MiB", fix=fix)


def safe(name: str) -> str:
    """The name of a file as it may be printed: whole, since the path is needed, but without control characters."""
    return "".join(printable(char) for char in name)
