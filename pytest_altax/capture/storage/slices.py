"""The recordings of a cassette file, each made when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, overload

from ...errors import CassetteError
from ...records import Request
from ..matching.match import Key, Matcher
from ..recording import Recording
from .layout import Layout, Memory, Source, line, piece
from .parts import Parts
from .plainform import examine, load_one

UNREADABLE = (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError)
"""What reading broken data raises."""
FIX = "take the file from version control, or delete it and record it again: pytest --altax --altax-record=once"


def unreadable(name: str, place: int, error: Exception, begins: int = 0) -> CassetteError:
    """The error of the interaction at a place, counted from 0, which begins on the line `begins`, if that is known."""
    where = ""
    if begins:
        at = begins + error.lineno - 1 if isinstance(error, json.JSONDecodeError) else begins
        where = f"line {at}: "
    said = error.msg if isinstance(error, json.JSONDecodeError) else f"{type(error).__name__}: {error}"
    return CassetteError(f"{name}: interaction {place} cannot be read", facts=[f"{where}{said}"], fix=FIX)


def has_surrogates(data: bytes) -> bool:
    """Whether there may be escaped surrogates, which no UTF-8 file can hold otherwise."""
    return b"\\ud" in data or b"\\uD" in data


class Slices(Sequence[Recording]):
    """The recordings of a file in our layout, each made when it is asked for; a small file is parsed once.

    Asking raises CassetteError for an interaction that is broken.
    """

    def __init__(self, source: Source, layout: Layout, parts: Parts, name: str, *, careful: bool) -> None:
        self._source = source
        self._layout = layout
        self._parts = parts
        self._name = name
        self._careful = careful
        self._kept: dict[int, Any] | None = {} if isinstance(source, Memory) else None

    def __len__(self) -> int:
        return len(self._layout.starts)

    @overload
    def __getitem__(self, place: int) -> Recording: ...
    @overload
    def __getitem__(self, place: slice) -> list[Recording]: ...
    def __getitem__(self, place: int | slice) -> Recording | list[Recording]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        return self.answering(range(len(self))[place])

    def __iter__(self) -> Iterator[Recording]:
        return (self[number] for number in range(len(self)))

    def answering(self, number: int, request: Request | None = None) -> Recording:
        """A recording; when `request` has its key, so that nobody asks what the recorded one was, with that instead."""
        with self._naming(number):
            return load_one(self._plain(number), self._parts, request=request)

    def examined(self, matcher: Matcher) -> Iterator[tuple[Key, tuple[str, str]]]:
        """The key, method and URL of each. Raises CassetteError for the first that cannot be read."""
        for number in range(len(self)):
            with self._naming(number):
                yield self._examine(number, matcher)

    def _examine(self, number: int, matcher: Matcher) -> tuple[Key, tuple[str, str]]:
        text = piece(self._source, self._layout, number)
        one = json.loads(text)
        if self._kept is not None:
            self._kept[number] = one
        if self._careful or has_surrogates(text):
            request = load_one(one, self._parts).request
            return matcher.key(request), (request.method, request.url)
        return examine(one, self._parts, matcher)

    def _plain(self, number: int) -> Any:
        if self._kept is None:
            return json.loads(piece(self._source, self._layout, number))
        if number not in self._kept:
            self._kept[number] = json.loads(piece(self._source, self._layout, number))
        return self._kept[number]

    @contextmanager
    def _naming(self, number: int) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unreadable(self._name, number, error) from error
        except UNREADABLE as error:
            begins = line(self._source, self._layout.starts[number])
            raise unreadable(self._name, number, error, begins) from error
