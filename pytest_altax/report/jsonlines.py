"""The results file: `altax-results.jsonl`, one JSON object a line, checked against `data/results.schema.json`.

The first line is the header, then one line a test sorted by id, then one line for the run. A file without that last
line is truncated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ..errors import ResultsError
from ..measurements import Metric
from ..plain import Record
from .model import FORMAT_VERSION, Header, Results, RunResult, TestResult

_KINDS = ("header", "test", "run")
_ENCODER = json.JSONEncoder(sort_keys=True, allow_nan=False, ensure_ascii=False)


class JsonLines:
    """The reporter `jsonl`."""

    destination: str | None = "altax-results.jsonl"

    def render(self, results: Results) -> str:
        """The results as JSON lines, keys sorted, no NaN."""
        rows = (("header", results.header), *(("test", test) for test in results.tests), ("run", results.run))
        return "".join(row(kind, record) for kind, record in rows)


def row(kind: str, record: Record) -> str:
    """The line of a record: `kind` is header, test or run."""
    version = {"version": FORMAT_VERSION} if kind == "header" else {}
    return _ENCODER.encode({"kind": kind, **record.to_json(), **version}) + "\n"


def with_savings(line: str, where: str, test: TestResult) -> str:
    """The line of a test with the savings of `test`, which is that test otherwise: faster than to make it of a record.

    Raises ResultsError.
    """
    kind, data = parse(line, where)
    data.pop("savings", None)
    savings = {"savings": [one.to_json() for one in test.savings]} if test.savings else {}
    return _ENCODER.encode({"kind": kind, **data, **savings}) + "\n"


def read(text: str, name: str, metrics: Mapping[str, Metric]) -> Results:
    """The results that `render` gave `text` for. `name` is the file's, for errors.

    Raises ResultsError with the line: not JSON, another version, a field that does not fit, or no last line.
    """
    # Texts may hold what splitlines takes for the end of a line, such as U+2028
    lines = text.removeprefix("\ufeff").split("\n")
    places = [(line, f"{name}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    first, where = places[0] if places else ("", f"{name}:1")
    header = read_header(first, where)
    run = read_run(*places[-1], name)
    return Results(header, tuple(read_test(*place) for place in places[1:-1]), run, metrics)


def read_header(line: str, where: str) -> Header:
    """The header in the first line of a file; the line may be empty."""
    kind, data = parse(line, where) if line else ("", {})
    if kind != "header":
        raise ResultsError(f"{where}: a header was expected", fix="give a file written by --altax-report=jsonl")
    version = data.get("version")
    if version != FORMAT_VERSION:
        fix = "read it with the version of pytest-altax that wrote it"
        raise ResultsError(f"{where}: format version {version!r}, this is version {FORMAT_VERSION}", fix=fix)
    return Header.from_json(data, where)


def read_test(line: str, where: str) -> TestResult:
    """The test in a line between the first and the last."""
    kind, data = parse(line, where)
    if kind != "test":
        raise ResultsError(f"{where}: a test was expected, found {kind}", fix="give one file for each run")
    return TestResult.from_json(data, where)


def read_run(line: str, where: str, name: str) -> RunResult:
    """The run in the last line of the file `name`."""
    kind, data = parse(line, where)
    if kind != "run":
        fix = "run the tests again; the run that wrote it did not finish"
        raise ResultsError(f"{name} is truncated: it has no line for the run", fix=fix)
    return RunResult.from_json(data, where)


def parse(line: str, where: str) -> tuple[str, dict[str, Any]]:
    """The kind of a line (header, test, run) and its data. Raises ResultsError."""
    try:
        data = json.loads(line, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ResultsError(f"{where}: not JSON: {error.msg} at column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{where}: not JSON: {error}") from error
    if not isinstance(data, dict) or data.get("kind") not in _KINDS:
        raise ResultsError(f"{where}: an object with kind header, test or run was expected")
    return data.pop("kind"), data


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def schema() -> dict[str, Any]:
    """The JSON Schema of a line of the file."""
    text = files("pytest_altax").joinpath("data/results.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
