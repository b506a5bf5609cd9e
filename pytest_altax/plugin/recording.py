"""Suites that were written for pytest-recording (or pytest-vcr), replayed by us under `--altax`.

Its markers, fixtures and options keep their meaning: where cassettes lie, which recording answers, what is blocked. Its
own cassettes are not opened, or two recorders would lie over each other. Without `--altax` nothing here is loaded.
"""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ..capture import RecordMode, Tape
from .opening import Place, overridden

if TYPE_CHECKING:
    from .runtest import Runtest

_MODES = {
    "none": RecordMode.NONE,
    "once": RecordMode.ONCE,
    "new_episodes": RecordMode.NEW_EPISODES,
    "all": RecordMode.ALL,
    "rewrite": RecordMode.ALL,
}


def is_installed(config: pytest.Config) -> bool:
    """Whether pytest-recording takes part in the run."""
    return any(getattr(one, "__name__", "") == "pytest_recording.plugin" for one in config.pluginmanager.get_plugins())


def asked_mode(config: pytest.Config) -> str | None:
    """The mode that `--record-mode` asks for by name, as one of ours."""
    mode = config.getoption("record_mode", None) if is_installed(config) else None
    return _MODES[mode].value if mode in _MODES else None


def is_marked(item: pytest.Item) -> bool:
    """Whether a test has the marker of pytest-recording, and that is not switched off."""
    return item.get_closest_marker("vcr") is not None and not item.config.getoption("disable_recording", False)


def place(request: pytest.FixtureRequest, usual: Place) -> Place:
    """The place of a test that is marked: the file that pytest-recording would open, under its rules of matching."""
    from pytest_recording._vcr import use_cassette
    from pytest_recording.utils import merge_kwargs

    from ..capture.vcr_rules import rules_of

    markers = list(request.node.iter_markers("vcr"))
    settings = merge_kwargs(request.getfixturevalue("vcr_config"), markers)
    own_mode = settings.pop("record_mode", None)
    bare: list[Any] = [SimpleNamespace(args=marker.args, kwargs={}) for marker in markers]
    name = request.getfixturevalue("default_cassette_name")
    folder = str(request.getfixturevalue("vcr_cassette_dir"))
    # It only makes a context here, which is never entered; in mode rewrite it would remove the file
    rules = rules_of(use_cassette(name, folder, "none", bare, settings, request.config))
    mode = RecordMode.NONE if own_mode == "none" else usual.settings.mode
    capture = dataclasses.replace(usual.settings, mode=mode, repeats=rules.repeats, accepts=rules.accepts)
    named = request.node.get_closest_marker("default_cassette") or overridden(request.node, ["default_cassette_name"])
    if rules.path.suffix != ".json":
        return Place(rules.path, capture, rules.more, shared=bool(named))
    # Ours goes beside vcrpy's JSON, which is then a further cassette: written over, only we could read it
    return Place(rules.path.with_suffix(".altax.json"), capture, (rules.path, *rules.more), shared=bool(named))


class Played:
    """What the fixture `vcr` gives in place of vcrpy's cassette: the same facts of the same calls."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def __len__(self) -> int:
        return sum(count for _, count in self._tape.files) + self._live

    @property
    def _live(self) -> int:
        return sum(not one.replayed for one in self._tape.interactions)

    @property
    def play_count(self) -> int:
        """How many recordings were played."""
        return sum(one.replayed for one in self._tape.interactions)

    @property
    def all_played(self) -> bool:
        """Whether each recording was played."""
        return not self._tape.unused

    @property
    def dirty(self) -> bool:
        """Whether something was recorded."""
        return self._tape.dirty

    @property
    def requests(self) -> list[Any]:
        """The requests of the calls so far, as this plugin keeps them."""
        return [one.request for one in self._tape.interactions]

    @property
    def responses(self) -> list[Any]:
        """The responses of the calls so far, as this plugin keeps them."""
        return [one.response for one in self._tape.interactions]


class Recording:
    """The fixtures that stand in for those of pytest-recording under `--altax`."""

    def __init__(self, runtest: Runtest) -> None:
        self._runtest = runtest

    @pytest.fixture(autouse=True)
    def vcr(self, request: pytest.FixtureRequest) -> Played | None:
        """The calls of a marked test on our tape; None for any other test."""
        return Played(self._runtest.attempt(request.node).tape) if is_marked(request.node) else None

    @pytest.fixture(autouse=True)
    def block_network(self, request: pytest.FixtureRequest) -> None:
        """pytest-recording's own, while calls are replayed; what is being recorded has to go out."""
        if self._runtest.attempt(request.node).tape.replaying:
            request.getfixturevalue("block_network")
