"""What class numbers say of the answers that they stand for; needs no numpy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

Classes = Sequence[Hashable]
"""The class of each sample, at least one."""


def distinct_clusters(classes: Classes) -> int:
    """The number D of classes."""
    return len(set(classes))


def homogenization(classes: Classes) -> float:
    """1 - D/N, for N samples; 0 to 1 - 1/N (Liu 2026, arXiv 2603.24124)."""
    return (len(classes) - distinct_clusters(classes)) / len(classes)


def single_cluster_rate(classes: Classes) -> float:
    """1 where all samples are of one class, else 0; its mean over prompts is the rate (Liu 2026)."""
    return float(distinct_clusters(classes) == 1)


def entropy(classes: Classes) -> float:
    """The plug-in entropy -Σ p ln p of the shares of the classes, in nats; 0 to ln N, biased low for few samples.

    Farquhar et al. 2024 (Nature 630) call it discrete semantic entropy.
    """
    size = len(classes)
    return math.fsum(n / size * math.log(size / n) for n in Counter(classes).values())


def miller_madow(classes: Classes) -> float:
    """The entropy with (D - 1) / 2N added, which takes away the first term of its bias (Miller 1955), in nats."""
    return entropy(classes) + (distinct_clusters(classes) - 1) / (2 * len(classes))
