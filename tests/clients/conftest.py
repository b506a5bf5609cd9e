"""A recording studio for the clients: live, recorded, and replayed with the server gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import certifi
import pytest

from pytest_altax.capture import CaptureSettings, Engine, RecordMode, Tape
from pytest_altax.providers.registry import ProviderRegistry

pytest.register_assert_rewrite("replaying")


class Studio:
    """Records and replays under one cassette path; `host` is an LLM host."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def open(self, mode: str, host: str) -> Iterator[Tape]:
        """A tape in a mode, current inside and saved after."""
        engine = Engine(CaptureSettings(RecordMode(mode), hosts=(host,)), ProviderRegistry())
        engine.install()
        try:
            with engine.playing(engine.tape(self.path)) as tape:
                yield tape
        finally:
            engine.uninstall()
        tape.save()


@pytest.fixture
def studio(tmp_path: Path) -> Any:
    """A place to record."""
    return Studio(tmp_path / "cassettes" / "test_it.json")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One certificate: reading all of the machine's takes 30 ms a client, and no scenario needs any."""
    whole = Path(certifi.where()).read_text(encoding="utf-8")
    start, end = (whole.index(f"-----{mark} CERTIFICATE-----") for mark in ("BEGIN", "END"))
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(whole[start:end] + "-----END CERTIFICATE-----\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def machine_without_settings(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    """Nothing that is set on the machine reaches a client."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    # litellm would fetch a price list from the network when it is imported
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
