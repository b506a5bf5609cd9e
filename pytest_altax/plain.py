"""Frozen dataclasses to plain JSON data and back, in one place.

`to_json` gives dicts, lists, strings, numbers, booleans and None only; `from_json` is its inverse and names the field
that does not fit. Empty optional fields are left out, so lines stay short and old readers keep working.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import Any, Self, TypeVar

from .errors import ResultsError

_R = TypeVar("_R", bound="Record")
Reader = Callable[[Any], Any]
_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})
_AS_READ = {str: (str,), int: (int,), float: (float, int), bool: (bool,)}
_MISSING = dataclasses.MISSING


class _Unfit(Exception):
    """A value that is not what was expected; `where` is its path from the record that was asked for."""

    def __init__(self, wanted: str, value: Any) -> None:
        self.wanted, self.value, self.where = wanted, value, ""


def _plain(value: Any) -> Any:
    if value.__class__ in _AS_THEY_ARE:
        return value
    if isinstance(value, Record):
        return value.to_json()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


@functools.cache
def _reader(kind: Any) -> Reader:
    """What makes a value of a type of its plain JSON data; raises _Unfit."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or kind is object:
        return lambda value: value
    if origin in (types.UnionType, typing.Union):
        return _union_reader(arguments)
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_reader(_reader(arguments[1]))
    if isinstance(kind, type) and issubclass(kind, Record):
        return functools.partial(_read_record, kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_reader(kind)
    return _scalar_reader(kind)


def _union_reader(arguments: tuple[Any, ...]) -> Reader:
    rest = [argument for argument in arguments if argument is not type(None)]
    read = _reader(rest[0] if len(rest) == 1 else Any)
    return (lambda value: None if value is None else read(value)) if len(rest) < len(arguments) else read


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    repeated = len(arguments) == 2 and arguments[1] is Ellipsis
    readers = [_reader(kind) for kind in (arguments[:1] if repeated else arguments)]
    inner = readers[0] if repeated else None

    def read(value: Any) -> tuple[Any, ...]:
        _expect(isinstance(value, list | tuple), "a list", value)
        if not repeated and len(value) != len(readers):
            raise _Unfit(f"{len(readers)} items", value)
        found: list[Any] = []
        try:
            for item in value:
                found.append((inner or readers[len(found)])(item))
        except _Unfit as unfit:
            unfit.where = f"[{len(found)}]{unfit.where}"
            raise
        return tuple(found)

    return read


def _mapping_reader(inner: Reader) -> Reader:
    def read(value: Any) -> dict[str, Any]:
        _expect(isinstance(value, dict), "an object", value)
        found = {}
        name = ""
        try:
            for name, item in value.items():
                found[name] = inner(item)
        except _Unfit as unfit:
            unfit.where = f".{name}{unfit.where}"
            raise
        return found

    return read


def _enum_reader(kind: type[Enum]) -> Reader:
    def read(value: Any) -> Enum:
        try:
            return kind(value)
        except ValueError:
            raise _Unfit("one of " + ", ".join(str(member.value) for member in kind), value) from None

    return read


def _scalar_reader(kind: Any) -> Reader:
    wanted = "a number" if kind is float else getattr(kind, "__name__", str(kind))
    fitting = (int, float) if kind is float else kind

    def read(value: Any) -> Any:
        _expect(isinstance(value, fitting) and (kind is bool or not isinstance(value, bool)), wanted, value)
        return value

    return read


def _read_record(kind: type[_R], data: Any) -> _R:
    if data.__class__ is not dict:
        _expect(isinstance(data, dict), "an object", data)
    fields, required = _shape(kind)  # type: ignore[arg-type]
    values = {}
    name = ""
    try:
        for name, item in data.items():
            fitting, read = fields[name]
            values[name] = item if item.__class__ in fitting else read(item)
    except KeyError:
        raise _Unfit("no field " + ", ".join(sorted(data.keys() - fields.keys())), data) from None
    except _Unfit as unfit:
        unfit.where = f".{name}{unfit.where}"
        raise
    if not required <= values.keys():
        raise _Unfit("field " + ", ".join(name for name in fields if name in required - values.keys()), data)
    return kind(**values)


def _expect(right: bool, wanted: str, value: Any) -> None:
    if not right:
        raise _Unfit(wanted, value)


@functools.cache
def _shape(kind: type[Any]) -> tuple[Mapping[str, tuple[Collection[type], Reader]], frozenset[str]]:
    """Of each field of a record the classes whose values are taken as they are and the reader of others.

    Then the names of the fields that must be given.
    """
    hints = typing.get_type_hints(kind)
    fields = {name: (_AS_READ.get(hint, ()), _reader(hint)) for name, hint in hints.items()}
    return fields, frozenset(
        field.name
        for field in dataclasses.fields(kind)
        if field.default is _MISSING and field.default_factory is _MISSING
    )


@functools.cache
def _defaults(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """The name of each field of a record with its default."""
    return tuple(
        (field.name, field.default if field.default_factory is _MISSING else field.default_factory())
        for field in dataclasses.fields(kind)
    )


class Record:
    """Mixin for frozen dataclasses that travel as plain JSON."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON data; fields that hold their default are left out."""
        plain = {}
        for name, default in _defaults(type(self)):  # type: ignore[arg-type]
            value = getattr(self, name)
            if default is _MISSING or value != default:
                plain[name] = _plain(value)
        return plain

    @classmethod
    def from_json(cls, data: Any, where: str = "") -> Self:
        """The record that `to_json` gave `data` for. Raises ResultsError naming the field that does not fit."""
        try:
            return _read_record(cls, data)
        except _Unfit as unfit:
            place, found = f"{where or cls.__name__}{unfit.where}", str(unfit.value)[:60]
            raise ResultsError(f"{place}: {unfit.wanted} was expected, found {found!r}") from None
