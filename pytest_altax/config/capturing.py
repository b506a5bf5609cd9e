"""How calls are recorded: the keys of `[tool.pytest-altax]` that say it, in the table itself or in `altax_config`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..capture import CaptureSettings, RecordMode
from ..errors import ConfigError, nearest
from . import patterns
from .locate import Keys
from .problems import Problem, Problems
from .schema import header, violations
from .secrets import secret_rules
from .toml import found

# Key: the field of CaptureSettings that it sets, and how its value is read.
_FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "record": ("mode", RecordMode),
    "hosts": ("hosts", lambda hosts: tuple(host.lower() for host in hosts)),
    "block-network": ("block_network", bool),
    "replay-speed": ("replay_speed", str),
}
KEYS = (*_FIELDS, "match", "secrets")
"""The keys that concern recording, all of which `altax_config` may override."""


def capture_settings(
    table: Mapping[str, Any], problems: Problems, base: CaptureSettings | None = None
) -> CaptureSettings:
    """`base`, or the defaults, with what the table says in its place; keys already found wrong are left alone."""
    said: dict[str, Any] = {}
    for key, (field, read) in _FIELDS.items():
        if key in table and not problems.touch(key):
            said[field] = read(table[key])
    if "match" in table and not problems.touch("match"):
        said["ignore"] = tuple(_ignored(table["match"].get("ignore", ()), problems))
    return dataclasses.replace(base or CaptureSettings(), **said)


def override(table: object, base: CaptureSettings, *, source: str) -> CaptureSettings:
    """`base` with what the mapping of an `altax_config` fixture says in its place; `source` names it in errors.

    Raises one ConfigError for everything that cannot be used, unknown keys among it.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(f"{source} is {found(table)}; a mapping is allowed", fix='for example {"record": "none"}')
    problems = Problems(source, lambda _: source)
    for key in table:
        if key not in KEYS:
            problems.add(_unknown(str(key)))
    for problem in violations({key: value for key, value in table.items() if key in KEYS}):
        problems.add(dataclasses.replace(problem, what=problem.what.replace(header(())[1:-1], "altax_config")))
    settings = capture_settings(table, problems, base)
    if "secrets" in table:
        secrets = dataclasses.replace(secret_rules(table, problems), functions=base.secrets.functions)
        settings = dataclasses.replace(settings, secrets=secrets)
    problems.stop()
    return settings


def _unknown(key: str) -> Problem:
    meant = nearest(key, KEYS)
    keys: Keys = (key,)
    return Problem(keys, f"unknown key {key!r}", meant, None if meant else "allowed are " + ", ".join(sorted(KEYS)))


def _ignored(texts: Any, problems: Problems) -> Iterator[re.Pattern[str]]:
    for index, text in enumerate(texts):
        with problems.at("match", "ignore", index):
            yield patterns.pattern(text)
