"""The pytest plugin's entry: options, the marker, the hooks of pytest-altax and the `altax` fixture.

pytest loads this module in every run where the package is installed, so it imports pytest alone; everything else is
loaded when `--altax` asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .fixture import Altax

RECORD_MODES = ("none", "once", "new_episodes", "stale", "all")
_MARKER = (
    "altax(metric=limit, ..., harmful=False, language=None, probe=None): budgets of this test, and what it is; "
    "`altax explain` lists the metrics"
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
        "--altax-report",
        action="append",
        default=[],
        metavar="TYPE[:DEST]",
        help="write a report of that type: terminal, jsonl or github, to DEST where given; may be repeated",
    )


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


def pytest_unconfigure(config: pytest.Config) -> None:
    """Undo what `pytest_configure` did to the process."""
    if config.pluginmanager.has_plugin("altax-tests"):
        from .activate import deactivate

        deactivate(config)


@pytest.fixture
def altax(request: pytest.FixtureRequest) -> Altax:
    """What a test may ask of pytest-altax: tag calls, take samples, give a score, read its own ledger.

    Without `--altax` it does nothing: layers are no-ops and samples are plain repetitions.
    """
    from .fixture import fixture_of

    return fixture_of(request)
