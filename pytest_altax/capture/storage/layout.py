"""Where the interactions of a cassette file stand, so that each can be read alone: a line `  {` begins one.

That is so in every file that this project writes. A file that somebody laid out anew is read whole instead.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# A raw line end cannot stand inside a JSON string: these are found nowhere else.
_HEAD = b'\n "interactions": [\n'
_BEGIN = b"\n  {\n"
_BEGINS = re.compile(re.escape(_BEGIN))
_LAST = b"\n  }\n ]\n}\n"
_OTHERS = b"\n  },\n"
_BLOCK = 1 << 20
# Larger files stay on the disk while they are replayed, where the system can read them at any place.
_KEPT = 1 << 20
_LARGEST = 1 << 28


class Source(Protocol):
    """The content of a file as it was when it was opened."""

    size: int

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`. Raises OSError."""
        ...


class Memory:
    """Content that is held in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`."""
        return self.data[start:end]


class File:
    """A file that is kept open: what is renamed over it later does not change it. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        self._path = path
        self._known = self._state()
        self.size = self._known[0]

    def _state(self) -> tuple[int, int]:
        told = os.fstat(self._number)
        return told.st_size, told.st_mtime_ns

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`. Raises OSError when somebody wrote into the file since it was opened."""
        data = os.pread(self._number, end - start, start)
        if len(data) != min(end, self.size) - start or self._state() != self._known:
            raise OSError(f"{self._path} was changed while it was being read")
        return data

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self._number)


def opened(path: Path) -> Source:
    """The content of a file: in memory when it is small. Raises OSError."""
    if hasattr(os, "pread") and path.stat().st_size > _KEPT:
        return File(path)
    return Memory(path.read_bytes())


@dataclass(frozen=True, slots=True)
class Layout:
    """What one pass over a file finds. `digest` is of all of it; `starts` are where interactions begin.

    `head` is where the first line after the head begins; 0 when the file is not in our layout.
    """

    digest: bytes
    head: int
    starts: array[int]


def scan(source: Source) -> Layout:
    """Read a file once, in blocks. Raises OSError."""
    digest = hashlib.blake2b(digest_size=20)
    head, starts, kept = 0, array("Q"), b""
    for begin in range(0, source.size, _BLOCK):
        block = source.read(begin, min(begin + _BLOCK, source.size))
        digest.update(block)
        # a mark may lie across two blocks; none is found twice, since what is kept is shorter than it
        text, offset = kept + block, begin - len(kept)
        if not head:
            found = text.find(_HEAD)
            head = offset + found + len(_HEAD) if found >= 0 else 0
        found_here = (offset + match.start() + 1 for match in _BEGINS.finditer(text))
        starts.extend(start for start in found_here if start > begin + 1 - len(_BEGIN))
        kept = text[-len(_HEAD) + 1 :]
    ours = head and starts and starts[0] == head and source.read(source.size - len(_LAST), source.size) == _LAST
    return Layout(digest.digest(), head if ours else 0, starts if ours else array("Q"))


def piece(source: Source, layout: Layout, number: int) -> bytes:
    """The JSON text of one interaction. Raises OSError, or ValueError when it does not end where it has to."""
    starts, last = layout.starts, number + 1 == len(layout.starts)
    text = bounded(source, starts[number], source.size if last else starts[number + 1])
    end = _LAST if last else _OTHERS
    if not text.endswith(end):
        raise ValueError("it does not end where the next one begins")
    return text[: len(text) - len(end) + len(b"\n  }")]


def bounded(source: Source, start: int, end: int) -> bytes:
    """The bytes from `start` to `end`. Raises OSError, or ValueError when that is more than memory is there for."""
    if end - start > _LARGEST:
        raise ValueError(f"{end - start:,} bytes have to be read at once, {_LARGEST:,} are the most")
    return source.read(start, end)


def line(source: Source, offset: int) -> int:
    """The number of the line, from 1, that an offset stands on. Raises OSError."""
    blocks = range(0, offset, _BLOCK)
    return 1 + sum(source.read(begin, min(begin + _BLOCK, offset)).count(b"\n") for begin in blocks)
