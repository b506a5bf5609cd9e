"""Where cassettes lie: beside the test file, one file a test, under names that every file system takes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

_UNSAFE = re.compile(r"[^\w.\-\[\]=,+@ ]")
_LONGEST = 120
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")


def safe_name(name: str) -> str:
    """`name` as a file name without suffix: unsafe characters become `_`, long ones are cut, a digest tells them apart.

    Safe on Windows too. Two names that differ never give the same result, as far as case-insensitive file systems go.
    """
    cleaned = _UNSAFE.sub("_", name).strip(" .")
    if cleaned == name and len(name) <= _LONGEST and not _RESERVED.match(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{cleaned[:_LONGEST]}-{digest}"


def cassette_path(item: pytest.Item, folder: str) -> Path:
    """The cassette of a test: `FOLDER/MODULE/[Class.]test[params].json` beside its file."""
    containers = pytest.Session | pytest.Directory | pytest.File
    names = [node.name for node in item.listchain() if not isinstance(node, containers)]
    return item.path.parent / folder / safe_name(item.path.stem) / f"{safe_name('.'.join(names))}.json"


def fixture_id(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> str:
    """The id of a wider-scoped fixture's own session: `PLACE::scope::fixture[param]`.

    The place is that of its scope, and for the session scope that of its definition; it is left out at the root.
    """
    place = request.node.nodeid if fixturedef.scope != "session" else fixturedef.baseid
    parts = (place if place != "." else "", fixturedef.scope, _named(fixturedef, request))
    return "::".join(part for part in parts if part)


def fixture_cassette_path(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest, folder: str) -> Path:
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
