"""What third parties add, for a command line that runs without pytest: the entry points of the group `altax`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from .. import hookspecs
from ..errors import ConfigError, UnknownName, nearest
from ..meters.base import Clusterer, Detector, Embedder, Meter
from ..meters.clusterers import CLUSTERERS
from ..meters.detecting import DETECTORS
from ..meters.own_phrases import OwnPhrases
from ..meters.registry import MeterRegistry
from ..meters.semantic import EMBEDDERS, SEMANTIC
from ..providers.base import Provider
from ..text.tokens import Vocabulary

GROUP = "altax"
_PREFIX = "pytest_altax_"
_ELSEWHERE = "detectors of a conftest.py are known to pytest alone, those of installed packages here too"


class _Manager(pluggy.PluginManager):
    """Takes `pytest_altax_*` functions as hooks without a marker, as pytest does."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        marked = super().parse_hookimpl_opts(plugin, name)
        if marked is None and name.startswith(_PREFIX) and callable(getattr(plugin, name)):
            return {}
        return marked if name.startswith(_PREFIX) else None


def meters() -> MeterRegistry:
    """The meters built in and those of installed packages. Raises ConfigError for one that cannot be loaded."""
    extra: list[Meter] = [meter for found in _manager().hook.pytest_altax_meters() for meter in found]
    return MeterRegistry(extra)


def providers() -> list[Provider]:
    """The provider modules of installed packages. Raises ConfigError as `meters` does."""
    return [one for found in _manager().hook.pytest_altax_providers() for one in found]


def detectors() -> dict[str, Detector]:
    """The refusal detectors by name, those of installed packages over the built-in ones. Raises ConfigError."""
    return {**DETECTORS, **_merged(_manager().hook.pytest_altax_detectors())}


def detector_of(name: str, phrases: OwnPhrases) -> Detector:
    """The refusal detector of a name, with a project's own phrases. Raises UnknownName."""
    known = detectors()
    if name not in known:
        fix = f"use one of {', '.join(sorted(known))}"
        what = f"no refusal detector is called {name!r}"
        raise UnknownName(what, facts=[_ELSEWHERE], did_you_mean=nearest(name, known), fix=fix)
    return phrases.around(known[name])


def clusterers() -> dict[str, Clusterer]:
    """The clusterers by name, as `detectors`."""
    return {**CLUSTERERS, **SEMANTIC, **_merged(_manager().hook.pytest_altax_clusterers())}


def embedders() -> dict[str, Embedder]:
    """The embedders by name, as `detectors`."""
    return {**EMBEDDERS, **_merged(_manager().hook.pytest_altax_embedders())}


def vocabularies() -> dict[str, Vocabulary]:
    """The vocabularies of installed packages, by the expression for their models. Raises ConfigError."""
    return _merged(_manager().hook.pytest_altax_vocabularies())


def _merged(given: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: one for found in given for name, one in found.items()}


def redactors() -> tuple[Callable[[str], str], ...]:
    """The functions of installed packages that take secrets out of a text. Raises ConfigError as `meters` does."""
    return tuple(one for found in _manager().hook.pytest_altax_redact() for one in found)


def _manager() -> pluggy.PluginManager:
    manager = _Manager("pytest")
    manager.add_hookspecs(hookspecs)
    for point in entry_points(group=GROUP):
        manager.register(_loaded(point), point.name)
    return manager


def _loaded(point: EntryPoint) -> object:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        package = point.dist.name if point.dist else "an installed package"
        raise ConfigError(
            f"entry point {point.name!r} of {package} cannot be loaded: {error}",
            facts=[f"it names {point.value}"],
            fix=f"mend or uninstall {package}",
        ) from error
