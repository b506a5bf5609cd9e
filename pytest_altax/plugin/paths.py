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
    file = item.path
    parts = item.nodeid.split("::")[1:] or [item.name]
    return file.parent / folder / safe_name(file.stem) / f"{safe_name('.'.join(parts))}.json"


def fixture_cassette_path(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest, folder: str) -> Path:
    """The cassette of a wider-scoped fixture: beside what it is scoped to, named `@scope-fixture[param].json`."""
    node = request.node
    name = f"@{fixturedef.scope}-{fixturedef.argname}"
    if hasattr(request, "param"):
        name += f"[{getattr(request, 'param_index', 0)}]"
    if isinstance(node, pytest.Class | pytest.Module):
        file = node.path
        scope = node.nodeid.split("::")[1:]
        return file.parent / folder / safe_name(file.stem) / f"{safe_name('.'.join([*scope, name]))}.json"
    home = request.config.rootpath / fixturedef.baseid if fixturedef.baseid else request.config.rootpath
    return (home if home.is_dir() else home.parent) / folder / f"{safe_name(name)}.json"
