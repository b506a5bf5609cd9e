"""Measure what `altax merge` costs for a large matrix, and whether its memory grows with the tests.

Makes the results of N shards of M tests in a temporary folder, from a real row of examples/support_bot with other ids,
cassettes and numbers, and merges them: N/10 shards first, then all. Prints for both the time, the peak of memory and
what it was spent on, then how many times as much memory the ten times as many tests took (aim: 1).

    python benchmarks/merge.py [--shards 1000] [--tests 1000]

1,000 x 1,000 rows take 6 GB, and as much again for the merged file.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_altax.cli.project import project_of
from pytest_altax.plugin.sharding import digest
from pytest_altax.report.model import TestResult
from pytest_altax.report.shown import Shown
from pytest_altax.run.ahead import Ahead
from pytest_altax.run.summary import Summary

EXAMPLE = Path(__file__).parent.parent / "examples" / "support_bot"
MERGE = "from pytest_altax.cli import main; main()"
ROWS = 2000
RSS = 2**20 if sys.platform == "darwin" else 2**10
"""What `ru_maxrss` counts in, as a part of a MB."""


def example(folder: Path) -> list[dict[str, Any]]:
    """The rows of the results of the example, replayed in a copy of it."""
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--altax", "--altax-report=jsonl"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    lines = (folder / "altax-results.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


class Template:
    """A real row as text, with places for what differs from test to test."""

    def __init__(self, row: dict[str, Any]) -> None:
        row = json.loads(json.dumps(row))
        row["id"], row["cassettes"][0]["path"] = "{id}", "{path}"
        for one in row["measurements"]:
            for sample in one.get("samples", ()):
                if one["metric"] == "cost_usd":
                    sample["numerator"] = "{usd}"
                elif one["metric"] in ("total_tokens", "tax_tokens", "input_tokens"):
                    sample["numerator"] = "{tokens}"
                elif one["metric"] == "refusal_rate":
                    sample["numerator"] = "{refused}"
        text = json.dumps(row, sort_keys=True, ensure_ascii=False).replace("{", "{{").replace("}", "}}")
        for name in ("id", "path"):
            text = text.replace(f"{{{{{name}}}}}", f"{{{name}}}")
        for name in ("usd", "tokens", "refused"):
            text = text.replace(f'"{{{{{name}}}}}"', f"{{{name}}}")
        self._text = text + "\n"

    def row(self, shard: int, test: int, numbers: random.Random) -> str:
        """The row of a test; ids sort as the numbers do."""
        return self._text.format(
            id=f"tests/test_{shard:05}.py::test_{test:05}",
            path=f"tests/cassettes/test_{shard:05}/test_{test:05}.json",
            usd=round(numbers.uniform(1e-5, 1e-2), 8),
            tokens=numbers.randrange(50, 5000),
            refused=float(numbers.random() < 0.1),
        )


def write_shards(folder: Path, rows: list[dict[str, Any]], shards: int, tests: int) -> int:
    """Write the shards; how many bytes they are."""
    template = Template(next(row for row in rows if "refusal_rate" in str(row) and row.get("cassettes")))
    run = {key: value for key, value in rows[-1].items() if key != "partial"}
    numbers = random.Random(7)
    for shard in range(1, shards + 1):
        name = f"{shard}/{shards}"
        header = {**rows[0], "shard": name, "suite": digest(()), "revision": "0" * 40}
        with (folder / f"shard-{shard:05}.jsonl").open("w", encoding="utf-8") as file:
            file.write(json.dumps(header, sort_keys=True) + "\n")
            file.writelines(template.row(shard, test, numbers) for test in range(tests))
            file.write(json.dumps({**run, "partial": f"shard {name}"}, sort_keys=True) + "\n")
    return sum(path.stat().st_size for path in folder.iterdir())


def merge(project: Path, folder: Path, tests: int) -> tuple[float, float, float]:
    """Merge the shards in a folder with the command: seconds on the clock, of the CPU, and the peak of memory in MB."""
    merged = folder.parent / "merged.jsonl"
    paths = [str(path) for path in sorted(folder.iterdir())]
    config = str(project / "pyproject.toml")
    command = [sys.executable, "-c", MERGE, "merge", "--config", config, "--to", str(merged), *paths]
    start = time.perf_counter()
    with (folder.parent / "said.txt").open("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        said.seek(0)
        # 1: the budgets of the example fail on numbers that are made up
        if os.waitstatus_to_exitcode(status) not in (0, 1) or f"{tests:,} tests" not in said.read():
            sys.exit("the merge has failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / RSS


def spent(project: Path, line: str) -> Iterator[str]:
    """Microseconds that a row takes in each step."""
    data = json.loads(line)
    data.pop("kind")
    test = TestResult.from_json(data)
    summary, shown = Summary(project_of(project / "pyproject.toml"), Ahead(), None), Shown()
    steps = {
        "json.loads": lambda: json.loads(line),
        "records of it": lambda: TestResult.from_json(data),
        "counting in": lambda: summary.add(test),
        "table": lambda: shown.add(test),
    }
    for name, step in steps.items():
        start = time.process_time()
        for _ in itertools.repeat(None, ROWS):
            step()
        yield f"{name} {(time.process_time() - start) / ROWS * 1e6:.0f} µs"


def main() -> None:
    """Make shards, merge them, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--tests", type=int, default=1000)
    asked = parser.parse_args()
    peaks = []
    with tempfile.TemporaryDirectory() as name:
        project = Path(name, "project")
        rows = example(project)
        for shards in (max(1, asked.shards // 10), asked.shards):
            folder = Path(name, "shards")
            folder.mkdir()
            size = write_shards(folder, rows, shards, asked.tests)
            clock, cpu, peak = merge(project, folder, shards * asked.tests)
            peaks.append(peak)
            each = cpu / (shards * asked.tests) * 1e6
            what = f"{shards:,} shards x {asked.tests:,} tests, {size / 1e9:.2f} GB"
            print(f"{what}: {clock:.0f} s, {cpu:.0f} s of CPU, {each:.0f} µs a test, peak {peak:.1f} MB", flush=True)
            line = next(itertools.islice((folder / "shard-00001.jsonl").open(encoding="utf-8"), 1, None))
            shutil.rmtree(folder)
        print(f"memory, against a tenth of the tests: {peaks[1] / peaks[0]:.2f}")
        print(f"a row of {len(line):,} characters: " + ", ".join(spent(project, line)))


if __name__ == "__main__":
    main()
