"""Self-BLEU: how much each sample repeats of the others, equal to sacrebleu's sentence BLEU and in linear time."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from .grams import Counts, Ints, counted, grams

ORDERS = 4
# The tokenizer of mteval-v13a, which sacrebleu calls 13a.
_SYMBOLS = re.compile(r"([{-~\[-` -&(-+:-@/])")
_AFTER_OTHER = re.compile(r"([^0-9])([.,])")
_BEFORE_OTHER = re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"([0-9])(-)")
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))


def tokens_13a(text: str) -> list[str]:
    """The tokens of a text as sacrebleu's default tokenizer cuts them; case is kept."""
    line = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in line:
        for entity, sign in _ENTITIES:
            line = line.replace(entity, sign)
    line = _SYMBOLS.sub(r" \1 ", f" {line} ")
    line = _AFTER_OTHER.sub(r"\1 \2 ", line)
    line = _BEFORE_OTHER.sub(r" \1 \2", line)
    return _DASH.sub(r"\1 \2 ", line).split()


def self_bleu(texts: Sequence[str]) -> float | None:
    """The mean BLEU-4 of each text against all others as references, 0 to 100; None for fewer than two texts.

    Zhu et al. 2018 (arXiv 1802.01886); each is `sacrebleu.sentence_bleu(text, others).score`: tokenizer 13a, effective
    order, smoothing exp. Texts in scripts without spaces have few tokens there, as in sacrebleu.
    """
    if len(texts) < 2:
        return None
    scores = _scores([tokens_13a(text) for text in texts])
    return min(100.0, math.fsum(scores) / len(scores))


def _scores(texts: Sequence[Sequence[str]]) -> list[float]:
    size = len(texts)
    lengths = [len(text) for text in texts]
    orders = grams(texts, ORDERS)
    correct = [_correct(counted(one, size), size).tolist() for one in orders]
    total = [np.bincount(one.owner, minlength=size).tolist() for one in orders]
    by_text = zip(lengths, nearest_others(lengths), zip(*correct, strict=True), zip(*total, strict=True), strict=True)
    return [_bleu(*one) for one in by_text]


def _correct(counts: Counts, size: int) -> Ints:
    """For each text, how many of its n-grams stand in another text, each clipped to its largest count there.

    The largest count among the others is the largest of all, or the second largest in the text that has that.
    """
    order = np.lexsort((counts.count, counts.gram))
    gram, count = counts.gram[order], counts.count[order]
    last = np.append(gram[1:] != gram[:-1], True)[: len(gram)]
    largest = count[last][gram]
    second = np.zeros(len(count), np.int64)
    second[1:] = np.where(gram[1:] == gram[:-1], count[:-1], 0)
    elsewhere = np.where(last, second, largest)
    clipped = np.bincount(counts.owner[order], weights=np.minimum(count, elsewhere), minlength=size)
    return clipped.astype(np.int64)


def nearest_others(lengths: Sequence[int]) -> list[int]:
    """For each length the nearest one among all the others; of two equally near the shorter."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    found = [0] * len(lengths)
    for rank, place in enumerate(order):
        beside = [lengths[order[near]] for near in (rank - 1, rank + 1) if 0 <= near < len(order)]
        found[place] = min(beside, key=lambda other, own=lengths[place]: (abs(other - own), other))  # type: ignore[misc]
    return found


def _bleu(length: int, reference: int, correct: Sequence[int], total: Sequence[int]) -> float:
    """BLEU from its counts (Papineni et al. 2002); each order without a match has half the precision of the last."""
    if not any(correct):
        return 0.0
    logs, smooth = [], 1.0
    for right, all_ in zip(correct, total, strict=True):
        if all_ == 0:
            break
        if right == 0:
            smooth *= 2
        logs.append(math.log(100 * right / all_ if right else 100 / (smooth * all_)))
    penalty = math.exp(1 - reference / length) if length < reference else 1.0
    return penalty * math.exp(sum(logs) / len(logs))
