"""A value inside a cassette file and where it stands, so that whatever is wrong with it is told by file and path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ....errors import CassetteError
from ...matching.differ import printable
from .limits import Allowance, safe

_FIX = "take the file from version control, or delete it and record it again: pytest --altax --altax-record=once"


class Repeated(dict[Any, Any]):
    """A mapping that was written with some of its keys (`twice`) more than once; the last one counts."""

    twice: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """A value and its path from the top of the file, such as `interactions[3].request.body`.

    Every method raises CassetteError, naming file and path, when the value is not what is asked for.
    """

    allowance: Allowance
    path: str
    value: Any

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.allowance.name

    def at(self, *keys: str) -> Place:
        """What stands under the first of `keys` that is there."""
        found = self.get(*keys)
        if found is None:
            raise self.refuse(f"has no {keys[0]} (it has {self.shape()})")
        return found

    def get(self, *keys: str) -> Place | None:
        """What stands under the first of `keys` that is there and not null."""
        mapping = self.mapping()
        for key in keys:
            if mapping.get(key) is not None:
                if isinstance(mapping, Repeated) and key in mapping.twice:
                    raise self.refuse(f"has two entries {key}: only one of them can be meant")
                return Place(self.allowance, f"{self.path}.{key}" if self.path else key, mapping[key])
        return None

    def items(self) -> Iterator[Place]:
        """The items of a list; none where nothing stands."""
        if not isinstance(self.value, list | None):
            raise self.refuse(f"is no list: it is {self.shape()}")
        for number, item in enumerate(self.value or ()):
            yield Place(self.allowance, f"{self.path}[{number}]", item)

    def mapping(self) -> dict[Any, Any]:
        """The value, which must be a mapping."""
        if not isinstance(self.value, dict):
            raise self.refuse(f"is no mapping: it is {self.shape()}")
        return self.value

    def text(self) -> str:
        """The value as text, a number or a truth value as JSON writes it. Text that is no Unicode is refused."""
        value = self.value.decode("latin-1") if isinstance(self.value, bytes) else self.value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, dict | list | None):
            raise self.refuse(f"is no text: it is {self.shape()}")
        self.encoded(str(value))
        return str(value)

    def encoded(self, text: str) -> bytes:
        """Text as UTF-8."""
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            raise self.refuse(f"holds half of a surrogate pair at character {error.start}") from None

    def number(self) -> int:
        """The value as a whole number."""
        value = self.value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(f"is no whole number: it is {self.shape()}")
        return value

    def shape(self) -> str:
        """What the value is, in a few words that are safe to print."""
        value = self.value
        if isinstance(value, dict):
            keys = ", ".join(printable(str(key))[:30] for key in list(value)[:6])
            return f"a mapping with {keys}{', ...' if len(value) > 6 else ''}" if value else "an empty mapping"
        kinds = {list: "a list", str: "a text", bytes: "binary data", type(None): "nothing", bool: "true or false"}
        return kinds.get(type(value), "a number")

    def refuse(self, why: str, fix: str = _FIX) -> CassetteError:
        """The error to raise for this place; `why` goes on from its path."""
        where = printable(self.path) if self.path else "the document"
        return CassetteError(f"{safe(self.file)} cannot be read", facts=[f"{where} {why}"], fix=fix)
