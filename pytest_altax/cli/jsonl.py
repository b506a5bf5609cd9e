"""JSON lines from files, from gzip and from standard input: one object at a time, mistakes told by file and line."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from typing import IO, Any, cast

from ..errors import AnswersError, nearest
from ..report.safe import plain

STANDARD_INPUT = "-"
LONGEST_LINE = 1 << 26
_MARK = "\ufeff"
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_KINDS = {dict: "an object", list: "an array", str: "text", bool: "true or false", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Row:
    """One object: its place, such as `answers.jsonl:12`, and what it holds."""

    where: str
    data: Mapping[str, Any]

    def text(self, key: str) -> str | None:
        """A text that may be left out, None where it is absent or null. Raises AnswersError for anything else."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(f"{key!r} is {_kind(value)}; text or null is allowed", "write it as text")
        return value

    def needed(self, key: str) -> str | None:
        """A text or null that must be there. Raises AnswersError where it is absent or something else."""
        if key not in self.data:
            meant = nearest(key, map(str, self.data)) or _other_name(key, self.data)
            fix = f"give every line a {key!r}, text or null"
            if meant:
                fix = f"rename {plain(meant, 40)!r} to {key!r}"
            raise self.wrong(f"no {key!r} in this object", fix)
        return self.text(key)

    def wrong(self, what: str, fix: str, did_you_mean: str | None = None) -> AnswersError:
        """An error at this place."""
        return AnswersError(f"{self.where}: {what}", did_you_mean=did_you_mean, fix=fix)


def rows(names: Sequence[str]) -> Iterator[Row]:
    """The objects of files in order, `-` being standard input; blank lines are left out, byte order marks ignored.

    A file that begins as gzip does is unpacked, whatever its name. Memory is that of one line. Raises AnswersError for
    a line that is no UTF-8, no JSON, no object or longer than 64 MiB, and for a file that cannot be read.
    """
    for name in names:
        shown = "standard input" if name == STANDARD_INPUT else plain(name)
        for number, line in _lines(name, shown):
            where = f"{shown}:{number}"
            text = _decoded(line, where).strip().lstrip(_MARK)
            if text:
                yield Row(where, _object(text, where))


def _lines(name: str, shown: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    with _told_as(shown), _opened(name) as file:
        while True:
            try:
                line = file.readline(LONGEST_LINE + 1)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                said = f"{shown}:{number + 1}: the gzip data is broken or cut short: {error}"
                raise AnswersError(said, fix="pack the file again, or give it unpacked") from error
            if not line:
                return
            number += 1
            if len(line) > LONGEST_LINE:
                fix = "give one JSON object a line; of an array, jq -c '.[]' makes such lines"
                raise AnswersError(f"{shown}:{number}: the line is longer than {LONGEST_LINE:,} bytes", fix=fix)
            yield number, line


@contextmanager
def _told_as(shown: str) -> Iterator[None]:
    """An operating system's refusal to read, as an error of ours."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AnswersError(f"{shown} cannot be read: {error.strerror or error}") from error


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    if name == STANDARD_INPUT:
        yield _unpacked(cast(BufferedReader, sys.stdin.buffer))  # not ours to close
        return
    with open(name, "rb") as file:
        yield _unpacked(file)


def _unpacked(file: BufferedReader) -> IO[bytes]:
    peek = getattr(file, "peek", None)
    first = peek(2)[:2] if peek else b""
    return cast(IO[bytes], gzip.GzipFile(fileobj=file)) if first == _GZIP else file


def _decoded(line: bytes, where: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        if line.startswith(_UTF_16):
            what, fix = "this is UTF-16", "iconv -f UTF-16 -t UTF-8 makes UTF-8 of it"
        else:
            what = f"not UTF-8 at byte {error.start + 1} of the line (0x{line[error.start]:02x})"
            fix = "write the file as UTF-8; iconv -f CP1252 -t UTF-8 converts one of Windows"
        raise AnswersError(f"{where}: {what}", fix=fix) from error


def _object(text: str, where: str) -> dict[str, Any]:
    fix = "give one JSON object a line"
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if text[0] in "{[" and error.pos >= len(text):
            each = "." if text[0] == "{" else "'.[]'"
            fix = f"give each object on one line; jq -c {each} joins what is spread over several"
        raise AnswersError(f"{where}: not JSON: {error.msg} at column {error.colno}", fix=fix) from error
    except RecursionError as error:
        raise AnswersError(f"{where}: nested too deep to be read", fix=fix) from error
    except ValueError as error:
        raise AnswersError(f"{where}: not JSON that can be read: {plain(str(error), 120)}", fix=fix) from error
    if not isinstance(value, dict):
        fix = (
            "give one JSON object a line; of an array, jq -c '.[]' makes such lines" if value.__class__ is list else fix
        )
        raise AnswersError(f"{where}: {_kind(value)}, where an object is wanted", fix=fix)
    return value


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number")


def _other_name(key: str, data: Mapping[str, Any]) -> str | None:
    """What others call the same thing."""
    names = {"response": ("answer", "completion", "output", "text", "content", "generation", "model_output")}
    return next((name for name in names.get(key, ()) if isinstance(data.get(name), str)), None)
