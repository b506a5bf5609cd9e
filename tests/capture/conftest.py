"""A loopback model, an engine around each test, and ways to record with it and to replay when it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from capture_asking import CLIENT
from loopback import Loopback, serving

from pytest_altax.capture import CaptureSettings, Engine, RecordMode, Tape
from pytest_altax.providers.registry import ProviderRegistry


class Studio:
    """Records and replays under one cassette path, an engine for each time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def open(self, mode: str, *, save: bool = True, **settings: Any) -> Iterator[Tape]:
        """A tape in a mode, current inside and saved after."""
        engine = Engine(CaptureSettings(RecordMode(mode), **settings), ProviderRegistry())
        engine.install()
        try:
            with engine.playing(engine.tape(self.path)) as tape:
                yield tape
        finally:
            engine.uninstall()
        if save:
            tape.save()

    def both(self, loopback: Loopback, use: Callable[[], Any]) -> tuple[Tape, Tape]:
        """Use a client live, recorded, and replayed with the server gone; all three give the same but for numbers."""
        live = use()
        with self.open("once") as recorded:
            first = use()
        asked = loopback.count
        loopback.stop()
        with self.open("none") as replayed:
            second = use()
        assert second == first
        assert _unnumbered(first) == _unnumbered(live)
        assert loopback.count == asked
        assert not recorded.errors + replayed.errors
        return recorded, replayed


def _unnumbered(result: Any) -> Any:
    if isinstance(result, str):
        return "".join("#" if character.isdigit() else character for character in result)
    if isinstance(result, (list, tuple)):
        return [_unnumbered(item) for item in result]
    return result


@pytest.fixture(scope="session", autouse=True)
def client_closed() -> Iterator[None]:
    """Close the client that the tests share."""
    yield
    CLIENT.close()


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """A model on loopback."""
    with serving() as server:
        yield server


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """A place to record."""
    return Studio(tmp_path / "cassettes" / "test_it.json")


@pytest.fixture
def installed() -> Callable[..., Any]:
    """An engine in a mode, with no tape open."""

    @contextmanager
    def install(mode: str, **settings: Any) -> Iterator[Engine]:
        engine = Engine(CaptureSettings(RecordMode(mode), **settings), ProviderRegistry())
        engine.install()
        try:
            yield engine
        finally:
            engine.uninstall()

    return install
