"""The table of a document into `Settings`, part by part; whatever cannot be used is collected, not raised at once."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigError, nearest
from ..gate.budget import Budget, Limit, Policy, TestLimits
from ..measurements import Metric
from ..meters.base import Layer, Price
from ..meters.ledger import layer_metrics
from ..meters.lines import LINES, TOOLS
from . import patterns
from .capturing import capture_settings
from .document import Document
from .limits import BOUNDS, can_fail, example, find_metric, find_test_metric, parse_limit
from .locate import Keys
from .problems import Problem, Problems
from .refusals import own_phrases
from .schema import header, violations
from .secrets import secret_rules
from .settings import BASELINE, CLUSTERER, DETECTOR, TOKENIZER, Settings
from .toml import key_written, written

_LONGEST_VALUE = 80
_WHICH = ("match", "language", "model")
_LIMIT = "for example tax_tokens = 900"


@dataclass(frozen=True)
class Names:
    """The names that exist: metrics, refusal detectors, clusterers and embedders, those of third parties included."""

    metrics: Mapping[str, Metric]
    detectors: Collection[str]
    clusterers: Collection[str]
    embedders: Collection[str] = ()


class Reader:
    """Reads one table. The schema comes first; a value it refuses is left alone after that."""

    def __init__(self, document: Document, table: Mapping[str, Any], names: Names) -> None:
        self._document, self._table = document, table
        of_layers = layer_metrics(str(name) for name in self._part("layers"))
        self._names = dataclasses.replace(names, metrics={**names.metrics, **of_layers})
        self._problems = Problems(document.shown, document.where)
        for problem in violations(table):
            self._problems.add(self._suited(problem))

    def settings(self) -> Settings:
        """The settings. Raises one ConfigError for everything that is wrong."""
        budget = Budget(
            tuple(self._limits(("budget",), self._part("budget"), run=True)), tuple(self._budgets()), self._policy()
        )
        settings = Settings(
            capture=dataclasses.replace(
                capture_settings(self._table, self._problems), secrets=secret_rules(self._table, self._problems)
            ),
            budget=budget,
            layers=tuple(self._layers()),
            detector=self._named("detector", DETECTOR, self._names.detectors),
            phrases=own_phrases(self._table, self._problems),
            clusterer=self._named("clusterer", CLUSTERER, self._names.clusterers),
            embedder=self._named("embedder", "", self._names.embedders) or None,
            tokenizer=str(self._table.get("tokenizer", TOKENIZER)),
            tax_lines=dict(self._tax_lines()),
            prices=dict(self._prices()),
            cassette_dir=str(self._table.get("cassette-dir", "cassettes")),
            keep_failures=self._table.get("keep-failures") is True,
            baseline=str(self._table.get("baseline", BASELINE)),
            baseline_days=self._table.get("baseline-max-age"),
            on_self_edit=str(self._table.get("on-self-edit", "note")),
            path=self._document.path,
        )
        self._problems.stop()
        return settings

    def _suited(self, problem: Problem) -> Problem:
        """The problem; of a limit with an example in the unit of its metric, since the schema knows no units."""
        place = {"budget": 1, "budgets": 2}.get(str(problem.keys[0]) if problem.keys else "")
        name = str(problem.keys[place]) if place and len(problem.keys) > place else ""
        metric, key = self._names.metrics.get(name), str(problem.keys[-1]) if problem.keys else ""
        if metric is None or key not in (name, *BOUNDS) or not (problem.fix or "").startswith("for example "):
            return problem
        return dataclasses.replace(problem, fix=f"for example {key_written(key)} = {example(metric)}")

    def _part(self, *keys: str | int) -> Mapping[str, Any]:
        """The table at a path; empty where there is none, or something else."""
        value: Any = self._table
        for key in keys:
            known = isinstance(value, Mapping) if isinstance(key, str) else isinstance(value, list)
            value = value[key] if known and (isinstance(key, int) or key in value) else None
        return value if isinstance(value, Mapping) else {}

    def _named(self, key: str, default: str, known: Collection[str]) -> str:
        name = self._table.get(key, default)
        if key in self._table and not self._problems.touch(key):
            with self._problems.at(key):
                _check_name(name, known, f"{key} of that name is known: {name!r}")
        return str(name)

    def _policy(self) -> Policy:
        default = Policy()
        return Policy(
            str(self._table.get("on-inconclusive", default.on_inconclusive)),
            str(self._table.get("on-stale", default.on_stale)),
        )

    def _layers(self) -> Iterator[Layer]:
        for name, table in self._part("layers").items():
            if self._problems.touch("layers", name):
                continue
            source = f"{self._document.shown} {header(('layers',))} {key_written(name)}"
            with self._problems.at("layers", name):
                folder = self._document.path.parent
                yield patterns.layer(name, table, folder, source=source, line=self._line(("layers", name)))

    def _budgets(self) -> Iterator[TestLimits]:
        entries = self._table.get("budgets")
        for index in range(len(entries) if isinstance(entries, list) else 0):
            entry = self._part("budgets", index)
            values = {name: value for name, value in entry.items() if name not in _WHICH}
            if not values and not self._problems.touch("budgets", index):
                with self._problems.at("budgets", index):
                    raise ConfigError(f"{header(('budgets', index))} has no limit, so it does nothing", fix=_LIMIT)
            limits = tuple(self._limits(("budgets", index), values, run=False))
            language, model = (str(entry[key]) if key in entry else None for key in _WHICH[1:])
            yield TestLimits(str(entry.get("match", "")), limits, language, model)

    def _limits(self, keys: Keys, values: Mapping[str, Any], *, run: bool) -> Iterator[Limit]:
        for name, value in values.items():
            with self._problems.at(*keys, name):
                metric = self._metric(name, keys, run=run)
                if self._problems.touch(*keys, name):
                    continue
                limits = parse_limit(metric, value, source=self._source(keys, name, value))
                for limit in limits:
                    # A pattern's or marker's limit that nothing exceeds lifts an earlier one; here it would do nothing
                    if run and not can_fail(metric, limit):
                        raise ConfigError(f"{name!r} is never beyond {limit.value:g}: its budget can never fail")
                    yield self._at_line(limit, keys, name)

    def _metric(self, name: str, keys: Keys, *, run: bool) -> Metric:
        metrics, where = self._names.metrics, header(keys)
        return find_metric(name, metrics, where) if run else find_test_metric(name, metrics, where, _WHICH)

    def _source(self, keys: Keys, name: str, value: Any) -> str:
        """Where a limit is set, with its value as the user wrote it."""
        place = self._document.place((*keys, name))
        text = " ".join((place.value if place and place.value else written(value)).split())
        short = text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
        return f"{self._document.shown} {header(keys)} {key_written(name)} = {short}"

    def _at_line(self, limit: Limit, keys: Keys, name: str) -> Limit:
        line = self._line((*keys, name, limit.bound)) or self._line((*keys, name))
        return dataclasses.replace(limit, line=line)

    def _line(self, keys: Keys) -> int | None:
        place = self._document.place(keys)
        return place.line if place else None

    def _tax_lines(self) -> Iterator[tuple[str, bool]]:
        known = {*LINES, *(f"layer:{name}" for name in self._part("layers"))}
        for line, taxed in self._part("tax").items():
            with self._problems.at("tax", line):
                # Which servers' tools there are is known only when calls are read
                _check_name(TOOLS if line.startswith(f"{TOOLS}:") else line, known, f"line {line!r} in the ledger")
                yield line, taxed

    def _prices(self) -> Iterator[tuple[str, Price]]:
        for model, table in self._part("prices").items():
            if self._problems.touch("prices", model):
                continue
            with self._problems.at("prices", model):
                for key, dollars in table.items():
                    if not math.isfinite(dollars):
                        raise ConfigError(f"{key!r} in {header(('prices', model))} is {dollars}; a price is finite")
                yield model, Price(**{key.replace("-", "_"): dollars for key, dollars in table.items()})


def _check_name(name: str, known: Collection[str], what: str) -> None:
    if name not in known:
        meant = nearest(name, known)
        raise ConfigError(
            f"no {what}", did_you_mean=meant, fix=None if meant else "known are " + ", ".join(sorted(known))
        )
