import json

from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.providers import jsonarray

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=3), JSON, max_size=3)


@given(st.lists(OBJECTS | st.integers(), max_size=5), st.sampled_from([None, 2]))
def test_the_objects_of_an_array_come_in_their_order(items, indent):
    body = json.dumps(items, indent=indent).encode()
    assert list(jsonarray.payloads(body)) == [item for item in items if isinstance(item, dict)]


@given(st.lists(OBJECTS, min_size=1, max_size=5), st.data())
def test_of_an_array_cut_anywhere_the_whole_objects_before_the_cut_come(items, data):
    pieces = [json.dumps(item) for item in items]
    kept = data.draw(st.integers(0, len(pieces) - 1))
    torn = pieces[kept][: data.draw(st.integers(0, len(pieces[kept]) - 1))]
    body = ("[" + ",\r\n".join([*pieces[:kept], torn])).encode()
    assert list(jsonarray.payloads(body)) == items[:kept]


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_read(body):
    assert all(isinstance(item, dict) for item in jsonarray.payloads(b"[" + body))


def test_numbers_that_json_does_not_know_become_none():
    assert list(jsonarray.payloads(b'[{"a": NaN}, {"b": 1e999}, {"c')) == [{"a": None}, {"b": None}]


def test_a_hundred_thousand_brackets_end():
    assert list(jsonarray.payloads(b"[" * 100_000 + b"1")) == []
    assert list(jsonarray.payloads(b'[{"a":' * 100_000)) == []
