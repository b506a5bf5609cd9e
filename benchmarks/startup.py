"""What the installed plugin costs a run that does not use it: `python benchmarks/startup.py [--runs N]`.

It measures the CPU seconds (user + system, of the whole process) of `pytest --collect-only` on a suite of one test,
with pytest-altax installed and `--altax` off, against the same command with `-p no:altax` in the same environment.
The pairs run one right after the other, in alternating order, so that a machine that slows down slows both. A third
run of the plain command in each pair shows how far two equal commands are apart. POSIX only (it uses `os.wait4`).
"""

import argparse
import importlib.metadata
import os
import statistics
import sys
import tempfile
from pathlib import Path

COLLECT = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
PLAIN = [*COLLECT, "-p", "no:altax"]
SUITE = "def test_one():\n    assert True\n"


def cpu(command: list[str], folder: Path) -> float:
    """CPU seconds of a command that runs in a folder. Raises RuntimeError when it fails."""
    process = os.fork()
    if process == 0:
        os.chdir(folder)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.execv(command[0], command)
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"exit code {os.waitstatus_to_exitcode(status)}: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime


def measure(runs: int, folder: Path) -> tuple[list[float], list[float], list[float]]:
    """CPU seconds of `runs` triples: with the plugin, plain, and plain again."""
    commands = (COLLECT, PLAIN, PLAIN)
    taken: tuple[list[float], list[float], list[float]] = ([], [], [])
    for number in range(runs + 2):
        order = (0, 1, 2) if number % 2 else (2, 1, 0)
        seconds = {place: cpu(commands[place], folder) for place in order}
        if number >= 2:  # the first two fill the file caches
            for place, column in enumerate(taken):
                column.append(seconds[place])
    return taken


def ratio(columns: tuple[list[float], list[float]]) -> tuple[float, float, float]:
    """The lower quartile, median and upper quartile of the ratios, pair by pair."""
    low, middle, high = statistics.quantiles([a / b for a, b in zip(*columns, strict=True)], n=4)
    return low, middle, high


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=41, help="counted runs of each command (default 41)")
    runs = parser.parse_args().runs
    if not importlib.metadata.entry_points(group="pytest11", name="altax"):
        sys.exit("pytest-altax is not installed in this environment: pip install .")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_one.py").write_text(SUITE, encoding="utf-8")
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        off, plain, again = measure(runs, folder)
    print(f"CPU of pytest --collect-only, one test, {runs} runs, Python {sys.version.split()[0]}")
    print(f"  plugin installed, --altax off  {statistics.median(off):.3f} s")
    print(f"  -p no:altax                    {statistics.median(plain):.3f} s")
    print("  ratio          {1:.3f} (quartiles {0:.3f} to {2:.3f})".format(*ratio((off, plain))))
    print("  plain / plain  {1:.3f} (quartiles {0:.3f} to {2:.3f})".format(*ratio((again, plain))))


if __name__ == "__main__":
    main()
