"""How much the answers to one prompt differ; the page is the docstring of `Diversity`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..measurements import Direction, Measurement, Metric, Pooling, Sample, Unit
from .reading import Reading
from .variety.record import GroupVariety


def _metric(
    name: str,
    unit: Unit,
    direction: Direction,
    summary: str,
    high: float | None = None,
    pooling: Pooling = Pooling.MEAN,
) -> Metric:
    return Metric(name, unit, direction, pooling, summary, low=1.0 if unit is Unit.COUNT else 0.0, high=high)


_BY_CLASS = frozenset({"distinct_clusters", "homogenization", "single_cluster_rate", "semantic_entropy"})


class Diversity:
    """Diversity: how much the answers to one prompt differ from each other.

    ## What it measures
    The samples of a prompt group: calls of one session whose request is the same apart from seed and ids, the runs of
    one `altax.sample`, and the choices of one call with `n` above 1.

    By classes of equivalent answers:

    - `distinct_clusters` the number of classes D
    - `homogenization` 1 - D/N, for N samples
    - `single_cluster_rate` the share of prompt groups with D = 1
    - `semantic_entropy` -Σ p ln p over the shares of the classes, in nats (plug-in; biased low for few samples, so the
      report shows the Miller-Madow estimate, (D - 1)/2N more, beside it)

    By similarity: `vendi` exp(-Σ λ ln λ) over the eigenvalues of K/N, the effective number of different answers, 1 to
    N; K holds the cosines of the counts of words and bigrams, or of an embedder's vectors.

    By words alone:

    - `ead` expectation-adjusted distinct n-grams, mean over n = 1..5: U / (V (1 - ((V - 1)/V)^C)) for U different ones
      of C, V = 50,257
    - `distinct_2` different bigrams / all bigrams of the samples
    - `self_bleu` the mean BLEU-4 of each answer against the others, 0 to 100, as sacrebleu's `sentence_bleu`
    - `compression_ratio` bytes / gzip bytes of the answers joined by spaces (xz above 32 KiB, gzip's window)

    ## Why it matters
    Alignment narrows what a model says. An app that asked for ten ideas and gets one of them ten times has paid for it.

    ## How
    The clusterer is greedy against the first member of each class. `rouge1-greedy` (default): ROUGE-1 F on the first
    100 words ≥ .458; answers of 5 words or fewer are equal when twice the shared words reach the longer length.
    `jaccard2`: Jaccard of bigrams ≥ .4. `exact`. `semantic` (extra `semantic`, English): ROUGE-1 F ≥ .42, then classes
    join at a mean cosine ≥ .925 of a sentence encoder's vectors, and `vendi` is made of these. Values are computed for
    each prompt group and then averaged.

    The report gives each value over all answers, over those that are no refusals, and for tests marked `harmful` and
    the others apart: an average over all hides what refusals do. Words per answer and the shares of refusals and of
    empty answers stand beside them.

    ## Limits
    Not measured for a group of fewer than 5 samples, at temperature 0, with a fixed seed, where one recording was
    played again, and for stale answers. Every measure moves with the length of the answers: compare values at similar
    words per answer. Gibberish looks diverse: read the shares of refusals and empty answers, and your own score.
    Overlap of words is not meaning: it cannot tell the same meaning in other words from another meaning in the same
    words. The clusterer, its threshold alone, moves the number of classes by tens of percent: values of different
    clusterers or embedders are not comparable; gate on the change against a baseline. `compression_ratio` depends a
    little on the order of the answers. `vendi` is left out above 4,000 samples: its time grows with their cube.

    ## Example
    Ten answers "Paris." give D = 1, homogenization .9, entropy 0, `vendi` 1. Classes [0, 1, 2, 1] have the entropy
    1.0397.

    ## Options
    `clusterer = "rouge1-greedy"` in `[tool.pytest-altax]`; others through the hook `pytest_altax_clusterers`.
    `embedder = "minilm"` for `vendi` alone; others through `pytest_altax_embedders`. The same table for any samples:
    `altax diversity FILE.jsonl`.

    ## References
    Liu 2026 (arXiv 2603.24124); Zhang et al. 2025 (2504.05228); Farquhar et al. 2024 (Nature 630); Kuhn et al. 2023
    (2302.09664); Friedman & Dieng 2023 (2210.02410); Kirk et al. 2024 (2310.06452); Zhu et al. 2018 (1802.01886);
    Shaib et al. 2024 (2403.00553).
    """

    metrics = (
        _metric("distinct_clusters", Unit.COUNT, Direction.HIGHER, "classes of equivalent answers"),
        _metric("homogenization", Unit.RATIO, Direction.LOWER, "1 - classes of answers / answers", 1.0),
        _metric(
            "single_cluster_rate",
            Unit.RATIO,
            Direction.LOWER,
            "share of prompts whose answers are all equivalent",
            1.0,
            Pooling.RATE,
        ),
        _metric("semantic_entropy", Unit.NATS, Direction.HIGHER, "entropy of the classes of answers"),
        _metric("vendi", Unit.COUNT, Direction.HIGHER, "effective number of different answers"),
        _metric("ead", Unit.RATIO, Direction.HIGHER, "different n-grams / those expected by chance of so many"),
        _metric("distinct_2", Unit.RATIO, Direction.HIGHER, "different bigrams / all bigrams", 1.0),
        _metric("self_bleu", Unit.RATIO, Direction.LOWER, "BLEU of each answer against the others, 0 to 100", 100.0),
        _metric("compression_ratio", Unit.RATIO, Direction.LOWER, "bytes of the answers / bytes compressed"),
    )

    @staticmethod
    def depends(metric: str) -> tuple[str, ...]:
        """What is counted in classes rests on the clusterer."""
        return ("clusterer",) if metric in _BY_CLASS else ()

    def measure(self, reading: Reading) -> Iterator[Measurement]:
        """One sample for each prompt group that diversity is defined for; nothing for a test without answers."""
        found = reading.sampled
        if found is None:
            return
        for metric in self.metrics:
            samples: list[Sample] = []
            skipped = Counter(found.skipped)
            for group in found.groups:
                if metric.name in group.answers.values:
                    samples.append(_sample(metric.name, group))
                else:
                    skipped[group.answers.unmeasured[metric.name]] += 1
            yield Measurement(metric.name, tuple(samples), dict(skipped))


def _sample(metric: str, group: GroupVariety) -> Sample:
    values, size = group.answers.values, group.answers.samples
    if metric == "homogenization":  # as a fraction it tells the number of samples, too
        return Sample(size - values["distinct_clusters"], size, group.group)
    return Sample(values[metric], 1.0, group.group)
