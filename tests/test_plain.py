"""Frozen dataclasses travel as plain JSON and come back as they were."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.errors import ResultsError
from pytest_altax.measurements import Basis, Measurement, Metric, Sample
from pytest_altax.records import Call, Choice, Message, Part, PartKind, Tool, ToolCall, Usage
from pytest_altax.report.model import TestResult

TEXT = st.text(max_size=20)
COUNT = st.integers(min_value=0, max_value=10**9)
PARTS = st.builds(Part, kind=st.sampled_from(PartKind), text=TEXT, name=st.none() | TEXT, path=TEXT)
CALLS = st.builds(
    Call,
    provider=TEXT,
    endpoint=TEXT,
    model=st.none() | TEXT,
    messages=st.lists(st.builds(Message, role=TEXT, parts=st.lists(PARTS, max_size=2).map(tuple)), max_size=3).map(
        tuple
    ),
    tools=st.lists(st.builds(Tool, name=TEXT, text=TEXT), max_size=2).map(tuple),
    settings=st.dictionaries(TEXT, st.none() | st.booleans() | COUNT | TEXT, max_size=3),
    choices=st.lists(
        st.builds(Choice, text=TEXT, tool_calls=st.lists(st.builds(ToolCall, name=TEXT), max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    usage=st.none() | st.builds(Usage, input=COUNT, output=COUNT, cached=COUNT, total=st.none() | COUNT),
    stale=st.lists(TEXT, max_size=2).map(tuple),
)
MEASUREMENTS = st.builds(
    Measurement,
    metric=TEXT,
    samples=st.lists(st.builds(Sample, numerator=st.integers(-5, 5).map(float), group=TEXT), max_size=3).map(tuple),
    skipped=st.dictionaries(TEXT, COUNT, max_size=2),
    basis=st.sampled_from(Basis),
)


@given(CALLS)
def test_a_call_survives_the_way_through_json(call):
    assert Call.from_json(json.loads(json.dumps(call.to_json()))) == call


@given(CALLS)
def test_a_call_inside_a_call_survives_too(call):
    outer = Call(provider="p", endpoint="e", was=call)
    assert Call.from_json(json.loads(json.dumps(outer.to_json()))) == outer


@given(MEASUREMENTS)
def test_a_measurement_survives_the_way_through_json(measurement):
    assert Measurement.from_json(json.loads(json.dumps(measurement.to_json()))) == measurement


def test_fields_that_hold_their_default_are_left_out():
    assert TestResult("a.py::test", "a.py").to_json() == {"id": "a.py::test", "file": "a.py"}


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"metric": 1}, "Measurement.metric"),
        ({"metric": "m", "samples": [{"numerator": "x"}]}, r"Measurement.samples\[0\].numerator"),
        ({"metric": "m", "basis": "guessed"}, "reported, exact, anchored, estimated"),
        ({"metric": "m", "wrong": 1}, "no field wrong"),
        ({}, "field metric"),
        ([], "an object"),
        ({"metric": "m", "error": True}, "Measurement.error"),
    ],
)
def test_data_that_does_not_fit_is_refused_by_the_name_of_its_field(data, named):
    with pytest.raises(ResultsError, match=named):
        Measurement.from_json(data)


def test_metrics_describe_themselves_in_json():
    metric = Metric.from_json(
        {"name": "m", "unit": "tokens", "direction": "lower", "pooling": "total", "summary": "s", "high": None}
    )
    assert metric.pooling.sampled is False
