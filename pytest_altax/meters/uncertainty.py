"""How uncertain the model was, and whether that tells wrong answers; the page is the docstring of `Uncertainty`."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ..measurements import Direction, Estimate, Measurement, Metric, Pooling, Sample, Unit
from ..stats.distributions import normal_quantile
from ..stats.ranking import auroc, auroc_interval
from .base import Gathered, MeasuredTest
from .grading import STALE, Answer, answers_of, token_entropies
from .reading import Reading

RIGHT = 0.5
_NO_SCORES = "no test gave a score with altax.score"
_ONE_KIND = "needs right and wrong answers"
_Z = normal_quantile(0.975)


class Uncertainty:
    """Uncertainty: how unsure the model was of its answers, and whether that tells right answers from wrong ones.

    ## What it measures
    - `token_entropy` the mean over the tokens of an answer of -Σ p ln p, over the likeliest tokens in its place, in
      nats; the mean over the answers to a prompt, then over prompts
    - `uncertainty_auroc` how often a wrong answer (a score below .5) is more uncertain than a right one, ties counting
      half: the area under the ROC curve, for a whole run only. .5 is no signal, 1 a perfect one, below .5 the model is
      surer of what is wrong

    ## Why it matters
    An app that knows when its model is unsure can ask again, look it up or say so. Alignment makes models sure of
    everything: where all samples of a prompt are equivalent, their entropy is 0 for right and wrong answers alike, and
    `uncertainty_auroc` is .5.

    ## How
    `token_entropy` is of what the API returned with the answer: ask for it (`logprobs` and `top_logprobs`;
    `responseLogprobs` and `logprobs` with Gemini). It is a lower bound: the tokens that are not told would add to it,
    and nothing is guessed for them. A token told as -9999 has the probability 0.

    For `uncertainty_auroc` the uncertainty of an answer is the `semantic_entropy` of its prompt where that is measured
    (5 samples and more), else its token entropy; each is compared with its like alone. A score is about the answers
    since the scores before: one each, or one prompt each, where they are as many, else all of them. The interval is
    Newcombe's (2006), for as many answers as there are prompts.

    ## Limits
    Not every API returns log probabilities, and some return those of the written tokens alone, which say nothing of
    what else might have stood there. Values for another number of alternatives (`top_logprobs`) are not comparable.
    Token entropy is of wording as well as of meaning. Stale answers are not measured. `uncertainty_auroc` needs right
    and wrong answers: a handful has an interval as wide as its range.

    ## Example
    A token of two equally likely alternatives has the entropy ln 2 = .69. Wrong answers of entropy .9 and .4 beside
    right ones of .4 and .1: of 4 pairs 3 are in order and one is a tie, so the area is .875.

    ## Options
    `clusterer` in `[tool.pytest-altax]` for semantic entropy; `altax.score(x)` in a test.

    ## References
    Farquhar et al. 2024 (Nature 630); Kuhn et al. 2023 (arXiv 2302.09664); Malinin & Gales 2021 (2002.07650); Hanley &
    McNeil 1982; Newcombe 2006 (Statistics in Medicine 25:559).
    """

    metrics = (
        Metric("token_entropy", Unit.NATS, Direction.HIGHER, Pooling.MEAN, "mean entropy of the tokens of an answer"),
        Metric(
            "uncertainty_auroc",
            Unit.RATIO,
            Direction.HIGHER,
            Pooling.MEAN,
            "how well uncertainty tells wrong answers from right ones, of a whole run",
            high=1.0,
        ),
    )

    def measure(self, reading: Reading) -> Iterator[Measurement]:
        """The token entropy, one sample a prompt: the sum over its answers, of so many; nothing without answers."""
        answers: dict[str, list[Answer]] = defaultdict(list)
        for number in reading.answering:
            answers[reading.groups[number]] += answers_of(number, reading)
        samples, skipped = [], Counter[str]()
        for group, asked in answers.items():
            live = [(number, place) for number, place in asked if not reading.calls[number].stale]
            entropies, reason = token_entropies(reading, live)
            if entropies:
                samples.append(Sample(math.fsum(entropies), len(entropies), group))
            elif asked:
                skipped[reason if live else STALE] += 1
        if samples or skipped:
            yield Measurement("token_entropy", tuple(samples), dict(skipped))

    def derive(self, estimates: Mapping[str, Estimate], tests: Iterable[MeasuredTest]) -> Iterable[Estimate]:
        """The area of a run, from the scores of all its tests."""
        gathered = self.gather()
        for test in tests:
            gathered.add(test)
        return gathered.derive(estimates)

    def gather(self) -> Gathered:
        """What deriving needs of the tests, which come one by one: the uncertainty of each score, 8 bytes of it."""
        return _Graded()


class _Graded:
    """The uncertainties of right and wrong answers by scale, and how many prompts they are of."""

    def __init__(self) -> None:
        self._strata: dict[str, tuple[array[float], array[float]]] = {}
        self._wrong = self._right = self._prompts = 0
        self._skipped: Counter[str] = Counter()
        self._any = False

    def add(self, test: MeasuredTest) -> None:
        """Take the scores of a test."""
        self._any = True
        prompts: tuple[set[str], set[str]] = (set(), set())
        for one in test.graded:
            if one.reason is not None:
                self._skipped[one.reason] += 1
            if one.uncertainty is not None:
                right = one.score >= RIGHT
                prompts[right].add(one.prompt)
                self._strata.setdefault(one.scale, (array("d"), array("d")))[right].append(one.uncertainty)
        # The name of a prompt is unique within a test only
        self._wrong += len(prompts[0])
        self._right += len(prompts[1])
        self._prompts += len(prompts[0] | prompts[1])

    def derive(self, estimates: Mapping[str, Estimate]) -> Iterator[Estimate]:  # noqa: ARG002 - it rests on scores
        """The area; nothing without a test."""
        skipped, value = self._skipped, auroc(self._strata.values())
        if value is not None:
            yield self._estimate(value)
        elif self._any:
            likeliest = min(skipped, key=lambda reason: (reason != STALE, -skipped[reason], reason), default=_NO_SCORES)
            reason = _ONE_KIND if self._strata else likeliest
            yield Estimate("uncertainty_auroc", reason=reason, skipped=dict(skipped))

    def _estimate(self, value: float) -> Estimate:
        low, high = auroc_interval(value, self._wrong, self._right)
        n = sum(len(values) for stratum in self._strata.values() for values in stratum)
        return Estimate(
            "uncertainty_auroc",
            value,
            low=low,
            high=high,
            n=n,
            effective=self._prompts,
            # of the side on which it reaches further: at 0 and 1 there is but one
            deviation=max(high - value, value - low) / _Z * math.sqrt(n),
            skipped=dict(sorted(self._skipped.items())),
        )
