"""How large a recorded conversation is on disk: vcrpy's YAML against our cassette, of the same calls over loopback.

    python benchmarks/size.py [TURNS]

Each turn sends the system prompt (8 KB), 20 tool schemas and the whole history. Sizes do not depend on the machine.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import httpx
import vcr
from chat import CLIENT, conversation, serving

from pytest_altax.capture import CaptureSettings, Engine, RecordMode
from pytest_altax.providers.registry import ProviderRegistry


def talk(turns: int) -> None:
    """Have the conversation, with whichever recorder is on."""
    said = list(conversation(turns))
    with serving([answer for _, answer in said]) as url, httpx.Client(headers=CLIENT) as client:
        for body, _ in said:
            client.post(url, json=body).raise_for_status()


def by_vcrpy(path: Path, turns: int) -> int:
    """Bytes of what vcrpy records."""
    with vcr.use_cassette(str(path), record_mode="all"):
        talk(turns)
    return path.stat().st_size


def by_altax(path: Path, turns: int) -> int:
    """Bytes of what this project records."""
    engine = Engine(CaptureSettings(RecordMode.ALL), ProviderRegistry())
    engine.install()
    try:
        with engine.playing(engine.tape(path)) as tape:
            talk(turns)
        tape.save()
    finally:
        engine.uninstall()
    assert len(json.loads(path.read_bytes())["interactions"]) == turns
    return path.stat().st_size


def main() -> None:
    """Print the figures."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = by_vcrpy(Path(folder, "vcrpy.yaml"), turns), by_altax(Path(folder, "altax.json"), turns)
    print(f"{turns} turns: vcrpy {theirs:,} bytes, altax {ours:,}: {theirs / ours:.1f} times smaller")


if __name__ == "__main__":
    main()
