"""What a run under `--altax` needs in each process, made once, and where it is kept."""

from __future__ import annotations

import dataclasses
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ..capture import CaptureSettings, Engine, RecordMode, Tape
from ..config import Mark, Settings, given, load
from ..errors import AltaxException, UnknownName, nearest
from ..gate.budget import Limit
from ..measurements import Estimate
from ..meters.base import Clusterer, Context, Detector
from ..meters.clusterers import CLUSTERERS
from ..meters.detectors import DETECTORS
from ..meters.registry import MeterRegistry
from ..providers.registry import ProviderRegistry
from ..report.base import Reporter
from ..report.github import GitHub
from ..report.jsonlines import JsonLines
from ..report.model import TestResult
from ..report.terminal import Terminal
from ..text.tokens import Tokens
from .failing import as_outcome


@dataclass(frozen=True)
class Run:
    """The parts of a run: settings, registries, the recorder, and the reports asked for as (type, destination).

    Paths in results are given from `root`.
    `note` says what the run does other than it was told, such as not recording under CI. `asked` are the fields of
    CaptureSettings that options or CI set: nothing in a file or a fixture goes before them.
    """

    settings: Settings
    providers: ProviderRegistry
    meters: MeterRegistry
    detector: Detector
    clusterer: Clusterer
    counter: Tokens
    engine: Engine
    root: Path
    reports: tuple[tuple[str, str | None], ...] = ()
    note: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)

    def tape(self, path: Path, settings: CaptureSettings | None = None, more: Sequence[Path] = ()) -> Tape:
        """The tape of a cassette, told the texts of the layers, which are kept with what is recorded."""
        tape = self.engine.tape(path, settings, more)
        tape.note_layers({layer.name: layer.text for layer in self.settings.layers if layer.text})
        return tape

    def context(self, mark: Mark, tools_called: frozenset[str], tape: Tape) -> Context:
        """What the meters need to know of one test."""
        return Context(
            counter=self.counter,
            detector=self.detector,
            clusterer=self.clusterer,
            layers=self.settings.layers,
            harmful=mark.harmful,
            language=mark.language,
            tax_lines=self.settings.tax_lines,
            prices=self.settings.prices,
            tools_called=tools_called,
            earlier=tape.layers or None,
        )


@dataclass
class Attempt:
    """One attempt at one test: its tape, what its marker said, and what came of it so far.

    `shared` says that others may have the same cassette. `measured` is the number of interactions that `result` stands
    for, `estimates` those of its metrics. `kept` says that its recordings are: the test itself passed, whatever its
    budgets say, or was meant to fail.
    """

    tape: Tape
    mark: Mark
    limits: tuple[Limit, ...]
    tools_called: set[str] = field(default_factory=set)
    scores: list[float] = field(default_factory=list)
    samplings: int = 0
    shared: bool = False
    measured: int = -1
    kept: bool = False
    result: TestResult | None = None
    estimates: Mapping[str, Estimate] = field(default_factory=dict)


RUN = pytest.StashKey[Run]()
ATTEMPT = pytest.StashKey[Attempt]()


def build(config: pytest.Config, mode: str | None = None) -> Run:
    """The run that options, `pyproject.toml` and hooks ask for. Raises pytest.UsageError when they cannot be used.

    `mode` is the recording mode that an option of another plugin asks for, where ours asks for none.
    """
    try:
        return _build(config, mode)
    except AltaxException as error:
        raise pytest.UsageError(str(error)) from error


def _build(config: pytest.Config, otherwise: str | None) -> Run:
    hook = config.hook
    meters = MeterRegistry(one for given in hook.pytest_altax_meters() for one in given)
    detectors = _named(DETECTORS, hook.pytest_altax_detectors())
    clusterers = _named(CLUSTERERS, hook.pytest_altax_clusterers())
    asked = config.getoption("altax_record") or otherwise
    mode, speed = asked or _unattended(), config.getoption("altax_replay_speed")
    settings = load(
        config_file(config),
        root=config.rootpath,
        metrics=meters.metrics,
        detectors=detectors.keys(),
        clusterers=clusterers.keys(),
        record=mode,
        replay_speed=speed,
        keep_failures=config.getoption("altax_keep_failures"),
    )
    functions = tuple(one for given in hook.pytest_altax_redact() for one in given)
    secrets = dataclasses.replace(settings.capture.secrets, functions=functions)
    capture = dataclasses.replace(settings.capture, run=_run_id(config), cache=_cache(config), secrets=secrets)
    settings = dataclasses.replace(settings, capture=capture)
    providers = ProviderRegistry(one for given in hook.pytest_altax_providers() for one in given)
    return Run(
        settings=settings,
        providers=providers,
        meters=meters,
        detector=detectors[settings.detector],
        clusterer=clusterers[settings.clusterer],
        counter=Tokens(_named({}, hook.pytest_altax_vocabularies())),
        engine=Engine(settings.capture, providers, as_outcome),
        root=config.rootpath,
        reports=_reports(config),
        note=_note(asked),
        asked=given(mode, speed),
    )


def _run_id(config: pytest.Config) -> str:
    """What all processes of one run have in common, and no other run has."""
    return str(getattr(config, "workerinput", {}).get("testrunuid") or uuid.uuid4().hex)


def _cache(config: pytest.Config) -> Path | None:
    """A folder in pytest's cache; None where there is none, or it cannot be written."""
    cache = getattr(config, "cache", None)
    try:
        return None if cache is None else Path(cache.mkdir("altax"))
    except OSError:
        return None


def _unattended() -> str | None:
    # An unattended build must not spend money or change files because of a setting made for laptops
    return RecordMode.NONE.value if os.environ.get("CI") else None


def _note(asked: str | None) -> str | None:
    if asked or not os.environ.get("CI"):
        return None
    return "CI is set: nothing is recorded unless --altax-record asks for it"


_Part = TypeVar("_Part")


def _named(builtin: Mapping[str, _Part], given: list[Mapping[str, _Part]]) -> dict[str, _Part]:
    named = dict(builtin)
    for more in given:
        named.update(more)
    return named


def config_file(config: pytest.Config) -> Path | None:
    """The `pyproject.toml` of the run: pytest's own, or the nearest in its root folder and above; None without one.

    A `pytest.ini` in `tests/` makes that the root folder, with the project's own file above it.
    """
    if config.inipath is not None and config.inipath.name == "pyproject.toml":
        return config.inipath
    for folder in (config.rootpath, *config.rootpath.parents):
        if (folder / "pyproject.toml").is_file():
            return folder / "pyproject.toml"
        if (folder / ".git").exists():
            break
    return None


def reporters(config: pytest.Config) -> dict[str, Reporter]:
    """All report formats by name, those of third parties over the built-in ones."""
    builtin: dict[str, Reporter] = {"terminal": Terminal(), "jsonl": JsonLines(), "github": GitHub()}
    return _named(builtin, config.hook.pytest_altax_reporters())


def _reports(config: pytest.Config) -> tuple[tuple[str, str | None], ...]:
    wanted: list[tuple[str, str | None]] = []
    known = reporters(config)
    for asked in config.getoption("altax_report"):
        name, _, destination = asked.partition(":")
        if name not in known:
            fix = f"give one of {', '.join(sorted(known))}, as --altax-report=NAME or --altax-report=NAME:FILE"
            raise UnknownName(
                f"--altax-report: no report is called {name!r}", did_you_mean=nearest(name, known), fix=fix
            )
        wanted.append((name, destination or None))
    standing = ["jsonl", "github"] if os.environ.get("GITHUB_ACTIONS") else ["jsonl"]
    wanted += [(name, None) for name in standing if name not in dict(wanted)]
    return tuple(dict.fromkeys(wanted))
