"""The benchmark of the gate runs, on very few runs: what it claims can be checked by anybody."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="numpy is not installed")

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "gate.py"


def printed(*arguments):
    command = [sys.executable, str(BENCHMARK), "--runs", "10", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_it_prints_four_tables_with_our_gate_first():
    tables = [line for line in printed().splitlines() if line.startswith("|")]
    assert sum(line.startswith("|---") for line in tables) == 4
    assert sum(line.startswith("| 20 x 5, Beta(.3, 2.7) |") for line in tables) == 3
    assert "| ours | ours, +.05 allowed | fail if worse | > +5 points |" in tables[0]


def test_the_same_seed_prints_the_same_and_another_does_not():
    assert printed("--seed", "1") == printed("--seed", "1")
    assert printed("--seed", "1") != printed("--seed", "2")
