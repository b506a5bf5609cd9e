"""The half `diversity` of `answers.py`: all measures of sampled answers, beside the packages that define them."""

from __future__ import annotations

import importlib
import random
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pytest_altax.meters.clusterers import CLUSTERERS
from pytest_altax.meters.variety.bleu import self_bleu
from pytest_altax.meters.variety.grams import grams
from pytest_altax.meters.variety.group import variety
from pytest_altax.meters.variety.vendi import ngram_similarity, vendi
from pytest_altax.text.ngrams import words_or_signs

WORDS = 150  # about 200 tokens
SENTENCES = 400
CLUSTERER = "rouge1-greedy"
AIMS = {10: 10, 1000: 3000}
MOST_FOR_SACREBLEU = 100  # its time grows with the square


def lines() -> Iterator[str]:
    """The printed lines."""
    for size, aim in AIMS.items():
        texts = answers(size)
        measure_all(texts)
        taken = milliseconds(lambda texts=texts: measure_all(texts))
        yield f"all measures of {size:,} answers of {WORDS} words, clustering included: {taken:,.1f} ms (aim: {aim:,})"
        for name in CLUSTERERS:
            only = milliseconds(lambda texts=texts, name=name: CLUSTERERS[name].cluster(texts))
            yield f"  {name} alone: {only:,.1f} ms, {len(set(CLUSTERERS[name].cluster(texts))):,} classes"
        yield from beside_vendi_score(texts)
        yield from beside_sacrebleu(texts[:MOST_FOR_SACREBLEU])


def answers(size: int) -> list[str]:
    """Made-up answers, the same each time, that share some of their sentences."""
    dice = random.Random(size)
    vocabulary = [f"w{number}" for number in range(5000)]
    weights = [1 / (number + 1) for number in range(len(vocabulary))]
    known = [" ".join(dice.choices(vocabulary, weights, k=15)).capitalize() + "." for _ in range(SENTENCES)]
    return [" ".join(dice.choices(known, k=WORDS // 15)) for _ in range(size)]


def measure_all(texts: Sequence[str]) -> object:
    """What a prompt group is measured by."""
    return variety(texts, CLUSTERERS[CLUSTERER].cluster(texts))


def beside_vendi_score(texts: Sequence[str]) -> Iterator[str]:
    """Similarity and Vendi score: ours, and scikit-learn's and vendi-score's on the same words."""
    text, vectors, reference = (
        imported(name) for name in ("sklearn.feature_extraction.text", "sklearn.metrics.pairwise", "vendi_score.vendi")
    )
    if not (text and vectors and reference):
        yield "  vendi beside its reference: scikit-learn or vendi-score is not installed"
        return
    counter = text.CountVectorizer(tokenizer=words_or_signs, token_pattern=None, lowercase=False, ngram_range=(1, 2))
    theirs = [0.0, 0.0]
    ours = [0.0, 0.0]

    def by_reference() -> None:
        theirs[0] = float(reference.score_K(vectors.cosine_similarity(counter.fit_transform(texts))))

    def by_us() -> None:
        cut = [words_or_signs(one) for one in texts]
        ours[0] = vendi(ngram_similarity(grams(cut, 2), len(cut)))

    ours[1], theirs[1] = milliseconds(by_us), milliseconds(by_reference)
    yield compared("vendi", "vendi-score", len(texts), ours, theirs)


def beside_sacrebleu(texts: Sequence[str]) -> Iterator[str]:
    """Self-BLEU: ours, and sacrebleu's sentence BLEU of each against the others."""
    sacrebleu = imported("sacrebleu")
    if not sacrebleu:
        yield "  self_bleu beside its reference: sacrebleu is not installed"
        return
    theirs = [0.0, 0.0]
    ours = [0.0, 0.0]

    def by_reference() -> None:
        others = ([*texts[:place], *texts[place + 1 :]] for place in range(len(texts)))
        theirs[0] = statistics.fmean(
            sacrebleu.sentence_bleu(one, rest).score for one, rest in zip(texts, others, strict=True)
        )

    def by_us() -> None:
        ours[0] = self_bleu(texts) or 0.0

    ours[1], theirs[1] = milliseconds(by_us), milliseconds(by_reference, repeats=1)
    yield compared("self_bleu", "sacrebleu", len(texts), ours, theirs)


def compared(name: str, package: str, size: int, ours: Sequence[float], theirs: Sequence[float]) -> str:
    """One line: the times, their ratio, and how far the values are apart."""
    ratio, apart = theirs[1] / ours[1], abs(ours[0] - theirs[0])
    times = f"{ours[1]:,.1f} ms, {package} {theirs[1]:,.1f} ms, {ratio:,.1f} times as long"
    return f"  {name} of {size:,}: {times}; values {apart:.0e} apart"


def milliseconds(action: Callable[[], object], repeats: int = 5) -> float:
    """The median CPU time of an action, in all threads."""
    taken = []
    for _ in range(repeats):
        start = time.process_time_ns()
        action()
        taken.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(taken)


def imported(name: str) -> Any:
    """A module, None where its package is not installed."""
    warnings.simplefilter("ignore", DeprecationWarning)  # vendi-score names a module that scipy will drop
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
