"""What judging answers costs: `python benchmarks/answers.py [refusals] [diversity]`, both halves by default.

`refusals`: labels a second on one core, answers of 200 tokens.
`diversity`: all metrics of a group of 10 samples and of one of 1,000, clustering included, each beside the package that
is its reference (vendi-score, sacrebleu), in the same run; what is not installed is left out and named.
CPU times on one core, linear algebra too: read the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable, Iterator

HALVES = ("refusals", "diversity")


def main() -> None:
    """Print the halves that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("halves", nargs="*", metavar="HALF", help=" or ".join(HALVES))
    asked = parser.parse_args().halves or HALVES
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is loaded, by a half
    for half in asked:
        if half not in HALVES:
            parser.error(f"{half!r} is no half; there are {' and '.join(HALVES)}")
        measure: Callable[[], Iterator[str]] = importlib.import_module(f"answers_{half}").lines
        for line in measure():
            print(line)


if __name__ == "__main__":
    main()
