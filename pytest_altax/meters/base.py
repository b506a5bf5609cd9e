"""What a meter is, and what it may read: the calls of one test, their refusal labels and their bill."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from ..measurements import Estimate, Measurement, Metric
from ..plain import Record
from ..records import Call, Choice

if TYPE_CHECKING:
    from .grading import Graded
    from .reading import Reading


class LabelKind(StrEnum):
    """What became of a prompt in one choice."""

    COMPLIANCE = "compliance"
    PARTIAL = "partial"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Label(Record):
    """A refusal label: `known_by` is `api`, `text` or `empty`; `span` the (start, end) of the text that decided."""

    kind: LabelKind
    known_by: str = "text"
    span: tuple[int, int] | None = None
    score: float | None = None

    @property
    def refused(self) -> bool:
        """Whether it counts as a refusal on a benign prompt (partial does)."""
        return self.kind is not LabelKind.COMPLIANCE


class Detector(Protocol):
    """Labels one choice by its text. `id` names it with its version (`lexical-2`): other ids are not compared.

    It is asked only where the API said nothing and there is text; see `pytest_altax.meters.labels`.
    """

    id: str

    def label(self, choice: Choice, call: Call) -> Label:
        """The label of one choice of a call."""
        ...


class Clusterer(Protocol):
    """Puts the answers of one prompt group into classes. `id` hashes name, threshold, linkage and truncation."""

    @property
    def id(self) -> str:
        """Its name and version, or a hash of them."""
        ...

    def cluster(self, answers: Sequence[str]) -> list[int]:
        """A class number from 0 for each answer, in order of first appearance."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors, for the similarity behind `vendi`. `id` names it with its version, and its truncation.

    Values of different embedders are not comparable, so the id stands beside each.
    """

    @property
    def id(self) -> str:
        """Its name and version, or a hash of them."""
        ...

    def embed(self, texts: Sequence[str]) -> Any:
        """A numpy array of numbers with one row a text; the rows need not be of unit length."""
        ...


class TokenCounter(Protocol):
    """Cuts text into tokens offline. Encodings are named as tiktoken names them."""

    def encode(self, text: str, model: str | None) -> Sequence[int]:
        """The token ids of a text with the vocabulary nearest to the model's."""
        ...

    def ends(self, text: str, model: str | None) -> Sequence[int]:
        """For each token the number of characters complete where it ends; the next token starts at that offset."""
        ...

    def slope(self, model: str | None) -> float:
        """Tokens of the model's own family for each token of ours (1 for OpenAI)."""
        ...

    def exact(self, model: str | None) -> bool:
        """Whether the vocabulary is the model's own."""
        ...

    def expected_error(self, model: str | None) -> float:
        """The relative error to expect of a count, 0 where it is exact."""
        ...


@dataclass(frozen=True, slots=True)
class Layer:
    """A named part of the app that exists for alignment, found in at most one of three ways, or by its tag alone.

    `text` is the content of its file, `pattern` a regular expression over message text, `endpoint` a whole call by
    provider and endpoint (`openai.moderations`). Any layer may also be the tag of a call (`altax.layer(name)`).
    `source` and `line` say where it was declared. `versions` are other contents that its file has had, for requests of
    that time.
    """

    name: str
    text: str | None = None
    pattern: re.Pattern[str] | None = None
    endpoint: str | None = None
    source: str = ""
    line: int | None = None
    versions: tuple[str, ...] = ()

    @property
    def by_tag_alone(self) -> bool:
        """Whether only a tag can find it, so that nothing in a request need match it."""
        return self.text is None and self.pattern is None and self.endpoint is None


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for each million tokens; cached, cache-write and input-audio default to input, output-audio to output.

    What is cached for an hour defaults to cache-write, cached audio to cached or, where only it is told, input-audio.
    """

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    cache_write_1h: float | None = None
    input_audio: float | None = None
    output_audio: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What a test gave with `altax.score`, 0 (wrong) to 1 (right), after so many calls."""

    value: float
    calls: int


@dataclass(frozen=True)
class Context:
    """What measuring needs beside the calls: settings of the run and the marks of the test.

    `tax_lines` moves lines in (True) or out (False) of the tax; `prices` are the user's own, by model; `tools_called`
    are tools reported with `altax.tool_called`, beside those the responses name. `earlier` are the texts that layers
    had when the recordings were made, by layer name; None where the cassette says nothing of them. Without an
    `embedder`, similarity is that of n-grams. `scores` are those that the test gave, in their order.
    """

    counter: TokenCounter
    detector: Detector
    clusterer: Clusterer
    embedder: Embedder | None = None
    layers: tuple[Layer, ...] = ()
    harmful: bool = False
    language: str | None = None
    tax_lines: Mapping[str, bool] = dataclasses.field(default_factory=dict)
    prices: Mapping[str, Price] = dataclasses.field(default_factory=dict)
    tools_called: frozenset[str] = frozenset()
    earlier: Mapping[str, tuple[str, ...]] | None = None
    scores: tuple[Score, ...] = ()


class Meter(Protocol):
    """One idea to measure. One module owns its metrics, its function and its page (the docstring of its class).

    It may also have a method `derive(estimates, tests)` for metrics that exist for a whole run only; see `Deriving`.
    """

    @property
    def metrics(self) -> Sequence[Metric]:
        """What it measures; usually an attribute of the class."""
        ...

    def measure(self, reading: Reading) -> Iterable[Measurement]:
        """The measurements of one test; a metric may be left out only if it has nothing to do with the test at all.

        So a test without LLM calls gets none from the built-in meters, and is quiet.
        """
        ...


class MeasuredTest(Protocol):
    """What a meter that derives may read of a test: its marks and its measurements.

    `refusals` counts its refusals by their text: see `pytest_altax.meters.refusal.texts`.
    """

    @property
    def id(self) -> str:
        """The id of the test."""
        ...

    @property
    def harmful(self) -> bool:
        """Whether its prompts are to be refused."""
        ...

    @property
    def language(self) -> str | None:
        """The language that it is marked with."""
        ...

    @property
    def probe(self) -> str | None:
        """What is asked in several languages, the same for all twins."""
        ...

    @property
    def refusals(self) -> Mapping[str, int]:
        """How often each text of refusal came."""
        ...

    @property
    def graded(self) -> Sequence[Graded]:
        """Its scores, each with the uncertainty of the answers that it is about."""
        ...

    def measurement(self, metric: str) -> Measurement | None:
        """The measurement of a metric, if there is one."""
        ...


class Deriving(Protocol):
    """A meter with metrics that exist for a whole run only, such as a difference between two kinds of tests.

    It may also have a method `gather()` that gives a `Gathered`; then the tests are read but once.
    """

    def derive(self, estimates: Mapping[str, Estimate], tests: Sequence[MeasuredTest]) -> Iterable[Estimate]:
        """The derived estimates, from the pooled ones by metric name and from what was measured in each test.

        An unmeasured one says why in its `reason`; one of a metric that was pooled goes before that. The tests of a
        large run are read from a file each time that they are looked through.
        """
        ...


class Gathered(Protocol):
    """What a meter that derives keeps of the tests of a run, which it is shown one by one, sorted by id."""

    def add(self, test: MeasuredTest) -> None:
        """Take a test into account."""
        ...

    def derive(self, estimates: Mapping[str, Estimate]) -> Iterable[Estimate]:
        """What `Deriving.derive` gives for the pooled estimates and those tests."""
        ...


def same_endpoint(call: Call, endpoint: str) -> bool:
    """Whether a call goes to an endpoint named `provider.endpoint` or `endpoint`."""
    return endpoint in (call.endpoint, f"{call.provider}.{call.endpoint}")
