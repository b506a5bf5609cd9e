"""The Vendi score, and the similarities that it is made of."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .grams import Grams, Ints, counted

Matrix = npt.NDArray[np.float64]

LARGEST = 4000
SIMILARITY = "ngrams-1-2-cosine"
_DENSE = 0.1


def vendi(similarity: Matrix) -> float:
    """The effective number of different samples: exp(-Σ λ ln λ) over the eigenvalues λ of K / N, 1 to N.

    K is symmetric and positive semi-definite with ones on its diagonal. Friedman & Dieng 2023 (arXiv 2210.02410);
    equal to `vendi_score.vendi.score_K(K)`. The time grows with the cube of N: about a second for 2,000.
    """
    size = len(similarity)
    values = np.linalg.eigvalsh(similarity / size)
    values = values[values > 0]
    score = math.exp(-float(np.sum(values * np.log(values))))
    return min(max(score, 1.0), float(size))


def cosine_similarity(vectors: Matrix) -> Matrix:
    """The cosines between the rows of a matrix, one row a sample; rows of zeros are like each other and no other."""
    numbers = np.asarray(vectors, np.float64)
    norms = np.linalg.norm(numbers, axis=1)
    zero = norms == 0
    unit = numbers / np.where(zero, 1.0, norms)[:, None]
    return _diagonal(unit @ unit.T + np.outer(zero, zero))


def ngram_similarity(orders: Sequence[Grams], texts: int) -> Matrix:
    """The cosines between the counts of all n-grams of these orders in so many texts; texts without any are alike.

    Equal to those of scikit-learn's `CountVectorizer(ngram_range=(1, 2))` with the same tokens, for the orders 1, 2.
    """
    product, squares = np.zeros((texts, texts)), np.zeros(texts)
    for one in orders:
        counts = counted(one, texts)
        squares += np.bincount(counts.owner, weights=counts.count**2, minlength=texts)
        shared = np.bincount(counts.gram, minlength=one.different)[counts.gram]
        dense = shared > max(1, _DENSE * texts)
        product += _dense(counts.owner[dense], counts.gram[dense], counts.count[dense], texts)
        rare = (shared > 1) & ~dense
        product += _sparse(counts.owner[rare], counts.gram[rare], counts.count[rare], texts)
    zero = squares == 0
    norms = np.sqrt(np.where(zero, 1.0, squares))
    return _diagonal(product / np.outer(norms, norms) + np.outer(zero, zero))


def _dense(owner: Ints, gram: Ints, count: Ints, texts: int) -> Matrix:
    """The inner products over n-grams that stand in many texts, by a table of them."""
    kinds, column = np.unique(gram, return_inverse=True)
    table = np.zeros((texts, len(kinds)))
    table[owner, column] = count
    return table @ table.T


def _sparse(owner: Ints, gram: Ints, count: Ints, texts: int) -> Matrix:
    """The inner products over n-grams that stand in few texts, by pairs of places; the arrays are sorted by n-gram."""
    product, pending = np.zeros(texts * texts), _Pending(texts * texts)
    starts = np.arange(len(gram))
    for step in range(1, len(gram)):
        starts = starts[starts + step < len(gram)]
        starts = starts[gram[starts] == gram[starts + step]]
        if not len(starts):
            break
        if pending.add(owner[starts] * texts + owner[starts + step], count[starts] * count[starts + step]):
            product += pending.summed()
    product += pending.summed()
    square: Matrix = product.reshape(texts, texts)
    return square + square.T


class _Pending:
    """Numbers to be added to cells, gathered until they are as many as the cells."""

    def __init__(self, cells: int) -> None:
        self._size, self._held = cells, 0
        self._cells: list[Ints] = [np.zeros(0, np.int64)]
        self._values: list[Ints] = [np.zeros(0, np.int64)]

    def add(self, cells: Ints, values: Ints) -> bool:
        """Take these, and tell whether it is time to sum them."""
        self._cells.append(cells)
        self._values.append(values)
        self._held += len(cells)
        return self._held >= self._size

    def summed(self) -> Matrix:
        """The sum for each cell; nothing is held after that."""
        cells, values = np.concatenate(self._cells), np.concatenate(self._values)
        self._cells, self._values, self._held = self._cells[:1], self._values[:1], 0
        return np.asarray(np.bincount(cells, weights=values, minlength=self._size), np.float64)


def _diagonal(similarity: Matrix) -> Matrix:
    """The same with ones on the diagonal, where rounding has left something near it."""
    np.fill_diagonal(similarity, 1.0)
    return similarity
