"""`[tool.pytest-altax]` of a `pyproject.toml` into `Settings`, or one error that names everything wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from pathlib import Path

from ..capture import CaptureSettings, RecordMode
from ..errors import ConfigError, nearest
from ..measurements import Metric
from .document import Document
from .read import Names, Reader
from .settings import Settings


def load(
    path: Path | None,
    *,
    root: Path,
    metrics: Mapping[str, Metric],
    detectors: Collection[str],
    clusterers: Collection[str],
    record: str | None = None,
) -> Settings:
    """The settings of a project; defaults where there is no file or no table in it. `record` goes before the file's.

    Paths in messages are given from `root`. Raises ConfigError with file, line and column of everything that is wrong.
    """
    mode = None if record is None else _record_mode(record)
    document = None if path is None else Document.read(path, root)
    table = document.table if document else None
    if document is None or table is None:
        settings = Settings(path=path)
    else:
        settings = Reader(document, table, Names(metrics, detectors, clusterers)).settings()
    return settings if mode is None else _recording(settings, mode)


def _record_mode(name: str) -> RecordMode:
    known = [mode.value for mode in RecordMode]
    if name not in known:
        fix = "use one of " + ", ".join(known)
        raise ConfigError(f"--altax-record={name} is no recording mode", did_you_mean=nearest(name, known), fix=fix)
    return RecordMode(name)


def _recording(settings: Settings, mode: RecordMode) -> Settings:
    capture: CaptureSettings = dataclasses.replace(settings.capture, mode=mode)
    return dataclasses.replace(settings, capture=capture)
