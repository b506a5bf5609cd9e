"""Regular expressions and layers of the configuration, compiled and read from their files."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError, nearest
from ..meters.base import Layer

_MOST_FILES = 5_000
_SKIPPED = {"node_modules", "__pycache__", "site-packages"}


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression that fits some text. Raises ConfigError with the position of the mistake."""
    try:
        compiled = re.compile(text)
    except re.error as error:
        position = "" if error.pos is None else f" at character {error.pos + 1}"
        raise ConfigError(f"bad regular expression {text!r}{position}: {error.msg}") from error
    except (OverflowError, RecursionError) as error:
        raise ConfigError(f"regular expression {text[:60]!r} cannot be compiled: {error}") from error
    if compiled.match(""):
        raise ConfigError(f"regular expression {text!r} fits the empty text, so it fits everywhere")
    return compiled


def layer(name: str, table: Mapping[str, Any], folder: Path, *, source: str, line: int | None) -> Layer:
    """A declared layer; `table` has one of `file` (from `folder`), `regex`, `endpoint`, `tag`. Raises ConfigError."""
    if not name.strip() or not name.isprintable():
        raise ConfigError(f"a layer cannot be named {name!r}")
    if "file" in table:
        return Layer(name, text=_file(name, table["file"], folder), source=source, line=line)
    if "regex" in table:
        return Layer(name, pattern=pattern(table["regex"]), source=source, line=line)
    return Layer(name, endpoint=table.get("endpoint"), source=source, line=line)


def _file(name: str, file: str, folder: Path) -> str:
    """The text of a layer's file."""
    try:
        text = (folder / file).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        meant = _nearest_file(file, folder)
        raise ConfigError(f"layer {name!r}: no file {file!r} in {folder}", did_you_mean=meant) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"layer {name!r}: {file!r} is not UTF-8 (byte {error.start + 1})") from error
    except OSError as error:
        raise ConfigError(f"layer {name!r}: {file!r} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"layer {name!r}: {file!r} is no file name: {error}") from error
    if not text.strip():
        raise ConfigError(f"layer {name!r}: {file!r} is empty, so it can match nothing")
    return text


def _nearest_file(file: str, folder: Path) -> str | None:
    known = list(itertools.islice(_files(folder), _MOST_FILES))
    by_name: dict[str, str] = {}
    for path in known:
        by_name.setdefault(path.rpartition("/")[2], path)
    same_name = nearest(file.rpartition("/")[2], by_name)
    return nearest(file, known) or (by_name[same_name] if same_name else None)


def _files(folder: Path) -> Iterator[str]:
    """The files below a folder by their relative names, hidden and installed ones left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n not in _SKIPPED and not n.startswith("."))
        yield from ((Path(place) / name).relative_to(folder).as_posix() for name in sorted(names))
