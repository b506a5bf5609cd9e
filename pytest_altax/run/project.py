"""What judging a run needs of a project: its settings, its meters, and what its numbers rest on."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..capture import Engine
from ..config import Settings
from ..gate.change import Against
from ..meters.base import Clusterer, Detector, Embedder
from ..meters.registry import MeterRegistry
from ..text.tokens import Tokens


@dataclass(frozen=True, kw_only=True)
class Project:
    """The parts of a project. `engine` reads its cassettes; paths in results are given from `root`.

    `against` is what changes are measured against, `asked_baseline` what an option asked for.
    """

    settings: Settings
    meters: MeterRegistry
    detector: Detector
    clusterer: Clusterer
    counter: Tokens
    engine: Engine
    root: Path
    embedder: Embedder | None = None
    against: Against = field(default_factory=Against)
    asked_baseline: str | None = None

    @property
    def readers(self) -> Mapping[str, str]:
        """What numbers rest on, by name: the ids of detector, clusterer, tokenizer and price table.

        An embedder that was asked for by name stands beside the clusterer.
        """
        asked = [self.embedder.id] if self.embedder and self.settings.embedder else []
        return {
            "detector": self.detector.id,
            "clusterer": " ".join((self.clusterer.id, *asked)),
            "tokenizer": " ".join((self.settings.tokenizer, *self.counter.own)),
            "prices": f"genai-prices {importlib.metadata.version('genai-prices')}",
        }

    @property
    def baseline(self) -> Path:
        """The standing file of the baseline."""
        return (self.settings.path.parent if self.settings.path else self.root) / self.settings.baseline
