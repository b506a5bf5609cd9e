"""What the configuration comes to: `Settings` of a project, `Mark` of a test."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..capture import CaptureSettings
from ..gate.budget import Budget, Limit
from ..meters.base import Layer, Price
from ..meters.own_phrases import OwnPhrases

DETECTOR = "hybrid"
CLUSTERER = "rouge1-greedy"
TOKENIZER = "auto"
BASELINE = "altax-baseline.json"


@dataclass(frozen=True)
class Settings:
    """All of `[tool.pytest-altax]` with its defaults, and the recording mode of the command line where one was given.

    `phrases` are the user's own phrases of refusal. `embedder` is None for that of the clusterer, if it has one.
    `tax_lines` moves ledger lines in (True) or out (False) of the tax. `prices` are dollars a million tokens by model.
    `cassette_dir` is the folder of cassettes beside each test file. With `keep_failures` what failed tests recorded is
    kept too. `baseline` is the file of the baseline, from the folder of `path`, `baseline_days` the age at which it is
    too old (None: never). `on_self_edit` says what becomes of a change that edits what judges it. `path` is the file
    read, None for none.
    """

    capture: CaptureSettings = dataclasses.field(default_factory=CaptureSettings)
    budget: Budget = dataclasses.field(default_factory=Budget)
    layers: tuple[Layer, ...] = ()
    detector: str = DETECTOR
    phrases: OwnPhrases = dataclasses.field(default_factory=OwnPhrases)
    clusterer: str = CLUSTERER
    embedder: str | None = None
    tokenizer: str = TOKENIZER
    tax_lines: Mapping[str, bool] = dataclasses.field(default_factory=dict)
    prices: Mapping[str, Price] = dataclasses.field(default_factory=dict)
    cassette_dir: str = "cassettes"
    keep_failures: bool = False
    baseline: str = BASELINE
    baseline_days: float | None = None
    on_self_edit: str = "note"
    path: Path | None = None

    @property
    def digest(self) -> str:
        """A hash of everything here that changes numbers or verdicts: results of different digests are not merged.

        How calls are recorded, where cassettes lie and on which line something is written do not count.
        """
        text = json.dumps(_effective(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Mark:
    """What `@pytest.mark.altax` says of a test beside its limits.

    `language` and `probe` make it one of several twins, `harmful` says that its prompts are to be refused. `cassette`
    names the cassette that it shares with others, `cassette_scope` (class or module) says that it shares that of these.
    """

    language: str | None = None
    probe: str | None = None
    harmful: bool = False
    cassette: str | None = None
    cassette_scope: str | None = None


def _effective(settings: Settings) -> dict[str, Any]:
    budget = settings.budget
    return {
        "run": [_limit(limit) for limit in budget.run],
        "tests": [
            [entry.match, entry.language, entry.model, [_limit(limit) for limit in entry.limits]]
            for entry in budget.tests
        ],
        "policy": [budget.policy.on_inconclusive, budget.policy.on_stale],
        "layers": [_layer(layer) for layer in settings.layers],
        "readers": [settings.detector, settings.clusterer, settings.tokenizer, *filter(None, [settings.embedder])],
        "phrases": settings.phrases.digest if settings.phrases else None,
        "tax": dict(settings.tax_lines),
        "prices": {model: dataclasses.astuple(price) for model, price in settings.prices.items()},
        "ignore": [pattern.pattern for pattern in settings.capture.ignore],
        "hosts": list(settings.capture.hosts),
    }


def _limit(limit: Limit) -> list[Any]:
    return [limit.metric, limit.bound, float(limit.value), limit.alpha, limit.relative, float(limit.ignore_below)]


def _layer(layer: Layer) -> list[Any]:
    return [layer.name, layer.text, layer.pattern.pattern if layer.pattern else None, layer.endpoint]
