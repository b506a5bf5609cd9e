"""Turning the plugin on: build the run, register the parts that this process needs, and take it all back."""

from __future__ import annotations

import pytest

from . import recording
from .controller import Controller
from .recompute import Witness, is_inside
from .runtest import Opened, Runtest
from .sharding import Sharding
from .state import RUN, build


def activate(config: pytest.Config) -> None:
    """Build the run and register its plugins. Raises pytest.UsageError for settings that cannot be used."""
    run = build(config, recording.asked_mode(config))
    config.stash[RUN] = run
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(config, run), "altax-run")
    if _runs_tests(config):
        run.engine.install()
    runtest = Runtest(config, run)
    config.pluginmanager.register(runtest, "altax-tests")
    config.pluginmanager.register(Opened(), "altax-opened")
    if (shard := config.getoption("altax_shard")) is not None:
        config.pluginmanager.register(Sharding(config, shard), "altax-shard")
    if is_inside():
        config.pluginmanager.register(Witness(), "altax-witness")
    if recording.is_installed(config):
        config.pluginmanager.register(recording.Recording(runtest), "altax-recording")


def deactivate(config: pytest.Config) -> None:
    """Take the patches back."""
    run = config.stash.get(RUN, None)
    if run is not None:
        del config.stash[RUN]
        if _runs_tests(config):
            run.engine.uninstall()


def _runs_tests(config: pytest.Config) -> bool:
    """Whether tests run in this process; the controller of pytest-xdist only hands them out."""
    return hasattr(config, "workerinput") or getattr(config.option, "dist", "no") == "no"
