"""`[tool.pytest-altax]` of a `pyproject.toml` into `Settings`, or one error that names everything wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..capture import CaptureSettings, RecordMode
from ..errors import ConfigError, nearest
from ..measurements import Metric
from .document import Document
from .read import Names, Reader
from .settings import Settings

SPEEDS = ("instant", "recorded")


def load(
    path: Path | None,
    *,
    root: Path,
    metrics: Mapping[str, Metric],
    detectors: Collection[str],
    clusterers: Collection[str],
    embedders: Collection[str] = (),
    record: str | None = None,
    replay_speed: str | None = None,
    keep_failures: bool = False,
) -> Settings:
    """The settings of a project; defaults where there is no file or no table in it.

    `record`, `replay_speed` and `keep_failures` go before the file's, where they are given. Paths in messages are given
    from `root`. Raises ConfigError with file, line and column of everything that is wrong.
    """
    said = given(record, replay_speed)
    document = None if path is None else Document.read(path, root)
    table = document.table if document else None
    if document is None or table is None:
        settings = Settings(path=path)
    else:
        settings = Reader(document, table, Names(metrics, detectors, clusterers, embedders)).settings()
    capture: CaptureSettings = dataclasses.replace(settings.capture, **said)
    return dataclasses.replace(settings, capture=capture, keep_failures=keep_failures or settings.keep_failures)


def given(record: str | None = None, replay_speed: str | None = None) -> dict[str, Any]:
    """The fields of CaptureSettings that options set: they go before the file and before `altax_config`."""
    said = {
        "mode": None if record is None else _one_of([mode.value for mode in RecordMode], record, "--altax-record"),
        "replay_speed": None if replay_speed is None else _one_of(SPEEDS, replay_speed, "--altax-replay-speed"),
    }
    fields: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    return {**fields, "mode": RecordMode(fields["mode"])} if "mode" in fields else fields


def _one_of(known: Sequence[str], name: str, option: str) -> str:
    if name not in known:
        what = {"--altax-record": "recording mode"}.get(option, "speed")
        fix = "use one of " + ", ".join(known)
        raise ConfigError(f"{option}={name} is no {what}", did_you_mean=nearest(name, known), fix=fix)
    return name
