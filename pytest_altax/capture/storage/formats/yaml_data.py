"""YAML as plain data, straight from the parser's events: no constructor is looked up, so none can be called.

Faster than PyYAML's safe loader, and each value is counted, so that aliases cannot blow a small file up. What is read
agrees with that loader's but for dates and keys, which stay text. `!binary` (Ruby) is `!!binary`; the Python 2
spellings of old cassettes are read as the data they hold; every other tag is refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from ....errors import CassetteError
from ...matching.differ import printable
from .limits import DEEPEST, MOST_BYTES, Allowance, safe, too_large
from .place import Repeated

_YAML = "tag:yaml.org,2002:"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS: dict[str, Any] = {
    first: [
        (tag.removeprefix(_YAML), pattern)
        for tag, pattern in found
        if not tag.endswith((":merge", ":timestamp", ":value"))
    ]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_VALUE = Allowance.VALUE
# Of a number: converting takes the square of its length.
_LONGEST = 100
_NO_KEY: Any = object()
_MERGE: Any = object()
_TEXTS = frozenset(
    {"!", "!ruby/string", *(_YAML + name for name in ("str", "timestamp", "python/str", "python/unicode"))}
)
_BINARY = frozenset({"!binary", _YAML + "binary", _YAML + "python/bytes"})
_LISTS = frozenset({"!", *(_YAML + name for name in ("seq", "python/list", "python/tuple"))})
_MAPPINGS = frozenset({"!", _YAML + "map", _YAML + "python/dict"})
_RUBY_PLAIN = ("!ruby/hash", "!ruby/array")
_Plain: Any = yaml.constructor.SafeConstructor
# How a scalar of each kind is read; Python 2 wrote its own tags for the same.
_CONSTRUCT: dict[str, Callable[[Any, Any], Any]] = {
    "null": _Plain.construct_yaml_null,
    "bool": _Plain.construct_yaml_bool,
    "int": _Plain.construct_yaml_int,
    "float": _Plain.construct_yaml_float,
}
_NUMBERS = {_YAML + prefix + kind: kind for kind in _CONSTRUCT for prefix in ("", "python/")}
_NUMBERS |= {_YAML + "python/none": "null", _YAML + "python/long": "int"}
_FIX = "write the value as plain YAML, or delete the file and record it again: pytest --altax --altax-record=once"


class _Open:
    """A list or mapping whose end has not come yet. `before` is what the file weighed when it began."""

    __slots__ = ("anchor", "before", "key", "merged", "twice", "value")

    def __init__(self, value: Any, anchor: str | None, before: int) -> None:
        self.value, self.anchor, self.before = value, anchor, before
        self.key = _NO_KEY
        self.twice: set[Any] = set()
        self.merged: list[Any] = []


def load(data: bytes, name: str) -> Any:
    """The one document in a YAML file. Raises CassetteError with the line that is wrong or not plain data."""
    loader = _LOADER(data)
    try:
        return _Builder(loader.get_event, name).document()
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise _refused(name, f"{line}{printable(str(error.problem))}") from error
    except yaml.YAMLError as error:
        at = getattr(error, "position", None)
        where = "" if at is None else f"line {data.count(10, 0, at) + 1}, byte {at}: "
        raise _refused(name, f"{where}{printable(str(error).partition(chr(10))[0])}") from error
    finally:
        loader.dispose()


def _refused(name: str, fact: str, fix: str = _FIX) -> CassetteError:
    return CassetteError(f"{safe(name)} cannot be read", facts=[fact], fix=fix)


class _Builder:
    """Puts the events of one document together. `weight` is what all values so far cost, aliases in full."""

    def __init__(self, next_event: Callable[[], Any], name: str) -> None:
        self._next = next_event
        self._name = name
        self._weight = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._stack: list[_Open] = []

    def document(self) -> Any:
        """The document; None for an empty file."""
        root, found = None, False
        while True:
            event = self._next()
            kind = type(event)
            if kind is ScalarEvent:
                value = event.value if event.tag is None and event.style else self._scalar(event)
                self._weight += _VALUE + len(event.value)
                if event.anchor:
                    self._anchors[event.anchor] = (value, _VALUE + len(event.value))
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._begin(event, kind is MappingStartEvent)
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = self._end(event)
            elif kind is AliasEvent:
                value = self._alias(event)
            elif kind is StreamEndEvent or event is None:
                return root
            elif kind is DocumentStartEvent and found:
                raise self._wrong(event, "a second document begins, a cassette is one")
            else:
                continue
            if self._weight > MOST_BYTES:
                raise too_large(self._name, "its values, aliases put in, are")
            if self._stack:
                self._put(event, value)
            else:
                root, found = value, True

    def _put(self, event: Any, value: Any) -> None:
        top = self._stack[-1]
        if type(top.value) is list:
            top.value.append(value)
        elif top.key is _NO_KEY:
            if not isinstance(value, str) and value is not _MERGE:
                raise self._wrong(event, "a key is no text")
            top.key = value
            if value in top.value:
                top.twice.add(value)
        elif top.key is _MERGE:
            top.key = _NO_KEY
            top.merged += value if isinstance(value, list) else [value]
        else:
            top.value[top.key] = value
            top.key = _NO_KEY

    def _begin(self, event: Any, mapping: bool) -> None:
        tag = event.tag
        if tag is not None and tag not in (_MAPPINGS if mapping else _LISTS) and not tag.startswith(_RUBY_PLAIN):
            raise self._tagged(event)
        if len(self._stack) >= DEEPEST:
            raise self._wrong(event, f"lists and mappings are nested more than {DEEPEST} deep")
        self._stack.append(_Open({} if mapping else [], event.anchor, self._weight))
        self._weight += _VALUE
        self._anchors.pop(event.anchor, None)

    def _end(self, event: Any) -> Any:
        top = self._stack.pop()
        value = top.value
        if top.merged:
            value = self._merged(event, top)
        if top.twice:
            value = Repeated(value)
            value.twice = frozenset(top.twice)
        if top.anchor:
            self._anchors[top.anchor] = (value, self._weight - top.before)
        return value

    def _merged(self, event: Any, top: _Open) -> dict[Any, Any]:
        """Its own keys over those of `<<`, of which the first counts."""
        value: dict[Any, Any] = {}
        for one in reversed(top.merged):
            if not isinstance(one, dict):
                raise self._wrong(event, "what is merged with << is no mapping")
            value |= one
        value.update(top.value)
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise self._wrong(event, f"the alias *{printable(event.anchor)[:40]} stands for nothing complete")
        value, weight = self._anchors[event.anchor]
        self._weight += weight
        return value

    def _scalar(self, event: Any) -> Any:
        """A scalar that is plain or has a tag."""
        tag, text = event.tag, event.value
        if tag is None:
            top = self._stack[-1] if self._stack else None
            if top and top.key is _NO_KEY and type(top.value) is dict:
                # all keys are text: numbers as keys could be made to collide
                return _MERGE if text == "<<" else text
            found = _RESOLVERS.get(text[:1], ()) if len(text) <= _LONGEST else ()
            kind = next((kind for kind, pattern in found if pattern.match(text)), None)
            return text if kind is None else self._resolved(event, kind)
        if tag in _TEXTS:
            return text
        if tag in _BINARY:
            return self._binary(event)
        if tag in _NUMBERS:
            return self._resolved(event, _NUMBERS[tag])
        raise self._tagged(event)

    def _resolved(self, event: Any, kind: str) -> Any:
        """The value of a scalar of a kind: null, bool, int or float."""
        if len(event.value) > _LONGEST:
            raise self._wrong(event, f"{printable(event.value)[:40]} is too long for a {kind}")
        node = yaml.ScalarNode(_YAML + kind, event.value)
        try:
            return _CONSTRUCT[kind](_Plain(), node)
        except (ArithmeticError, IndexError, KeyError, ValueError) as error:
            raise self._wrong(event, f"{printable(event.value)[:40]} is no {kind}") from error

    def _binary(self, event: Any) -> bytes:
        try:
            return base64.b64decode("".join(event.value.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise self._wrong(event, f"the base64 of a {event.tag.rpartition(':')[2]} is damaged: {error}") from error

    def _tagged(self, event: Any) -> CassetteError:
        shown = event.tag.replace(_YAML, "!!")
        return self._wrong(event, f"the tag {printable(shown)} asks for an object, only plain data is read")

    def _wrong(self, event: Any, what: str) -> CassetteError:
        return _refused(self._name, f"line {event.start_mark.line + 1}: {what}")
