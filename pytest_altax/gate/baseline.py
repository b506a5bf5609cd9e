"""The baseline: what an earlier run measured, blessed by committing it as `altax-baseline.json`.

One sorted line a test, so that a change of one test is a change of one line. What a run measured is kept as the sums of
each prompt group, which is all that comparing needs.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ResultsError
from ..measurements import Measurement, Metric, Pooling, Sample
from ..plain import Record
from .estimate import Parts

BASELINE_FORMAT = 1
"""1: header fields, `metrics`, `tests` (0.1.0)."""
NAME = "altax-baseline.json"
_NOTHING = (Sample(0.0),)
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")
_TOKENS, _RATIO = "_tokens", "_ratio"
_AGAIN = "restore it from git, or remove it and make it again: pytest --altax && altax baseline update"


@dataclass(frozen=True, slots=True)
class BaselineHeader(Record):
    """What made a baseline. `created` is UTC, ISO 8601; `revision` the commit that was checked out, if that is known.

    `detector`, `clusterer`, `tokenizer` and `prices` are those of the run: numbers that rest on others do not compare.
    """

    altax: str
    created: str
    detector: str
    clusterer: str
    tokenizer: str
    prices: str = ""
    revision: str | None = None
    version: int = BASELINE_FORMAT


@dataclass(frozen=True, slots=True)
class Baseline:
    """The measurements of an earlier run: `tests` by id, each metric's samples summed by prompt group.

    `metrics` are the names of all that were measured then. A test has no entry for a metric that was not measured in
    it. `source` says where it was read.
    """

    header: BaselineHeader
    metrics: frozenset[str]
    tests: Mapping[str, Mapping[str, tuple[Sample, ...]]] = field(default_factory=dict)
    source: str = NAME

    def parts(self, metric: str, ids: Iterable[str] | None = None) -> Parts:
        """The measurements of a metric by test, sorted by id; of all tests, or of these."""
        known = self.tests if ids is None else self.tests.keys() & ids
        return [(id, Measurement(metric, self.tests[id][metric])) for id in sorted(known) if metric in self.tests[id]]


def bless(
    header: BaselineHeader, tests: Iterable[tuple[str, Sequence[Measurement]]], metrics: Mapping[str, Metric]
) -> Baseline:
    """The baseline of a run, from the measurements of its tests by id. What a meter left out in part is not kept."""
    kept: dict[str, dict[str, tuple[Sample, ...]]] = {}
    for id, measurements in tests:
        found = {
            one.metric: _summed(one, metrics[one.metric].pooling)
            for one in measurements
            if one.metric in metrics and _whole(one, metrics)
        }
        if found:
            kept[id] = found
    return Baseline(header, frozenset(name for found in kept.values() for name in found), kept)


def update(before: Baseline, made: Baseline, *, stale: frozenset[str], partial: str | None) -> Baseline:
    """The baseline of a run, with what the run did not measure kept from the one before.

    That are the other tests of a run that was cut short (`partial` says why), and what was known of tests whose answers
    are `stale` now. Raises ResultsError where what is kept was made with another detector, clusterer, tokenizer or
    table of prices.
    """
    kept = {id: dict(found) for id, found in before.tests.items() if partial is not None and id not in made.tests}
    for id, found in made.tests.items():
        known = before.tests.get(id, {}) if id in stale else {}
        kept[id] = {**{name: samples for name, samples in known.items() if name not in found}, **found}
    if kept != made.tests:
        _check_alike(before.header, made.header, partial)
    names = frozenset(name for found in kept.values() for name in found)
    return Baseline(made.header, names, kept, made.source)


def _check_alike(before: BaselineHeader, made: BaselineHeader, partial: str | None) -> None:
    for name, what in (*((one, one) for one in ("detector", "clusterer", "tokenizer")), ("prices", "table of prices")):
        was, now = getattr(before, name), getattr(made, name)
        if was != now:
            why = f"the run is partial ({partial})" if partial else "answers of this run are stale"
            raise ResultsError(
                f"the baseline cannot be updated in part: its {what} is {was}, that of the run {now}",
                facts=[f"{why}, so some of it would stay as it was"],
                fix="run the whole suite with nothing stale, then update",
            )


def _whole(measurement: Measurement, metrics: Mapping[str, Metric]) -> bool:
    return bool(measurement.samples) and (metrics[measurement.metric].pooling.sampled or not measurement.skipped)


def _summed(measurement: Measurement, pooling: Pooling) -> tuple[Sample, ...]:
    groups: dict[str, list[Sample]] = {}
    for sample in measurement.samples:
        groups.setdefault(sample.group, []).append(sample)
    return tuple(_sum(name, group, pooling) for name, group in sorted(groups.items()))


def _sum(name: str, group: Sequence[Sample], pooling: Pooling) -> Sample:
    """One sample for a prompt group; where a mean has several, their sum and number, so that its ratio is the mean."""
    if pooling is Pooling.MEAN and len(group) > 1:
        values = [one.numerator / one.denominator for one in group if one.denominator]
        return Sample(math.fsum(values), len(values), name)
    return Sample(math.fsum(one.numerator for one in group), math.fsum(one.denominator for one in group), name)


def write(baseline: Baseline, metrics: Mapping[str, Metric]) -> str:
    """The text of the file: sorted, one line a test.

    A total of 0 is left out, as is a ratio of all tokens whose line stands there: `metrics` says what was measured.
    """
    head = {key: value for key, value in baseline.header.to_json().items() if key != "version"}
    lines = [f'"version": {BASELINE_FORMAT}', *(f"{_json(key)}: {_json(head[key])}" for key in sorted(head))]
    lines.append(f'"metrics": {_json(sorted(baseline.metrics))}')
    tests = [
        f"{_json(id)}: {_json(_line(found, baseline.metrics, metrics))}" for id, found in sorted(baseline.tests.items())
    ]
    lines.append('"tests": {\n' + ",\n".join(tests) + "\n}" if tests else '"tests": {}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _line(
    found: Mapping[str, tuple[Sample, ...]], names: frozenset[str], metrics: Mapping[str, Metric]
) -> dict[str, Any]:
    unmeasured = sorted(name for name in names if name not in found)
    plain = {name: _number(samples) for name, samples in found.items() if samples != _implied(name, found, metrics)}
    return {**plain, **({"unmeasured": unmeasured} if unmeasured else {})}


def _implied(
    name: str, found: Mapping[str, tuple[Sample, ...]], metrics: Mapping[str, Metric]
) -> tuple[Sample, ...] | None:
    """The samples that a metric has where a line does not give them: 0, or its line's tokens of all tokens."""
    pooling = metrics[name].pooling if name in metrics else None
    if pooling is Pooling.TOTAL:
        return _NOTHING
    line = found.get(name.removesuffix(_RATIO) + _TOKENS, ()) if name.endswith(_RATIO) else ()
    total = found.get("total" + _TOKENS, ())
    if pooling is Pooling.RATIO and len(line) == len(total) == 1:
        return (Sample(line[0].numerator, total[0].numerator),)
    return None


def _number(samples: Sequence[Sample]) -> Any:
    """`12` for a total, else `{group: [numerator, denominator]}`."""
    if len(samples) == 1 and samples[0].denominator == 1 and not samples[0].group:
        return _short(samples[0].numerator)
    return {one.group: [_short(one.numerator), _short(one.denominator)] for one in samples}


def _short(value: float) -> float:
    return int(value) if value == int(value) else value


def read(text: str, source: str, metrics: Mapping[str, Metric]) -> Baseline:
    """The baseline that `write` gave `text` for; `source` names it in errors.

    Raises ResultsError for what is not JSON (a merge conflict is named as such), of another version, or no number.
    """
    data = _object(text, source)
    version = data.pop("version", None)
    if version != BASELINE_FORMAT:
        raise ResultsError(
            f"{source}: format version {version!r}, this is version {BASELINE_FORMAT}",
            fix=f"use the version of pytest-altax that wrote it, or {_AGAIN}",
        )
    names, tests = data.pop("metrics", None), data.pop("tests", None)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or not isinstance(tests, dict):
        raise _bad(source, "it needs a list `metrics` and a table `tests`")
    header = BaselineHeader.from_json(data, source)
    measured = frozenset(names)
    return Baseline(
        header,
        measured,
        {id: dict(_samples(id, line, measured, metrics, source)) for id, line in tests.items()},
        source,
    )


def _object(text: str, source: str) -> dict[str, Any]:
    conflict = next((n for n, line in enumerate(text.splitlines(), 1) if line.startswith(_CONFLICT)), None)
    if conflict is not None:
        raise ResultsError(
            f"{source}:{conflict}: a merge conflict is left in it",
            fix="take either side, then run the tests and altax baseline update",
        )
    try:
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise _bad(f"{source}:{error.lineno}", f"not JSON: {error.msg} at column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise _bad(source, f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise _bad(source, "an object was expected")
    return data


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object each of whose keys stands there once: of two lines of a test, left by a merge, neither is the truth."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands there twice")
    return found


def _samples(
    id: str, line: Any, names: frozenset[str], metrics: Mapping[str, Metric], source: str
) -> Iterator[tuple[str, tuple[Sample, ...]]]:
    if not isinstance(line, dict):
        raise _bad(source, f"test {id!r}: an object was expected")
    unmeasured = line.get("unmeasured", [])
    if not isinstance(unmeasured, list) or not all(isinstance(name, str) for name in unmeasured):
        raise _bad(source, f"test {id!r}: `unmeasured` is a list of names")
    given = {
        name: _given(f"test {id!r}, {name}", value, source) for name, value in line.items() if name != "unmeasured"
    }
    if unknown := sorted(given.keys() - names):
        raise _bad(source, f"test {id!r} has {unknown[0]!r}, which `metrics` does not list")
    known = names.difference(unmeasured)
    totals = {name for name in known if name in metrics and metrics[name].pooling is Pooling.TOTAL}
    given |= dict.fromkeys(totals - given.keys(), _NOTHING)
    for name in sorted(known):
        samples = given.get(name) or _implied(name, given, metrics)
        share = name in metrics and metrics[name].pooling is Pooling.RATE and metrics[name].high == 1
        if share and not all(map(_is_share, samples or ())):
            raise _bad(source, f"test {id!r}, {name}: of a rate no count is below 0 or above its number of samples")
        if samples:
            yield name, samples


def _is_share(sample: Sample) -> bool:
    return 0 <= sample.numerator <= sample.denominator


def _given(what: str, value: Any, source: str) -> tuple[Sample, ...]:
    if _is_number(value):
        return (Sample(value),)
    if isinstance(value, dict) and value:
        pairs = [
            (group, pair)
            for group, pair in value.items()
            if isinstance(pair, list) and len(pair) == 2 and all(map(_is_number, pair)) and pair[1] >= 0
        ]
        if len(pairs) == len(value):
            return tuple(Sample(pair[0], pair[1], group) for group, pair in pairs)
    raise _bad(source, f"{what}: a number, or [numerator, denominator] by prompt group, was expected")


def _is_number(value: Any) -> bool:
    """Whether a value is a finite number; whole ones of JSON may be too large for a float."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < sys.float_info.max


def _bad(where: str, what: str) -> ResultsError:
    return ResultsError(f"{where}: {what}", fix=_AGAIN)
