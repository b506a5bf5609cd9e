"""Which cassette a test opens and under what settings: by its marker, by fixtures that a user overrides, by its name.

`altax_config`, `altax_cassette_dir` and `altax_cassette_name` are set up before all else that a test asks for, so they
hold for everything that it does. For a fixture of wider scope the first two hold when they are of its scope or wider.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..capture import CaptureSettings
from ..config import Mark, override
from ..errors import ConfigError
from .paths import cassette_path, fixture_cassette_path
from .state import Run

CONFIG, DIRECTORY, NAME = "altax_config", "altax_cassette_dir", "altax_cassette_name"
_SCOPES = ("function", "class", "module", "package", "session")


@dataclass(frozen=True)
class Place:
    """A cassette to open: its file, the settings it is recorded and replayed under, further files that are read.

    `shared` says that other tests may have the same file.
    """

    path: Path
    settings: CaptureSettings
    more: tuple[Path, ...] = ()
    shared: bool = False


def overridden(node: pytest.Item, names: Sequence[str] = (CONFIG, DIRECTORY, NAME)) -> dict[str, str]:
    """The fixtures of these names that are not ours alone, with the scope that they have for a test."""
    manager = getattr(node.session, "_fixturemanager", None)
    if manager is None or not hasattr(node, "fixturenames"):
        return {}
    found: dict[str, Sequence[Any]] = {name: manager.getfixturedefs(name, node) or () for name in names}
    return {name: str(definitions[-1].scope) for name, definitions in found.items() if len(definitions) > 1}


def usual_place(item: pytest.Item, run: Run, mark: Mark) -> Place:
    """The place of a test that overrides nothing. Raises ConfigError."""
    path = cassette_path(item, run.settings.cassette_dir, mark)
    return Place(path, run.settings.capture, shared=_is_shared(mark))


def _is_shared(mark: Mark) -> bool:
    return mark.cassette is not None or mark.cassette_scope is not None


def overridden_place(request: pytest.FixtureRequest, run: Run, mark: Mark, names: Sequence[str]) -> Place:
    """The place of a test for which these of the fixtures are overridden. Raises ConfigError."""
    values = {name: request.getfixturevalue(name) for name in names}
    item = request.node
    folder = _text(values.get(DIRECTORY), DIRECTORY, item, run.settings.cassette_dir)
    name = _text(values[NAME], NAME, item, "") if NAME in values else None
    settings = _settings(run, item.nodeid, values.get(CONFIG))
    return Place(cassette_path(item, folder, mark, name), settings, shared=name is not None or _is_shared(mark))


def fixture_place(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest, run: Run, *, ours: bool) -> Place:
    """The place of a wider-scoped fixture; `ours` says that none of the overriding fixtures is being set up now."""
    item = request._pyfuncitem
    wider = _SCOPES[_SCOPES.index(str(fixturedef.scope)) :]
    names = {} if not ours else overridden(item, (CONFIG, DIRECTORY))
    values = {name: request.getfixturevalue(name) for name, scope in names.items() if scope in wider}
    folder = _text(values.get(DIRECTORY), DIRECTORY, item, run.settings.cassette_dir)
    settings = _settings(run, f"fixture {fixturedef.argname}", values.get(CONFIG))
    return Place(fixture_cassette_path(fixturedef, request, folder), settings)


def _text(value: Any, fixture: str, item: pytest.Item, default: str) -> str:
    if value is None:
        return default
    if not isinstance(value, str | Path) or not str(value).strip():
        fix = "return a path, as text or as pathlib.Path" if fixture == DIRECTORY else "return a name without suffix"
        raise ConfigError(f"{item.nodeid}: the fixture {fixture} gave {value!r:.60}", fix=fix)
    return str(value)


def _settings(run: Run, whose: str, table: Any) -> CaptureSettings:
    """The run's settings with what `altax_config` says in their place; what an option says goes before that."""
    if table is None:
        return run.settings.capture
    settings = override(table, run.settings.capture, source=f"{whose}: {CONFIG}")
    return dataclasses.replace(settings, **run.asked)
