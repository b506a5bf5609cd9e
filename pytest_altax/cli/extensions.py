"""What third parties add, for a command line that runs without pytest: the entry points of the group `altax`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from .. import hookspecs
from ..errors import ConfigError
from ..meters.base import Meter
from ..meters.registry import MeterRegistry

GROUP = "altax"
_PREFIX = "pytest_altax_"


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
