"""Metrics and measurements for the tests of the gate."""

from pytest_altax.measurements import Direction, Measurement, Metric, Pooling, Sample, Unit

TOKENS = Metric("tax_tokens", Unit.TOKENS, Direction.LOWER, Pooling.TOTAL, "tokens of the tax")
COST = Metric("cost_usd", Unit.USD, Direction.LOWER, Pooling.TOTAL, "dollars")
RATIO = Metric("tax_ratio", Unit.RATIO, Direction.LOWER, Pooling.RATIO, "tax of all tokens", high=1.0)
RATE = Metric("refusal_rate", Unit.RATIO, Direction.LOWER, Pooling.RATE, "refused benign prompts", high=1.0)
MEAN = Metric("distinct_2", Unit.RATIO, Direction.HIGHER, Pooling.MEAN, "distinct bigrams", high=1.0)
CLUSTERS = Metric("distinct_clusters", Unit.COUNT, Direction.HIGHER, Pooling.MEAN, "different answers", low=1.0)
METRICS = {metric.name: metric for metric in (TOKENS, COST, RATIO, RATE, MEAN, CLUSTERS)}


def part(metric, *samples, **fields):
    """A measurement of samples written (numerator, denominator, group), the last two optional."""
    return Measurement(metric.name, tuple(Sample(*sample) for sample in samples), **fields)


def outcomes(metric, *groups):
    """Measurements of sampled outcomes: one test a group, written (successes, n)."""
    return [
        (f"test_{number}", part(metric, *[(float(place < successes), 1.0, "g") for place in range(n)]))
        for number, (successes, n) in enumerate(groups)
    ]
