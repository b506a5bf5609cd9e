"""Kill a process that records, at random moments, and count what its cassette has lost: nothing is allowed.

    python benchmarks/kill.py [KILLS]

A process records one call after another into a cassette that holds six large recordings, saves after each and says
so. It is killed (SIGKILL) a random time after its start. Then the cassette must be whole, must hold the six and all
that was said to be saved, and never less than before.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
CHILD = """
import itertools, sys, workload
from pathlib import Path
from pytest_altax.capture import CaptureSettings, Engine, RecordMode
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Request

providers, path, attempt = ProviderRegistry(), Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for number in itertools.count(attempt * 10_000):
    tape = Engine(CaptureSettings(RecordMode.NEW_EPISODES), providers).tape(path)
    exchange = tape.ask(Request("POST", workload.URL, (), workload.spelled(number)))
    exchange.answered(200, [("content-type", "application/json")], "OK")
    exchange.chunk(workload.answer(number))
    exchange.finish()
    tape.save()
    print(number, flush=True)
"""


def recorded(path: Path) -> set[bytes]:
    """The bodies of the requests in a cassette; it must be readable and whole."""
    from pytest_altax.capture.storage import store

    return {recording.request.body for recording in store.read(path).recordings}


def killed(path: Path, attempt: int, seconds: float) -> list[int]:
    """The calls that a process said it saved before it was killed."""
    command = [sys.executable, "-c", CHILD, str(path), str(attempt)]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(seconds)
        child.kill()
        return [int(line) for line in child.stdout if line.endswith("\n")]


def main() -> None:
    """Print the counts; fail when anything is lost."""
    import workload

    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    random_, torn, said = random.Random(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cassette.json"
        workload.ours(path, range(-7, -1))
        there = recorded(path)
        for attempt in range(1, kills + 1):
            saved = killed(path, attempt, random_.uniform(0, 0.3))
            now = recorded(path)
            lost = (there | {workload.spelled(number) for number in saved}) - now
            assert not lost, f"{len(lost)} recordings were lost at kill {attempt}"
            torn += any(one.name.endswith(".tmp") for one in Path(folder).iterdir())
            for left in Path(folder).glob(".altax-*.tmp"):
                left.unlink()
            there, said = now, said + len(saved)
        total = len(json.loads(path.read_bytes())["interactions"])
    print(f"{kills} kills, {said} saves before them, {torn} of the kills in the middle of a write")
    print(f"{total} recordings in the cassette at the end, none lost, never half a file")


if __name__ == "__main__":
    main()
