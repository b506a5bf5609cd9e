"""The results file: valid under its schema, read back as it was, refused when it is not whole."""

import dataclasses
import json

import jsonschema
import pytest
from report_results import METRICS

from pytest_altax.errors import ResultsError
from pytest_altax.measurements import Estimate, Measurement, Sample, Verdict
from pytest_altax.meters.cachebreaks import CacheBreak
from pytest_altax.meters.grading import Graded
from pytest_altax.meters.savings import Saving, ServerUse, ToolUse
from pytest_altax.meters.variety.record import GroupVariety, Variety
from pytest_altax.report.jsonlines import JsonLines, read, schema
from pytest_altax.report.model import Header, LedgerLine, Problem, RunResult, StaleCall, TestResult

DEFS = {
    "sample": Sample,
    "measurement": Measurement,
    "estimate": Estimate,
    "verdict": Verdict,
    "line": LedgerLine,
    "stale": StaleCall,
    "problem": Problem,
    "graded": Graded,
    "group_variety": GroupVariety,
    "variety": Variety,
    "saving": Saving,
    "cache_break": CacheBreak,
    "tool": ToolUse,
    "server": ServerUse,
    "header": Header,
    "test": TestResult,
    "run": RunResult,
}


def test_every_line_fits_the_schema(with_problem):
    validator = jsonschema.Draft202012Validator(schema())
    for line in JsonLines().render(with_problem).splitlines():
        validator.validate(json.loads(line))


@pytest.mark.parametrize("name", DEFS)
def test_the_schema_knows_every_field_of_the_records(name):
    fields = {field.name for field in dataclasses.fields(DEFS[name])}
    # The kind of a line is no field of its record.
    assert set(schema()["$defs"][name]["properties"]) - ({"kind"} - fields) == fields


def test_what_was_written_is_read_back(with_problem):
    text = JsonLines().render(with_problem)
    again = read(text, "altax-results.jsonl", METRICS)
    assert again == with_problem
    assert JsonLines().render(again) == text


def test_how_much_answers_differ_is_kept(results):
    some = Variety(5, 3.5, {"vendi": 2.25}, {"distinct_2": "no bigrams"})
    group = GroupVariety("a", some, "ngrams", 1, 1, Variety(4, 4.0, {}, {"vendi": "fewer than 5 samples"}))
    test = dataclasses.replace(results.tests[0], sampled=(group, GroupVariety("b", some, "ngrams")))
    whole = dataclasses.replace(results, tests=(test, *results.tests[1:]))
    text = JsonLines().render(whole)
    validator = jsonschema.Draft202012Validator(schema())
    for line in text.splitlines():
        validator.validate(json.loads(line))
    assert read(text, "altax-results.jsonl", METRICS) == whole


def test_the_uncertainty_of_scored_answers_is_kept(results):
    graded = (Graded(0.5, "token", 0.69, "a"), Graded(1.0, prompt="b", reason="no logprobs"))
    whole = dataclasses.replace(
        results, tests=(dataclasses.replace(results.tests[0], graded=graded), *results.tests[1:])
    )
    text = JsonLines().render(whole)
    validator = jsonschema.Draft202012Validator(schema())
    for line in text.splitlines():
        validator.validate(json.loads(line))
    assert read(text, "altax-results.jsonl", METRICS) == whole


def test_a_file_without_its_last_line_is_truncated(results):
    text = JsonLines().render(results)
    with pytest.raises(ResultsError, match=r"r\.jsonl is truncated"):
        read("".join(text.splitlines(keepends=True)[:-1]), "r.jsonl", METRICS)


def test_half_a_line_is_named_by_its_number(results):
    text = JsonLines().render(results)
    with pytest.raises(ResultsError, match=r"r\.jsonl:4: not JSON"):
        read(text[:-20], "r.jsonl", METRICS)


def test_another_version_is_refused(results):
    text = JsonLines().render(results).replace('"version": 1', '"version": 99', 1)
    with pytest.raises(ResultsError, match="format version 99"):
        read(text, "r.jsonl", METRICS)


@pytest.mark.parametrize("text", ["", "[]\n", '{"kind": "test"}\n'])
def test_a_file_that_is_something_else_is_refused(text):
    with pytest.raises(ResultsError):
        read(text, "r.jsonl", METRICS)
