import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.providers import sse
from pytest_altax.records import Response


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_of_three_ways(end):
    body = end.join(["event: a", "data: 1", "", "data: 2", "data: 3", "", ""]).encode()
    assert list(sse.events(body)) == [sse.Event("a", "1"), sse.Event("", "2\n3")]


def test_the_last_event_is_given_without_its_blank_line():
    assert list(sse.events(b'data: {"a":1}')) == [sse.Event("", '{"a":1}')]


@pytest.mark.parametrize("body", [b' {"error":{}}', b"[1]"])
def test_plain_json_is_no_stream_whatever_it_is_called(body):
    assert not sse.is_stream(Response(404, (("content-type", "text/event-stream"),), body))


def test_comments_ids_and_retries_are_left_out():
    assert list(sse.events(b": hi\nid: 4\nretry: 10\ndata:x\n\n")) == [sse.Event("", "x")]


def test_only_objects_are_payloads():
    body = b'data: {"a":1}\n\ndata: [DONE]\n\ndata: {"torn\n\ndata: 3\n\n'
    assert list(sse.payloads(body)) == [{"a": 1}]


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((("content-type", "text/event-stream; charset=utf-8"),), b"", True),
        ((), b"\n\ndata: {}", True),
        ((), b": keep-alive\n", True),
        ((), b"\xef\xbb\xbfevent: x", True),
        ((), b'{"data": 1}', False),
        ((("Content-Type", "application/json"),), b"{}", False),
    ],
)
def test_a_stream_is_known_by_its_type_or_its_beginning(headers, body, expected):
    assert sse.is_stream(Response(200, headers, body)) is expected


@given(st.binary(max_size=400))
def test_no_body_is_too_odd_to_be_cut(body):
    assert all(isinstance(payload, dict) for payload in sse.payloads(body))


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)))
def test_what_was_written_as_events_is_read_back(texts):
    body = "".join(f"data: {text}\n\n" for text in texts).encode()
    assert [event.data for event in sse.events(body)] == texts
