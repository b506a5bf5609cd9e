"""Failing entries of a run that are no budget: patterns and layers that match nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..errors import nearest
from ..gate.budget import Budget
from ..meters.base import Layer
from ..report.model import Problem, TestResult

OF_PATTERNS = "budgets["
_MOST_NEAR = 1000
"""Of the texts near to a layer that matches nothing so many are looked at for the nearest."""


def nothing_measured() -> Problem:
    """What is said of a run without a call."""
    fix = "check that the tests call a model, and that its host is a known one or stands in `hosts`"
    said = f"nothing was measured: no test that ran made an LLM call\n  to fix: {fix}"
    return Problem("nothing-measured", said)


def pattern_problems(budget: Budget, known: Collection[str]) -> Iterator[Problem]:
    """The budgets of tests whose pattern fits none of the ids that are `known` of the suite."""
    for number, entry in enumerate(budget.tests):
        if any(entry.covers(id) for id in known):
            continue
        near = nearest(entry.match, known)
        did_you_mean = f"\n  did you mean {near!r}?" if near else ""
        line = entry.limits[0].line if entry.limits else None
        said = f"the pattern {entry.match!r} matches no test, so its budget can never fail{did_you_mean}"
        fix = "\n  to fix: match is a test id, or a pattern with * and ? for several, such as tests/support/*"
        yield Problem(f"{OF_PATTERNS}{number}]", said + fix, line)


class Unchosen:
    """The budgets of tests that name a language or a model which none of the tests has that come one by one."""

    def __init__(self, budget: Budget) -> None:
        self._left = {
            number: entry for number, entry in enumerate(budget.tests) if entry.language is not None or entry.model
        }
        self._seen: dict[int, set[str]] = {number: set() for number in self._left}

    def add(self, test: TestResult) -> None:
        """Look at the language and the models of a test."""
        for number, entry in list(self._left.items()):
            if entry.fits(test.id, test.language, test.models):
                del self._left[number]
            elif entry.covers(test.id) and len(self._seen[number]) < _MOST_NEAR:
                self._seen[number].update(filter(None, test.models if entry.model else [test.language]))

    def problems(self, told: Collection[str]) -> Iterator[Problem]:
        """One for each budget that was never applied, but for those `told` by name, whose pattern fits no test."""
        for number, entry in self._left.items():
            name = f"{OF_PATTERNS}{number}]"
            if name in told:
                continue
            chosen = {"language": entry.language, "model": entry.model}
            what = " and ".join(f"{key} {value!r}" for key, value in chosen.items() if value is not None)
            near = nearest(entry.model or entry.language or "", sorted(self._seen[number]))
            said = f"no test that fits {entry.match!r} has {what}, so its budget can never fail"
            facts = f"\n  did you mean {near!r}?" if near else ""
            fix = (
                "\n  to fix: language is that of the marker, @pytest.mark.altax(language=...); model that of the calls"
            )
            line = entry.limits[0].line if entry.limits else None
            yield Problem(name, said + facts + fix, line)


class Unmatched:
    """The layers that stand in no request of tests that come one by one, and what comes nearest to each."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._near: dict[str, set[str]] = {layer.name: set() for layer in layers}
        self._layers = layers

    def add(self, test: TestResult) -> None:
        """Look at the layers of a test."""
        if not self._near:
            return
        for name in test.layers:
            self._near.pop(name, None)
        for name, text in test.nearest.items():
            if name in self._near and len(self._near[name]) < _MOST_NEAR:
                self._near[name].add(text)

    def problems(self) -> list[Problem]:
        """One for each layer that was not found."""
        return [_problem(layer, sorted(self._near[layer.name])) for layer in self._layers if layer.name in self._near]


def _problem(layer: Layer, close: Sequence[str]) -> Problem:
    near = nearest(layer.endpoint or layer.name, close) or (close[0] if close else None)
    said, fact, fix = _unmatched(layer)
    facts = f"\n  {fact}: {near}" if near else ""
    message = f"{said}{facts}\n  set in {layer.source}\n  to fix: {fix}"
    return Problem(f"layers.{layer.name}", message, layer.line)


def _unmatched(layer: Layer) -> tuple[str, str, str]:
    """What to say of a layer that was not found, what the nearest thing is called, and how to fix it."""
    if layer.endpoint:
        said = f"layer {layer.name!r}: no call went to the endpoint {layer.endpoint!r}"
        return (
            said,
            "nearest endpoint that was called",
            "name it as `altax calls` does, PROVIDER.ENDPOINT, or remove it",
        )
    if layer.by_tag_alone:
        said = f"layer {layer.name!r}: no call was tagged so"
        return said, "nearest tag that was used", f"make its calls in `with altax.layer({layer.name!r}):`, or remove it"
    said = f"layer {layer.name!r} matches nothing in any request"
    return said, "nearest text in a request", "point it at the text that the app sends, or remove it"
