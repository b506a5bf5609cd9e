"""The pytest plugin's entry: options, the marker, the hooks of pytest-altax and the `altax` fixture.

pytest loads this module in every run where the package is installed, so it imports pytest alone; everything else is
loaded when `--altax` asks for it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .fixture import Altax

RECORD_MODES = ("none", "once", "new_episodes", "stale", "all")
REPLAY_SPEEDS = ("instant", "recorded")
_MARKER = (
    "altax(metric=limit, ..., harmful=False, language=None, probe=None, cassette=None, cassette_scope=None): budgets "
    "of this test, what it is, and which cassette it shares; `altax explain` lists the metrics"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of pytest-altax, in a group of their own."""
    group = parser.getgroup("altax", "alignment tax (pytest-altax)")
    group.addoption("--altax", action="store_true", help="measure the alignment tax of each test and apply its budgets")
    group.addoption("--no-altax", action="store_true", help="leave it out, whatever other options or ini files say")
    group.addoption(
        "--altax-record",
        choices=RECORD_MODES,
        metavar="MODE",
        help="how LLM calls are recorded: none (replay only, the default), once (record tests that have no cassette), "
        "new_episodes (also calls that have no recording), stale (again what drifted), all (everything again)",
    )
    group.addoption(
        "--altax-keep-failures",
        action="store_true",
        help="save what failed tests recorded, too; without it only tests that passed are recorded",
    )
    group.addoption(
        "--altax-replay-speed",
        choices=REPLAY_SPEEDS,
        metavar="SPEED",
        help="how streams are replayed: instant (the default), or recorded (with the gaps between their chunks)",
    )
    group.addoption(
        "--altax-samples",
        type=_samples,
        metavar="N",
        help="take N samples in every altax.sample, whatever its n; while replaying, no more than are recorded",
    )
    group.addoption(
        "--altax-baseline",
        metavar="PATH|git:REF",
        help="what changes are measured against: a file, or the standing file as it is at the merge base with a "
        "branch; with git:REF?recompute the tests of that merge base are replayed",
    )
    group.addoption(
        "--altax-fail-on",
        action="append",
        default=[],
        metavar="EXPR",
        help="further limits of this run: 'tax_ratio > 0.35 or refusal_rate rises > 0.05'; may be repeated",
    )
    group.addoption(
        "--altax-save-baseline",
        action="store_true",
        help="make this run the baseline, as altax baseline update does",
    )
    group.addoption(
        "--altax-shard",
        type=_shard,
        metavar="I/N",
        help="run part I of N of the suite; altax merge puts the results together and judges the run",
    )
    group.addoption(
        "--altax-report",
        action="append",
        default=[],
        metavar="TYPE[:DEST]",
        help="write a report of that type: terminal, jsonl or github, to DEST where given; may be repeated",
    )


def _shard(given: str) -> object:
    from .sharding import parsed

    return parsed(given)


def _samples(given: str) -> int:
    number = int(given) if given.isascii() and given.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"takes a whole number of samples, 1 or more, not {given!r}")
    return number


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks of pytest-altax known, also when it is off: a conftest may implement them all the same."""
    from .. import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and, under `--altax`, the plugins that record, measure and judge."""
    config.addinivalue_line("markers", _MARKER)
    if config.getoption("altax") and not config.getoption("no_altax"):
        from .activate import activate

        activate(config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which options came to nothing because `--altax` was not among them."""
    option = terminalreporter.config.option
    for name in ("record", "samples", "baseline", "fail-on", "save-baseline", "shard"):
        if getattr(option, f"altax_{name.replace('-', '_')}") and not (option.altax or option.no_altax):
            terminalreporter.write_line(f"--altax-{name} has no effect without --altax", yellow=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Undo what `pytest_configure` did to the process."""
    if config.pluginmanager.has_plugin("altax-tests"):
        from .activate import deactivate

        deactivate(config)


@pytest.fixture
def altax_config() -> Mapping[str, Any]:
    """Override it in a conftest, module or class, in any scope: keys of [tool.pytest-altax] about recording.

    They are record, hosts, match, block-network, replay-speed and so on, as in pyproject.toml.
    """
    return {}


@pytest.fixture
def altax_cassette_dir() -> str | None:
    """Override it: the folder of cassettes in place of `cassette-dir`, absolute or relative to the test file."""
    return None


@pytest.fixture
def altax_cassette_name() -> str | None:
    """Override it: the name of a test's cassette within the folder of its module, without suffix."""
    return None


@pytest.fixture
def altax(request: pytest.FixtureRequest) -> Altax:
    """What a test may ask of pytest-altax: tag calls, take samples, give a score, read its own ledger.

    Without `--altax` it does nothing: layers are no-ops and samples are plain repetitions.
    """
    from .fixture import fixture_of

    return fixture_of(request)
