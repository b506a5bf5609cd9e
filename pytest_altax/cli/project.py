"""What several commands need of a project: its `pyproject.toml`, the rules in it, texts that are safe to print."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from ..capture import Engine
from ..capture.secrets.rules import SecretRules
from ..config import Settings, load
from ..config.document import Document
from ..config.secrets import read_secret_rules
from ..errors import ResultsError
from ..meters.registry import MeterRegistry
from ..meters.semantic import chosen
from ..providers.registry import ProviderRegistry
from ..run.project import Project
from ..text.tokens import Tokens
from .extensions import clusterers, detectors, embedders, meters, providers, redactors, vocabularies

CONFIG = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The pyproject.toml whose rules hold; by default the nearest from here upwards.",
)


def secret_rules(config: Path | None) -> SecretRules:
    """The rules of a `pyproject.toml`, of the nearest one where none is named, and of installed packages.

    Raises ConfigError.
    """
    path = config or nearest()
    rules = read_secret_rules(path, Path.cwd() if path is None else path.parent)
    return dataclasses.replace(rules, functions=redactors())


def settings_of(config: Path | None) -> Settings:
    """The settings of a `pyproject.toml`, of the nearest one where none is named. Raises ConfigError."""
    path = config or nearest()
    root = Path.cwd() if path is None else path.parent
    return load(
        path,
        root=root,
        metrics=meters().metrics,
        detectors=detectors(),
        clusterers=clusterers(),
        embedders=embedders(),
    )


def project_of(config: Path | None) -> Project:
    """The project of a `pyproject.toml`, of the nearest one where none is named. Raises ConfigError."""
    settings = settings_of(config)
    return Project(
        settings=settings,
        meters=meters_of(settings),
        detector=settings.phrases.around(detectors()[settings.detector]),
        clusterer=clusterers()[settings.clusterer],
        embedder=chosen(settings.embedder, embedders(), clusterers()[settings.clusterer]),
        counter=Tokens(vocabularies()),
        engine=Engine(settings.capture, ProviderRegistry(providers())),
        root=settings.path.parent if settings.path else Path.cwd(),
    )


def meters_of(settings: Settings) -> MeterRegistry:
    """All meters, with the metrics of the layers that a project declares."""
    return meters().with_layers(layer.name for layer in settings.layers)


def nearest() -> Path | None:
    """The `pyproject.toml` of this folder or the nearest above it, no further than a repository goes."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file():
            return folder / "pyproject.toml"
        if (folder / ".git").exists():
            break
    return None


def text_of(path: Path, fix: str | None = None) -> str:
    """The text of a file. Raises ResultsError for one that cannot be read; `fix` says how to make an absent one."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ResultsError(f"there is no {path}", fix=fix) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path} cannot be read: {error}") from error


def cassette_folder(folder: Path) -> str:
    """The name of the folders that a project keeps its cassettes in. Raises ConfigError."""
    path = folder / "pyproject.toml"
    table = Document.read(path, folder).table if path.is_file() else None
    return Path(str((table or {}).get("cassette-dir", "cassettes"))).name


def counted(number: int, one: str, more: str) -> str:
    """`1 secret`, `2 secrets`."""
    return f"{number} {one if number == 1 else more}"
