"""A project on disk for the tests of the configuration, and the metrics that it may budget."""

import pytest

from pytest_altax.config import load
from pytest_altax.errors import ConfigError
from pytest_altax.measurements import Direction, Metric, Pooling, Unit

METRICS = {
    metric.name: metric
    for metric in (
        Metric("tax_tokens", Unit.TOKENS, Direction.LOWER, Pooling.TOTAL, "tokens of the tax"),
        Metric("cost_usd", Unit.USD, Direction.LOWER, Pooling.TOTAL, "dollars"),
        Metric("calls", Unit.COUNT, Direction.NEUTRAL, Pooling.TOTAL, "calls"),
        Metric("tax_ratio", Unit.RATIO, Direction.LOWER, Pooling.RATIO, "tax of all tokens", high=1.0),
        Metric("refusal_rate", Unit.RATIO, Direction.LOWER, Pooling.RATE, "refused benign prompts", high=1.0),
        Metric("refusal_selectivity", Unit.RATIO, Direction.HIGHER, Pooling.MEAN, "both sides", low=-1.0, high=1.0),
        Metric("distinct_2", Unit.RATIO, Direction.HIGHER, Pooling.MEAN, "distinct bigrams", high=1.0),
        Metric("momentum", Unit.NATS, Direction.HIGHER, Pooling.MEAN, "pays for itself", low=None),
    )
}


class Project:
    """A folder with a `pyproject.toml`."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def load(self, text, **options):
        self.write("pyproject.toml", text)
        return load(
            self.folder / "pyproject.toml",
            root=self.folder,
            metrics=METRICS,
            detectors=["lexical", "strict"],
            clusterers=["rouge1-greedy", "jaccard2", "exact"],
            **options,
        )

    def refuses(self, text, **options):
        with pytest.raises(ConfigError) as caught:
            self.load(text, **options)
        return str(caught.value)
