"""How much the answers to one prompt differ; the page is the docstring of `Diversity`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..measurements import Direction, Measurement, Metric, Pooling, Sample, Unit
from ..records import Call
from ..text.ngrams import ngrams, words
from .base import Clusterer
from .reading import Reading

FEWEST = 5


@dataclass(frozen=True, slots=True)
class Group:
    """The answers to one prompt, or the reason why they say nothing about diversity and how often it applies."""

    name: str
    answers: tuple[str, ...] = ()
    skipped: tuple[str, int] | None = None


class Diversity:
    """Diversity: how much the answers to one prompt differ from each other.

    ## What it measures
    The samples of a prompt group: calls of one session whose request is the same apart from seed and ids, the runs of
    one `altax.sample`, and the choices of one call with `n` above 1. They are put into classes of equivalent answers.

    - `distinct_clusters` the number of classes D
    - `homogenization` 1 - D/N, for N samples
    - `single_cluster_rate` the share of prompt groups with D = 1
    - `semantic_entropy` -Σ p ln p over the shares of the classes, in nats (plug-in; biased low for few samples)
    - `distinct_2` different bigrams of words / all bigrams of the samples

    ## Why it matters
    Alignment narrows what a model says. An app that asked for ten ideas and gets one of them ten times has paid for it.

    ## How
    The clusterer is greedy against the first member of each class. `rouge1-greedy` (default): ROUGE-1 F on the first
    100 words ≥ .458; answers of 5 words or fewer are equal when twice the shared words reach the longer length.
    `jaccard2`: Jaccard of bigrams ≥ .4. `exact`. Values are computed for each prompt group and then averaged.

    ## Limits
    Not measured for a group of fewer than 5 samples, at temperature 0, with a fixed seed, where one recording was
    played again, and for stale answers. Word overlap is not meaning. Values from different clusterers are not
    comparable, nor are answers of very different length; gibberish looks diverse.

    ## Example
    Ten answers "Paris." give D = 1, homogenization .9, entropy 0. Classes [0, 1, 2, 1] have the entropy 1.0397.

    ## Options
    `clusterer = "rouge1-greedy"` in `[tool.pytest-altax]`; others through the hook `pytest_altax_clusterers`.

    ## References
    Liu 2026 (arXiv 2603.24124); Zhang et al. 2025 (2504.05228); Farquhar et al. 2024 (Nature 630); Kuhn et al. 2023
    (2302.09664).
    """

    metrics = (
        Metric("distinct_2", Unit.RATIO, Direction.HIGHER, Pooling.MEAN, "different bigrams / all bigrams", high=1.0),
        Metric(
            "distinct_clusters", Unit.COUNT, Direction.HIGHER, Pooling.MEAN, "classes of equivalent answers", low=1.0
        ),
        Metric(
            "homogenization", Unit.RATIO, Direction.LOWER, Pooling.MEAN, "1 - classes of answers / answers", high=1.0
        ),
        Metric(
            "single_cluster_rate",
            Unit.RATIO,
            Direction.LOWER,
            Pooling.RATE,
            "share of prompts whose answers are all equivalent",
            high=1.0,
        ),
        Metric("semantic_entropy", Unit.NATS, Direction.HIGHER, Pooling.MEAN, "entropy of the classes of answers"),
    )

    def measure(self, reading: Reading) -> Iterator[Measurement]:
        """One sample for each prompt group that diversity is defined for; nothing for a test without answers."""
        groups = prompt_answers(reading)
        if not groups:
            return
        samples: dict[str, list[Sample]] = defaultdict(list)
        skipped: Counter[str] = Counter()
        for group in groups:
            if group.skipped:
                skipped[group.skipped[0]] += group.skipped[1]
            else:
                _measure_group(group, reading.context.clusterer, samples)
        without = sum(not group.skipped for group in groups) - len(samples["distinct_2"])
        for metric in self.metrics:
            no_bigrams = {"no bigrams": without} if metric.name == "distinct_2" and without else {}
            yield Measurement(metric.name, tuple(samples[metric.name]), {**skipped, **no_bigrams})


def prompt_answers(reading: Reading) -> list[Group]:
    """The prompt groups of a test with their answers: those of untagged generation calls that were answered."""
    calls: dict[str, list[Call]] = defaultdict(list)
    for number in reading.answering:
        if reading.calls[number].choices:
            calls[reading.groups[number]].append(reading.calls[number])
    return [_group(name, of_group) for name, of_group in calls.items()]


def entropy(classes: Sequence[int]) -> float:
    """The plug-in entropy of class numbers, in nats."""
    return math.fsum(n / len(classes) * math.log(len(classes) / n) for n in Counter(classes).values())


def _group(name: str, calls: Sequence[Call]) -> Group:
    live = [call for call in calls if not call.stale]
    answers = tuple(text for call in live for text in _answers(call))
    if len(answers) < FEWEST:
        stale = len(calls) - len(live)
        return Group(name, skipped=("stale", stale) if stale else (f"fewer than {FEWEST} samples", 1))
    reason = _undefined(live)
    return Group(name, skipped=(reason, 1)) if reason else Group(name, answers)


def _answers(call: Call) -> Iterator[str]:
    """The texts of a call's choices; one that only calls tools has none."""
    for choice in call.choices:
        text = choice.text or choice.refusal or ""
        if text or not choice.tool_calls:
            yield text


def _undefined(calls: Sequence[Call]) -> str | None:
    """Why samples say nothing about diversity. A temperature that is not given is the provider's default, not 0."""
    if calls[0].settings.get("temperature") == 0:
        return "temperature 0"
    if calls[0].seed is not None and len({call.seed for call in calls}) == 1:
        return "fixed seed"
    recordings = [call.recording for call in calls if call.recording is not None]
    return "one recording played again" if len(set(recordings)) < len(recordings) else None


def _measure_group(group: Group, clusterer: Clusterer, samples: Mapping[str, list[Sample]]) -> None:
    classes = clusterer.cluster(group.answers)
    distinct, size = len(set(classes)), len(classes)
    _add(samples, "distinct_clusters", group, distinct)
    _add(samples, "homogenization", group, size - distinct, size)
    _add(samples, "single_cluster_rate", group, float(distinct == 1))
    _add(samples, "semantic_entropy", group, entropy(classes))
    bigrams = _bigrams(group.answers)
    if bigrams:
        _add(samples, "distinct_2", group, len(bigrams), bigrams.total())


def _add(samples: Mapping[str, list[Sample]], metric: str, group: Group, value: float, of: float = 1.0) -> None:
    samples[metric].append(Sample(value, of, group.name))


def _bigrams(answers: Iterable[str]) -> Counter[tuple[str, ...]]:
    counts: Counter[tuple[str, ...]] = Counter()
    for answer in answers:
        counts.update(ngrams(words(answer), 2))
    return counts
