"""All meters and their metrics: the built-in ones and those of third parties."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ..errors import ConfigError, ResultsError, UnknownName, nearest
from ..measurements import Estimate, Measurement, Metric
from .base import MeasuredTest, Meter
from .cost import Cost
from .diversity import Diversity
from .ledger import Ledger
from .reading import Reading
from .refusal import Refusals
from .uncertainty import Uncertainty


class MeterRegistry:
    """The meters of a run. `metrics` are all of theirs by name, each with the page of its meter.

    `extra` are those of third parties, `layers` the declared layers, each of which is a metric of the ledger.
    Raises ConfigError for a metric that two meters declare.
    """

    def __init__(self, extra: Iterable[Meter] = (), layers: Iterable[str] = ()) -> None:
        self._extra = tuple(extra)
        own = (Ledger(layers), Cost(), Refusals(), Diversity(), Uncertainty())
        self._meters: tuple[Meter, ...] = (*own, *self._extra)
        metrics: dict[str, Metric] = {}
        for meter in self._meters:
            page = inspect.cleandoc(type(meter).__doc__ or "")
            for metric in meter.metrics:
                if metric.name in metrics:
                    raise ConfigError(
                        f"two meters declare the metric {metric.name!r}",
                        facts=[f"the second is {type(meter).__module__}.{type(meter).__qualname__}"],
                        fix="give the metric of the third-party meter another name",
                    )
                rests = getattr(meter, "depends", _on_nothing)(metric.name)
                metrics[metric.name] = dataclasses.replace(metric, page=metric.page or page, depends=rests)
        self.metrics: Mapping[str, Metric] = MappingProxyType(metrics)

    def with_layers(self, layers: Iterable[str]) -> MeterRegistry:
        """The same meters where these layers are declared."""
        return MeterRegistry(self._extra, layers)

    def measure(self, reading: Reading) -> tuple[Measurement, ...]:
        """All measurements of a test, sorted by metric name.

        Where requests have changed since they were recorded, `was` holds the samples of the test as recorded, if they
        are others and known. Raises UnknownName for a measurement of a metric that no meter declares,
        ResultsError for one that is not a finite number.
        """
        found = self._measured(reading)
        if reading.is_stale and reading.knows_recorded:
            before = self._measured(reading.as_recorded())
            for name, measurement in before.items():
                now = found.get(name, Measurement(name))
                if now.samples != measurement.samples:
                    found[name] = dataclasses.replace(now, was=measurement.samples)
        return tuple(found[name] for name in sorted(found))

    def derive(self, estimates: Mapping[str, Estimate], tests: Sequence[MeasuredTest] = ()) -> dict[str, Estimate]:
        """The estimates of metrics of a whole run, by name, from the pooled ones and from what each test measured."""
        derivation = self.derivation()
        for test in tests:
            derivation.add(test)
        return derivation.derive(estimates, tests)

    def derivation(self) -> Derivation:
        """What `derive` does, of tests that come one by one."""
        return Derivation(self._meters)

    def page(self, metric: str) -> str:
        """What a metric is, with the page of its meter; Markdown. Raises UnknownName."""
        if metric not in self.metrics:
            raise UnknownName(f"no metric is called {metric!r}", did_you_mean=nearest(metric, self.metrics))
        known = self.metrics[metric]
        facts = f"unit {known.unit.value} · better {known.direction.value} · pooled as {known.pooling.value}"
        return f"# {known.name}\n\n{known.summary}\n\n{facts}\n\n{known.page}\n"

    def _measured(self, reading: Reading) -> dict[str, Measurement]:
        found: dict[str, Measurement] = {}
        for meter in self._meters:
            name = type(meter).__qualname__
            for measurement in _measurements(meter, name, reading):
                if measurement.metric not in self.metrics:
                    raise UnknownName(
                        f"the meter {name} measures {measurement.metric!r}, which it does not declare",
                        did_you_mean=nearest(measurement.metric, self.metrics),
                        fix="name it among the meter's `metrics`",
                    )
                _check_finite(measurement, name)
                found[measurement.metric] = measurement
        return found


class Derivation:
    """The metrics of a whole run: the meters that gather are shown its tests one by one."""

    def __init__(self, meters: Iterable[Meter]) -> None:
        self._meters = [(meter, meter.gather() if hasattr(meter, "gather") else None) for meter in meters]

    def add(self, test: MeasuredTest) -> None:
        """Show a test to the meters that gather."""
        for _, gathered in self._meters:
            if gathered is not None:
                gathered.add(test)

    def derive(self, estimates: Mapping[str, Estimate], tests: Sequence[MeasuredTest]) -> dict[str, Estimate]:
        """The derived estimates by name; `tests`, those that were added, are for the meters that do not gather."""
        found: dict[str, Estimate] = {}
        for meter, gathered in self._meters:
            if gathered is not None:
                derived = gathered.derive(estimates)
            else:
                derived = getattr(meter, "derive", _nothing)(estimates, tests)
            found |= {estimate.metric: estimate for estimate in derived}
        return found


def _measurements(meter: Meter, name: str, reading: Reading) -> list[Measurement]:
    try:
        return list(meter.measure(reading))
    except Exception as error:
        error.add_note(f"while the meter {name} measured")
        raise


def _check_finite(measurement: Measurement, name: str) -> None:
    numbers = [measurement.error]
    for sample in measurement.samples:
        numbers += sample.numerator, sample.denominator
    for number in numbers:
        if not math.isfinite(number):
            raise ResultsError(
                f"the meter {name} measures {number} for {measurement.metric!r}",
                fix="leave out samples that are not finite numbers and say why in `skipped`",
            )


def _nothing(*_: object) -> tuple[Estimate, ...]:
    return ()


def _on_nothing(metric: str) -> tuple[str, ...]:  # noqa: ARG001 - stands in for `depends`
    return ()
