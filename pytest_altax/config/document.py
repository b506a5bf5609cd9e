"""A `pyproject.toml` as read: its data, and where each key of it stands."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .locate import Keys, Place, locate
from .schema import TABLE
from .toml import found, key_written

_OTHER_NAMES = {"altax", "pytest-alignment-tax"}
_NEAR = 0.9  # of difflib: pytest-altx and pytest-atlax are near, pytest-asyncio and pytest-relaxed are not


@dataclass(frozen=True)
class Document:
    """A TOML file: its path, the name by which messages call it, its text and its data."""

    path: Path
    shown: str
    text: str
    data: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path, root: Path) -> Document:
        """Read a file; messages name it from `root`. Raises ConfigError where it is missing, not UTF-8 or not TOML."""
        import tomli

        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        try:
            text = path.read_bytes().decode("utf-8")
            return cls(path, shown, text, tomli.loads(text))
        except OSError as error:
            raise ConfigError(f"{shown} cannot be read: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{shown} is not UTF-8 (byte {error.start + 1})") from error
        except tomli.TOMLDecodeError as error:
            raise ConfigError(f"{shown}:{error.lineno}:{error.colno}: no valid TOML: {error.msg}") from error
        except RecursionError as error:
            raise ConfigError(f"{shown} is nested too deep to be read") from error

    @property
    def table(self) -> Mapping[str, Any] | None:
        """`[tool.pytest-altax]`, None where it is absent. Raises ConfigError for a table under a name that is near."""
        tool = self.data.get("tool")
        if not isinstance(tool, Mapping):
            return None
        for keys in _misnamed(tool):
            shown = ".".join(key_written(name) for name in keys)
            raise ConfigError(
                f"{self.where_in(keys)}: [{shown}] is read by nobody", did_you_mean=f"[{'.'.join(TABLE)}]"
            )
        table = tool.get(TABLE[1])
        if table is not None and not isinstance(table, Mapping):
            raise ConfigError(f"{self.where(())}: 'pytest-altax' in [tool] is {found(table)}; a table is allowed")
        return table

    def where(self, keys: Keys) -> str:
        """`pyproject.toml:14:1`, where a path within `[tool.pytest-altax]` stands, or the nearest table around it."""
        return self.where_in((*TABLE, *keys))

    def where_in(self, keys: Keys) -> str:
        """The same for a path within the document."""
        while keys and keys not in self._places:
            keys = keys[:-1]
        place = self._places.get(keys)
        return f"{self.shown}:{place.line}:{place.column}" if place else self.shown

    def place(self, keys: Keys) -> Place | None:
        """Line, column and written value of a path within `[tool.pytest-altax]`."""
        return self._places.get((*TABLE, *keys))

    @functools.cached_property
    def _places(self) -> dict[Keys, Place]:
        return locate(self.text)


def _misnamed(tool: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The paths of what is meant to be `[tool.pytest-altax]` by another name."""
    for name in sorted(tool):
        if name != TABLE[1] and (name in _OTHER_NAMES or _is_near(name)):
            yield "tool", name
    pytest = tool.get("pytest")
    if isinstance(pytest, Mapping) and "altax" in pytest:
        yield "tool", "pytest", "altax"


def _is_near(name: str) -> bool:
    return difflib.SequenceMatcher(None, _folded(name), _folded(TABLE[1])).ratio() >= _NEAR


def _folded(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
