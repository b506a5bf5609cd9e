"""Whether a rate differs between groups: chi-square and Cramér's V of a table of counts, and a permutation test."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Count = tuple[float, float]
"""(k, n): k of n."""
Stratum = Sequence[Count | None]
_MOST = 10_000
_SEED = 20_260
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Association:
    """Pearson's chi-square (no correction) of counts k of n in several groups, and how strong the association is.

    `v` is Cramér's V, 0..1, which for two outcomes is the square root of chi-square / n.
    """

    chi2: float
    freedom: int
    v: float


def association(counts: Sequence[Count]) -> Association:
    """The association of groups with an outcome, from (k, n) of each; groups without samples do not count.

    It is 0 where all outcomes are equal. Source: Cramér 1946.
    """
    known = [(k, n) for k, n in counts if n > 0]
    successes, total = math.fsum(k for k, _ in known), math.fsum(n for _, n in known)
    spread = successes * (total - successes)
    if spread <= 0 or len(known) < 2:
        return Association(0.0, max(0, len(known) - 1), 0.0)
    squares = math.fsum((k * total - n * successes) ** 2 / n for k, n in known)
    chi2 = squares / spread
    return Association(chi2, len(known) - 1, min(1.0, math.sqrt(chi2 / total)))


@dataclass(frozen=True, slots=True)
class Permuted:
    """The p of a permutation test over `count` arrangements; `exact` says that these are all there are."""

    p: float
    count: int
    exact: bool


def permutation_test(strata: Sequence[Stratum]) -> Permuted:
    """The p of "the groups are alike", by permuting whole cells among the groups within each stratum.

    A stratum is a row with (k, n) for each group, None where it has none; a cell keeps its samples together, since
    those of one prompt are alike. The statistic is chi-square of the summed cells. All arrangements are looked at when
    there are at most 10,000, else as many are drawn from a fixed seed and the observed one is counted among them
    (Phipson & Smyth 2010). With one stratum nothing can be told and p is 1. Time is linear in strata; 100 of 10 groups
    take half a second.
    """
    import numpy as np

    fixed, moving = _parted(strata)
    start = _summed(fixed, len(strata[0]) if strata else 0)
    exact = math.prod(math.factorial(_present(row)) for row in moving) <= _MOST
    sums = _all_sums(start, moving) if exact else _drawn_sums(start, moving)
    observed = _spread(_summed(strata, start.shape[2]))[0]
    found = _spread(sums)
    hits = int(np.count_nonzero(found >= observed - _ROUNDING * max(1.0, float(observed))))
    if exact:
        return Permuted(hits / len(found), len(found), exact=True)
    return Permuted((hits + 1) / (len(found) + 1), len(found), exact=False)


def _parted(strata: Sequence[Stratum]) -> tuple[list[Stratum], list[Stratum]]:
    """The strata in which permuting changes nothing, since all cells are equal, and the others."""
    fixed: list[Stratum] = []
    moving: list[Stratum] = []
    for row in strata:
        (moving if len({cell for cell in row if cell is not None}) > 1 else fixed).append(row)
    return fixed, moving


def _present(row: Stratum) -> int:
    return sum(cell is not None for cell in row)


def _summed(strata: Sequence[Stratum], groups: int) -> Floats:
    """The k and n of each group over the strata, as an array (1, 2, groups)."""
    import numpy as np

    cells = np.zeros((1, 2, groups))
    for row in strata:
        cells[0] += _cells(row)
    return cells


def _cells(row: Stratum) -> Floats:
    """The k and n of a row as an array (2, groups), 0 where it has no cell."""
    import numpy as np

    return np.array([cell or (0.0, 0.0) for cell in row], dtype=float).T


def _all_sums(start: Floats, strata: Sequence[Stratum]) -> Floats:
    """The sums of every arrangement, as an array (arrangements, 2, groups)."""
    import numpy as np

    sums = start
    for row in strata:
        cells, places = _cells(row), [place for place, cell in enumerate(row) if cell is not None]
        orders = np.array(list(itertools.permutations(places)))
        arranged = np.zeros((len(orders), *cells.shape))
        arranged[:, :, places] = cells[:, orders].transpose(1, 0, 2)
        sums = (sums[:, None] + arranged[None]).reshape(-1, *cells.shape)
    return sums


def _drawn_sums(start: Floats, strata: Sequence[Stratum]) -> Floats:
    """The sums of so many random arrangements."""
    import numpy as np

    # the stream of RandomState, unlike that of newer generators, is promised never to change
    random = np.random.RandomState(_SEED)
    sums = np.repeat(start, _MOST, axis=0)
    for row in strata:
        cells, places = _cells(row), [place for place, cell in enumerate(row) if cell is not None]
        orders = np.array(places)[random.random_sample((_MOST, len(places))).argsort(axis=1)]
        sums[:, :, places] += cells[:, orders].transpose(1, 0, 2)
    return sums


def _spread(sums: Floats) -> Floats:
    """Chi-square of each table, but for a factor that no arrangement changes."""
    import numpy as np

    k, n = sums[:, 0], sums[:, 1]
    rate = k.sum(axis=1, keepdims=True) / np.maximum(n.sum(axis=1, keepdims=True), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = (k - n * rate) ** 2 / n
    spread: Floats = np.where(n > 0, parts, 0.0).sum(axis=1)
    return spread
