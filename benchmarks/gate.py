"""How often a gate flips, and what it sees: `python benchmarks/gate.py [--runs N] [--seed N]` prints Markdown tables.

A world is the distribution of the refusal probabilities of prompts. A run draws prompts from it, samples each for the
baseline and again for the change, and asks every gate. Ours are the very functions that the verdicts use, called once
a run. `fail if worse` compares the two rates, `> +5 points` wants .05 more, `pooled Wilson` takes all samples for
independent: intervals that do not overlap, or the change's interval above the baseline's rate. `McNemar` is one-sided
and exact, on the first sample of each prompt. All tests are at 5%, all intervals at 95%.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_altax.stats.comparison import mcnemar, paired_change, rate_above
from pytest_altax.stats.intervals import clopper_pearson, clustered_mean, effective_size, wilson

ALPHA = 0.05
GATES = (
    "ours",
    "ours, +.05 allowed",
    "fail if worse",
    "> +5 points",
    "pooled Wilson apart",
    "above baseline",
    "McNemar",
)
INTERVALS = ("Wilson, effective n", "Clopper-Pearson, effective n", "t of clusters", "Wilson, pooled")

Samples = NDArray[np.int64]
"""0 or 1, by prompt and sample."""


@dataclass(frozen=True)
class Design:
    """So many prompts, each sampled so often, their probabilities from Beta(a, b)."""

    prompts: int
    samples: int
    a: float
    b: float

    def __str__(self) -> str:
        """`20 x 5, Beta(.3, 2.7)`."""
        return f"{self.prompts} x {self.samples}, Beta({short(self.a)}, {short(self.b)})"

    @property
    def mean(self) -> float:
        """The refusal rate of the world."""
        return self.a / (self.a + self.b)


DESIGNS = (
    Design(8, 5, 0.3, 2.7),
    Design(20, 5, 0.3, 2.7),
    Design(50, 5, 0.3, 2.7),
    Design(100, 1, 0.3, 2.7),
    Design(20, 5, 3, 7),
    Design(50, 5, 3, 7),
    Design(12, 4, 0.5, 1.2),
)
"""Few prompts, the one of the published figures, more of them, one sample each, a world without easy prompts, and the
design of a small suite with many refusals."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5_000, help="runs of each design and world")
    parser.add_argument("--seed", type=int, default=20_260)
    asked = parser.parse_args()
    random = np.random.default_rng(asked.seed)
    for table in (false_alarms, power, coverage, example):
        for line in table(random, asked.runs):
            print(line)


def false_alarms(random: np.random.Generator, runs: int) -> Iterator[str]:
    """The share of runs that each gate fails though nothing changed."""
    yield from heading(f"Nothing changed: share of {runs:,} runs that fail", GATES)
    for design in DESIGNS:
        alarms, _ = compared(random, design, runs, added=0.0)
        yield row(design, [alarms[gate] / runs for gate in GATES])


def power(random: np.random.Generator, runs: int) -> Iterator[str]:
    """The share of runs that each gate fails where every prompt is refused 10 points more often."""
    yield from heading("10 points more (clipped to 1): share of runs that fail", (*GATES, "our interval covers"))
    for design in DESIGNS:
        alarms, covered = compared(random, design, runs, added=0.1)
        yield row(design, [*(alarms[gate] / runs for gate in GATES), covered])


def coverage(random: np.random.Generator, runs: int) -> Iterator[str]:
    """How often an interval of one run's rate holds the world's, and how often a limit equal to it fails."""
    yield from heading(
        "One run: coverage of a nominal .95", (*INTERVALS, "max at the truth: ours fails", "pooled fails")
    )
    for design in DESIGNS:
        counts: Counter[str] = Counter()
        for chances in random.beta(design.a, design.b, (runs, design.prompts)):
            counts.update(one_run(sampled(random, chances, design.samples), design.mean))
        yield row(design, [counts[name] / runs for name in (*INTERVALS, "ours fails", "pooled fails")])


def example(random: np.random.Generator, runs: int) -> Iterator[str]:
    """The last design again: from a rate of .29 to .75, and the same prompts in every run."""
    design, names = DESIGNS[-1], ("max-increase = 0", "max-increase = .05")
    rise = (0.75 - design.mean) / (1 - design.mean)
    yield from heading(f"{design}: share of runs that fail", names)
    chances = random.beta(design.a, design.b, (runs, design.prompts))
    yield row("nothing changed, new prompts in each run", failing(random, chances, chances, design.samples))
    yield row(
        f"rate {short(design.mean)} to .75", failing(random, chances, chances + rise * (1 - chances), design.samples)
    )
    suites = [np.tile(suite, (runs, 1)) for suite in random.beta(design.a, design.b, (10, design.prompts))]
    shares = [failing(random, suite, suite, design.samples) for suite in suites]
    yield row("nothing changed, the same prompts in each run: worst of 10 suites", np.max(shares, axis=0))


def failing(
    random: np.random.Generator, before: NDArray[np.float64], after: NDArray[np.float64], samples: int
) -> list[float]:
    """The shares of runs (rows of probabilities) that fail a limit of 0 and one of .05 more."""
    differences = (random.binomial(samples, after) - random.binomial(samples, before)) / samples
    return [float(np.mean([alarm(row, limit) for row in differences])) for limit in (0.0, 0.05)]


def compared(random: np.random.Generator, design: Design, runs: int, added: float) -> tuple[Counter[str], float]:
    """How many runs each gate fails, and how often our interval of the change holds the world's."""
    alarms: Counter[str] = Counter()
    worlds = random.beta(design.a, design.b, (runs, design.prompts))
    change = float(np.mean(np.minimum(1, worlds + added) - worlds))
    covered = 0
    for chances in worlds:
        before = sampled(random, chances, design.samples)
        after = sampled(random, np.minimum(1, chances + added), design.samples)
        alarms.update(gates(before, after))
        interval = paired_change((after.mean(axis=1) - before.mean(axis=1)).tolist())
        covered += interval.low is None or interval.high is None or interval.low <= change <= interval.high
    return alarms, covered / runs


def sampled(random: np.random.Generator, chances: NDArray[np.float64], samples: int) -> Samples:
    """So many outcomes of each prompt."""
    return (random.random((len(chances), samples)) < chances[:, None]).astype(np.int64)


def gates(before: Samples, after: Samples) -> Iterator[str]:
    """The gates that fail a change."""
    differences = after.mean(axis=1) - before.mean(axis=1)
    old, new, size = int(before.sum()), int(after.sum()), before.size
    worse, better = int((after[:, 0] > before[:, 0]).sum()), int((after[:, 0] < before[:, 0]).sum())
    verdicts = (
        alarm(differences, 0.0),
        alarm(differences, 0.05),
        new > old,
        new - old > 0.05 * size,
        wilson(new, size)[0] > wilson(old, size)[1],
        wilson(new, size)[0] > old / size,
        mcnemar(worse, better, sides=1) < ALPHA,
    )
    return (gate for gate, failed in zip(GATES, verdicts, strict=True) if failed)


def alarm(differences: NDArray[np.float64], limit: float) -> bool:
    """Whether our gate fails: the paired cluster t test, one-sided."""
    p = paired_change(differences.tolist(), limit).p_above
    return p is not None and p < ALPHA


def one_run(outcomes: Samples, truth: float) -> Iterator[str]:
    """The intervals that hold the truth, and the tests that call a limit equal to it exceeded."""
    clusters = [(float(successes), float(outcomes.shape[1])) for successes in outcomes.sum(axis=1)]
    rate, worth = outcomes.mean(), effective_size(clusters)
    mean = clustered_mean(clusters)
    ends = (
        wilson(rate * worth, worth),
        clopper_pearson(rate * worth, worth),
        (mean.low, mean.high) if mean else (None, None),
        wilson(outcomes.sum(), outcomes.size),
    )
    for name, (low, high) in zip(INTERVALS, ends, strict=True):
        if low is not None and high is not None and low <= truth <= high:
            yield name
    if rate_above(rate, worth, truth) < ALPHA:
        yield "ours fails"
    if rate_above(rate, outcomes.size, truth) < ALPHA:
        yield "pooled fails"


def heading(title: str, columns: tuple[str, ...]) -> Iterator[str]:
    """The title and head of a table."""
    yield f"\n{title}\n"
    yield f"| prompts x samples, world | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"


def row(name: object, shares: list[float] | NDArray[np.float64]) -> str:
    """A line of a table."""
    return f"| {name} | {' | '.join(f'{share:.3f}'.removeprefix('0') for share in shares)} |"


def short(number: float) -> str:
    """`.3`, `7`."""
    return f"{number:.2g}".removeprefix("0")


if __name__ == "__main__":
    main()
