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


class JsonLines:
    """The reporter `jsonl`."""

    destination: str | None = "altax-results.jsonl"

    def render(self, results: Results) -> str:
        """The results as JSON lines, keys sorted, no NaN."""
        rows = [
            _row("header", results.header),
            *(_row("test", test) for test in results.tests),
            _row("run", results.run),
        ]
        return "".join(json.dumps(row, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n" for row in rows)


def _row(kind: str, record: Record) -> dict[str, Any]:
    return {"kind": kind, **record.to_json(), **({"version": FORMAT_VERSION} if kind == "header" else {})}


def read(text: str, name: str, metrics: Mapping[str, Metric]) -> Results:
    """The results that `render` gave `text` for. `name` is the file's, for errors.

    Raises ResultsError with the line: not JSON, another version, a field that does not fit, or no last line.
    """
    rows = [_parse(line, f"{name}:{number}") for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not rows or rows[0][0] != "header":
        raise ResultsError(f"{name}:1: a header was expected", fix="give a file written by --altax-report=jsonl")
    if rows[-1][0] != "run":
        fix = "run the tests again; the run that wrote it did not finish"
        raise ResultsError(f"{name} is truncated: it has no line for the run", fix=fix)
    version = rows[0][1].get("version")
    if version != FORMAT_VERSION:
        fix = "read it with the version of pytest-altax that wrote it"
        raise ResultsError(f"{name}:1: format version {version!r}, this is version {FORMAT_VERSION}", fix=fix)
    tests = tuple(TestResult.from_json(row, where) for kind, row, where in rows[1:-1])
    return Results(
        Header.from_json(rows[0][1], rows[0][2]), tests, RunResult.from_json(rows[-1][1], rows[-1][2]), metrics
    )


def _parse(line: str, where: str) -> tuple[str, dict[str, Any], str]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ResultsError(f"{where}: not JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(row, dict) or row.get("kind") not in ("header", "test", "run"):
        raise ResultsError(f"{where}: an object with kind header, test or run was expected")
    return row.pop("kind"), row, where


def schema() -> dict[str, Any]:
    """The JSON Schema of a line of the file."""
    text = files("pytest_altax").joinpath("data/results.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
