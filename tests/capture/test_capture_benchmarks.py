"""The benchmarks run, on very few calls: what they claim can be checked by anybody."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
EXAMPLES = BENCHMARKS.parent / "examples"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("replay.py", ["--calls", "20", "--others", "3"], "vcrpy, body match: "),
        ("load.py", ["5", "1"], "altax warm: "),
        ("size.py", ["3"], "3 turns: vcrpy "),
        ("kill.py", ["1"], "none lost, never half a file"),
        ("token_accuracy.py", [str(EXAMPLES)], "openai-compatible chat, unknown, tools, first turn"),
        ("ledger.py", ["--calls", "5", "--quick"], "10 turns, each sending all before it: 20, 20 different"),
    ],
)
def test_a_benchmark_runs(name, arguments, said):
    command = [sys.executable, str(BENCHMARKS / name), *arguments]
    assert said in subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
