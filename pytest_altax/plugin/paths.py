"""Where cassettes lie: beside the test file, one file a test, under names that every file system takes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path, PurePath
from typing import Any

import pytest

from ..config import Mark
from ..errors import ConfigError

_UNSAFE = re.compile(r"[^\w.\-\[\]=,+@ ]")
_LONGEST = 120
# File systems count bytes, 255 of them; a digest, a suffix and the temporary name of a save go on top.
_MOST_BYTES = 180
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
_SUFFIXES = (".json", ".yaml", ".yml")


def safe_name(name: str) -> str:
    """`name` as a file name without suffix: unsafe characters become `_`, long ones are cut, a digest tells them apart.

    Safe on Windows too. Two names that differ never give the same result, as far as case-insensitive file systems go.
    """
    cleaned = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    short = _cut(cleaned)
    if short == name and not _RESERVED.match(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{short}-{digest}"


def _cut(name: str) -> str:
    return name[:_LONGEST].encode("utf-8", "replace")[:_MOST_BYTES].decode("utf-8", "ignore")


def cassette_path(item: pytest.Item, folder: str | Path, mark: Mark | None = None, name: str | None = None) -> Path:
    """The cassette of a test: `FOLDER/MODULE/[Class.]test[params].json` beside its file, or the one it shares.

    `name` takes the place of `[Class.]test[params]`, and what the mark says goes before it. Raises ConfigError.
    """
    home = item.path.parent / folder
    module = home / safe_name(item.path.stem)
    names = [node.name for node in _below_file(item)]
    if mark is not None and mark.cassette is not None:
        return named_path(home, mark.cassette, item)
    if mark is not None and mark.cassette_scope == "module":
        return home / f"{module.name}.json"
    if mark is not None and mark.cassette_scope == "class":
        if item.getparent(pytest.Class) is None:
            fix = "say cassette_scope='module', or move the test into a class"
            raise ConfigError(f"{item.nodeid}: cassette_scope is 'class', and the test is in none", fix=fix)
        classes = [node.name for node in _below_file(item) if isinstance(node, pytest.Class)]
        return module / f"{safe_name('.'.join(classes))}.json"
    if name is not None:
        return named_path(module, name, item)
    return module / f"{safe_name('.'.join(names))}.json"


def named_path(folder: Path, name: str, item: pytest.Item) -> Path:
    """The cassette of that name in a folder, or the absolute one within the root folder. Raises ConfigError."""
    root, given = item.config.rootpath, PurePath(name)
    if ".." in given.parts or (given.is_absolute() and not given.is_relative_to(root)):
        fix = "name it from the cassette folder, such as cassette='shop' or cassette='shop/refunds'"
        raise ConfigError(f"{item.nodeid}: the cassette {name!r} lies outside its folder", facts=[f"{folder}"], fix=fix)
    *folders, last = (given.relative_to(root) if given.is_absolute() else given).parts or ("",)
    place = root.joinpath(*folders) if given.is_absolute() else folder.joinpath(*map(safe_name, folders))
    suffix = next((suffix for suffix in _SUFFIXES if last.endswith(suffix)), "")
    return place / f"{safe_name(last.removesuffix(suffix))}{suffix or '.json'}"


def _below_file(item: pytest.Item) -> list[pytest.Item | pytest.Collector]:
    containers = (pytest.Session, pytest.Directory, pytest.File)
    return [node for node in item.listchain() if not isinstance(node, containers)]  # type: ignore[misc]


def fixture_id(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> str:
    """The id of a wider-scoped fixture's own session: `PLACE::scope::fixture[param]`.

    The place is that of its scope, and for the session scope that of its definition; it is left out at the root.
    """
    place = request.node.nodeid if fixturedef.scope != "session" else fixturedef.baseid
    parts = (place if place != "." else "", fixturedef.scope, _named(fixturedef, request))
    return "::".join(part for part in parts if part)


def fixture_cassette_path(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest, folder: str | Path
) -> Path:
    """The cassette of a wider-scoped fixture: beside what it is scoped to, named `@scope-fixture[param].json`."""
    place, _, rest = fixture_id(fixturedef, request).rpartition(f"::{fixturedef.scope}::")
    file, *classes = place.split("::")
    name = ".".join([*classes, f"@{fixturedef.scope}-{rest or _named(fixturedef, request)}"])
    home = request.config.rootpath / file
    if home.is_dir():
        return home / folder / f"{safe_name(name)}.json"
    return home.parent / folder / safe_name(home.stem) / f"{safe_name(name)}.json"


def _named(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> str:
    """The fixture's name, with its parameter by value where that is a plain one, so that others may come before it."""
    if not hasattr(request, "param"):
        return fixturedef.argname
    param = request.param
    plain = isinstance(param, str | int | float | bool | None)
    return f"{fixturedef.argname}[{param if plain else getattr(request, 'param_index', 0)}]"
