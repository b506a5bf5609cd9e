"""What a scenario has to show: used live, recorded, and replayed with the server gone, the app sees the same."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from scenarios import QUESTIONS, Scenario, unnumbered
from serving import CANARY

# What the clients are called where they are installed from; nothing for the standard library's
DISTRIBUTIONS = {
    "openai[aiohttp]": "openai",
    "pydantic-ai": "pydantic-ai-slim",
    "http.client": "",
    "urllib.request": "",
}


def faithful(scenario: Scenario, studio: Any) -> None:
    """Record a scenario and replay it. Live and recorded are equal up to what the server numbers."""
    with scenario.serve() as server:
        live = None if scenario.many else scenario.run(server.url)
        asked = len(server.asked)
        with studio.open("once", server.host) as recorded:
            first = scenario.run(server.url)
        assert len(recorded.interactions) == len(server.asked) - asked > 0
        server.stop()
        with studio.open("none", server.host) as replayed:
            second = scenario.run(server.url)
    if scenario.many:
        each_to_its_own(first, second)
    else:
        assert second == first is not None
        assert unnumbered(first) == unnumbered(live)
    assert not recorded.errors + replayed.errors
    assert all(one.replayed and one.recorded is None for one in replayed.interactions)
    assert tuple(one.method for one in replayed.unused) == scenario.unplayed
    assert len(replayed.interactions) == len(recorded.interactions) - len(scenario.unplayed)
    assert CANARY not in studio.path.read_text(encoding="utf-8")


def each_to_its_own(first: Sequence[str], second: Sequence[str]) -> None:
    """Every question got the answer that was recorded for it; the answers to the same one, in whatever order."""
    own = slice(0, QUESTIONS.index("the same"))
    assert all(question in answer for question, answer in zip(QUESTIONS, second, strict=True))
    assert second[own] == first[own]
    assert Counter(second) == Counter(first)


def reported(scenario: Scenario, request: pytest.FixtureRequest) -> None:
    """Say in the report of the test which cell of the table it is for; skip it where a package is missing."""
    missing = [names for names in scenario.needs if not any(map(installed, names.split("|")))]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    name = DISTRIBUTIONS.get(scenario.client, scenario.client)
    version = importlib.metadata.version(name) if name else f"Python {sys.version_info[0]}.{sys.version_info[1]}"
    request.node.user_properties += [("client", scenario.client), ("way", scenario.way), ("version", version)]


def installed(name: str) -> bool:
    """Whether a module can be imported."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
