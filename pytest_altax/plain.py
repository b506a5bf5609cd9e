"""Frozen dataclasses to plain JSON data and back, in one place.

`to_json` gives dicts, lists, strings, numbers, booleans and None only; `from_json` is its inverse and names the field
that does not fit. Empty optional fields are left out, so lines stay short and old readers keep working.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any, Self

from .errors import ResultsError


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_json()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _build(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or kind is object:
        return value
    if origin in (types.UnionType, typing.Union):
        return _build_union(arguments, value, where)
    if origin is tuple:
        return _build_tuple(arguments, value, where)
    if origin is not None and issubclass(origin, Mapping):
        _expect(isinstance(value, dict), "an object", value, where)
        return {key: _build(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(kind, type) and issubclass(kind, Record):
        return kind.from_json(value, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            _expect(False, "one of " + ", ".join(str(member.value) for member in kind), value, where)
    if kind is float:
        _expect(isinstance(value, int | float) and not isinstance(value, bool), "a number", value, where)
        return value
    right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    _expect(right, getattr(kind, "__name__", str(kind)), value, where)
    return value


def _build_union(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in arguments:
        return None
    rest = [argument for argument in arguments if argument is not type(None)]
    return _build(rest[0] if len(rest) == 1 else Any, value, where)


def _build_tuple(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    _expect(isinstance(value, list | tuple), "a list", value, where)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_build(arguments[0], item, f"{where}[{place}]") for place, item in enumerate(value))
    _expect(len(value) == len(arguments), f"{len(arguments)} items", value, where)
    pairs = enumerate(zip(arguments, value, strict=True))
    return tuple(_build(kind, item, f"{where}[{place}]") for place, (kind, item) in pairs)


def _expect(right: bool, wanted: str, value: Any, where: str) -> None:
    if not right:
        raise ResultsError(f"{where}: {wanted} was expected, found {str(value)[:60]!r}")


@functools.cache
def _hints(kind: type[Record]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


class Record:
    """Mixin for frozen dataclasses that travel as plain JSON."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON data; fields that hold their default are left out."""
        plain = {}
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if field.default is not dataclasses.MISSING and value == field.default:
                continue
            if field.default_factory is not dataclasses.MISSING and value == field.default_factory():
                continue
            plain[field.name] = _plain(value)
        return plain

    @classmethod
    def from_json(cls, data: Any, where: str = "") -> Self:
        """The record that `to_json` gave `data` for. Raises ResultsError naming the field that does not fit."""
        where = where or cls.__name__
        _expect(isinstance(data, dict), "an object", data, where)
        hints = _hints(cls)  # type: ignore[arg-type]
        unknown = sorted(set(data) - set(hints))
        _expect(not unknown, "no field " + ", ".join(unknown), data, where)
        values = {name: _build(hints[name], value, f"{where}.{name}") for name, value in data.items()}
        required = [f.name for f in dataclasses.fields(cls) if _is_required(f)]  # type: ignore[arg-type]
        missing = [name for name in required if name not in values]
        _expect(not missing, "field " + ", ".join(missing), data, where)
        return cls(**values)


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
