"""A `pyproject.toml` as read: its data, and where each key of it stands."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .locate import Keys, Place, locate
from .schema import TABLE
from .toml import found

_OTHER_NAMES = {"altax", "pytest_altax", "pytestaltax", "pytest-alignment-tax"}


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
        for name in sorted(_OTHER_NAMES & set(tool)):
            raise ConfigError(
                f"{self.where_in(('tool', name))}: [tool.{name}] is read by nobody", did_you_mean="[tool.pytest-altax]"
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
