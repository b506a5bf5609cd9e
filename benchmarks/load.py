"""What it costs to open a cassette of 10,000 calls: vcrpy's YAML against our file, without and with our cache.

    python benchmarks/load.py [CALLS] [RUNS]

Each measurement in a process of its own: CPU seconds, the best of three, and the most memory that was ever resident,
above what the process held before.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent


def measured(act: Callable[[], object]) -> str:
    """CPU seconds and MB that something takes, as JSON."""
    before, begun = _resident(), time.process_time()
    kept = act()
    seconds = time.process_time() - begun
    assert kept
    return json.dumps([seconds, _resident() - before])


def _resident() -> float:
    # kilobytes on Linux, bytes on macOS
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def by_vcrpy(folder: Path) -> str:
    """Load the YAML as `use_cassette` does."""
    from vcr.cassette import Cassette
    from vcr.serializers import yamlserializer

    return measured(lambda: Cassette.load(path=str(folder / "vcrpy.yaml"), serializer=yamlserializer))


def by_altax(folder: Path, cache: Path | None) -> str:
    """Open a tape."""
    from pytest_altax.capture import CaptureSettings, Engine
    from pytest_altax.providers.registry import ProviderRegistry

    engine = Engine(CaptureSettings(cache=cache), ProviderRegistry())
    return measured(lambda: engine.tape(folder / "altax.json"))


def apart(kind: str, folder: Path, runs: int) -> tuple[float, float]:
    """The best seconds and the most megabytes of some processes."""
    command = [sys.executable, str(HERE / "load.py"), "--one", kind, str(folder)]
    found = [json.loads(subprocess.check_output(command)) for _ in range(runs)]
    return min(seconds for seconds, _ in found), max(memory for _, memory in found)


def main(calls: int = 10_000, runs: int = 3) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, str(HERE / "workload.py"), name, str(calls)], check=True)
        sizes = [(folder / file).stat().st_size / 2**20 for file in ("vcrpy.yaml", "altax.json")]
        print(f"{calls} calls: vcrpy {sizes[0]:.1f} MB, altax {sizes[1]:.1f} MB")
        theirs = apart("vcrpy", folder, runs)
        print(f"vcrpy: {theirs[0]:.3f} s, {theirs[1]:.1f} MB")
        # the first of the warm ones fills the cache
        for kind in ("cold", "warm"):
            seconds, memory = apart(kind, folder, runs + (kind == "warm"))
            ratios = f"1/{theirs[0] / seconds:.1f} of vcrpy's time, 1/{theirs[1] / max(memory, 0.1):.0f} of its memory"
            print(f"altax {kind}: {seconds:.3f} s, {memory:.1f} MB: {ratios}")


def one(kind: str, folder: Path) -> str:
    """One measurement, in this process."""
    return by_vcrpy(folder) if kind == "vcrpy" else by_altax(folder, None if kind == "cold" else folder / "cache")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(one(sys.argv[2], Path(sys.argv[3])))
    else:
        main(*map(int, sys.argv[1:]))
