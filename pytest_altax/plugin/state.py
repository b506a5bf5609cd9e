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
from ..config import Mark, given, load
from ..config.failon import fail_on
from ..errors import AltaxException, UnknownName, nearest
from ..gate.baseline import read
from ..gate.budget import Limit
from ..gate.change import Against
from ..gate.origin import GIT, against
from ..measurements import Estimate
from ..meters.base import Context, Score
from ..meters.clusterers import CLUSTERERS
from ..meters.detecting import DETECTORS
from ..meters.registry import MeterRegistry
from ..meters.semantic import EMBEDDERS, SEMANTIC, chosen
from ..providers.registry import ProviderRegistry
from ..report.base import Reporter
from ..report.github import GitHub
from ..report.jsonlines import JsonLines
from ..report.model import TestResult
from ..report.terminal import Terminal
from ..run.project import Project
from ..text.tokens import Tokens
from .failing import as_outcome
from .judging import Judges
from .recompute import HANDED, RECOMPUTE, is_inside, recomputed


@dataclass(frozen=True, kw_only=True)
class Run(Project):
    """A project under `--altax`, with the reports asked for as (type, destination).

    `note` says what the run does other than it was told, such as not recording under CI. `asked` are the fields of
    CaptureSettings that options or CI set: nothing in a file or a fixture goes before them. `samples` is the number
    that every `altax.sample` takes, None for its own. `judges` are there when the detector is a third party's.
    """

    providers: ProviderRegistry
    reports: tuple[tuple[str, str | None], ...] = ()
    note: str | None = None
    samples: int | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    judges: Judges | None = None

    def tape(self, path: Path, settings: CaptureSettings | None = None, more: Sequence[Path] = ()) -> Tape:
        """The tape of a cassette, told the texts of the layers, which are kept with what is recorded."""
        tape = self.engine.tape(path, settings, more)
        tape.note_layers({layer.name: layer.text for layer in self.settings.layers if layer.text})
        return tape

    def context(self, mark: Mark, tools_called: frozenset[str], tape: Tape, scores: tuple[Score, ...] = ()) -> Context:
        """What the meters need to know of one test."""
        return Context(
            counter=self.counter,
            detector=self.judges.on(tape) if self.judges else self.detector,
            clusterer=self.clusterer,
            embedder=self.embedder,
            layers=self.settings.layers,
            harmful=mark.harmful,
            language=mark.language,
            tax_lines=self.settings.tax_lines,
            prices=self.settings.prices,
            tools_called=tools_called,
            earlier=tape.layers or None,
            scores=scores,
        )


@dataclass
class Attempt:
    """One attempt at one test: its tape, what its marker said, and what came of it so far.

    `shared` says that others may have the same cassette. `measured` is the number of interactions that `result` stands
    for, `told` the result that a report has carried, `estimates` those of its metrics. `kept` says that its recordings
    are: the test itself passed, whatever its budgets say, or was meant to fail.
    """

    tape: Tape
    mark: Mark
    limits: tuple[Limit, ...]
    tools_called: set[str] = field(default_factory=set)
    scores: list[Score] = field(default_factory=list)
    samplings: int = 0
    shared: bool = False
    measured: int = -1
    kept: bool = False
    result: TestResult | None = None
    told: TestResult | None = None
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
    clusterers = _named({**CLUSTERERS, **SEMANTIC}, hook.pytest_altax_clusterers())
    embedders = _named(EMBEDDERS, hook.pytest_altax_embedders())
    asked = config.getoption("altax_record") or otherwise
    mode, speed = asked or _unattended(), config.getoption("altax_replay_speed")
    settings = load(
        config_file(config),
        root=config.rootpath,
        metrics=meters.metrics,
        detectors=detectors.keys(),
        clusterers=clusterers.keys(),
        embedders=embedders.keys(),
        record=mode,
        replay_speed=speed,
        keep_failures=config.getoption("altax_keep_failures"),
    )
    meters = meters.with_layers(layer.name for layer in settings.layers)
    functions = tuple(one for given in hook.pytest_altax_redact() for one in given)
    secrets = dataclasses.replace(settings.capture.secrets, functions=functions)
    capture = dataclasses.replace(settings.capture, run=_run_id(config), cache=_cache(config), secrets=secrets)
    further = [limit for text in config.getoption("altax_fail_on") for limit in fail_on(text, meters.metrics)]
    budget = dataclasses.replace(settings.budget, run=(*settings.budget.run, *further))
    settings = dataclasses.replace(settings, capture=capture, budget=budget)
    providers = ProviderRegistry(one for given in hook.pytest_altax_providers() for one in given)
    run = Run(
        settings=settings,
        providers=providers,
        meters=meters,
        detector=settings.phrases.around(detectors[settings.detector]),
        clusterer=clusterers[settings.clusterer],
        embedder=chosen(settings.embedder, embedders, clusterers[settings.clusterer]),
        counter=Tokens(_named({}, hook.pytest_altax_vocabularies())),
        engine=Engine(settings.capture, providers, as_outcome),
        root=config.rootpath,
        reports=_reports(config),
        note=_note(asked),
        samples=config.getoption("altax_samples"),
        asked=given(mode, speed),
    )
    if detectors[settings.detector] is not DETECTORS.get(settings.detector):
        run = dataclasses.replace(run, judges=Judges(run.engine, run.detector))
    asked_baseline = None if is_inside() else config.getoption("altax_baseline")
    if asked_baseline and asked_baseline.endswith(RECOMPUTE):
        if config.option.collectonly:  # nothing is judged, so no other suite need run
            return run
        return dataclasses.replace(run, against=_recomputed(config, run), asked_baseline=asked_baseline)
    if asked_baseline and not asked_baseline.startswith(GIT):
        asked_baseline = str(config.invocation_params.dir / asked_baseline)
    compared = against(asked_baseline, run.baseline, meters.metrics, run.readers)
    return dataclasses.replace(run, against=compared, asked_baseline=asked_baseline)


def _recomputed(config: pytest.Config, run: Run) -> Against:
    """The baseline that the merge base gives today; workers of pytest-xdist are handed what the controller made."""
    metrics, handed = run.meters.metrics, getattr(config, "workerinput", {}).get(HANDED)
    if handed is not None:
        known, reason = handed
        return Against(known and read(known, "the recomputed baseline", metrics), reason, run.readers)
    asked = config.getoption("altax_baseline")
    found = recomputed(asked, config.rootpath, _paths(config), metrics)
    return dataclasses.replace(found, readers=run.readers)


def _paths(config: pytest.Config) -> list[str]:
    """The files and folders that this run was given, from the root folder; of a node id its file."""
    found = []
    for named in config.option.file_or_dir:
        path = str(named).partition("::")[0]
        whole = (config.invocation_params.dir / path).resolve()
        root = config.rootpath.resolve()
        found.append(whole.relative_to(root).as_posix() if whole.is_relative_to(root) else path)
    return found


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
