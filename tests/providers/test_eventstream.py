import base64
import json

import pytest
from exchanges import EVENTSTREAM, answered, chunk, frame, plain
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.providers import eventstream
from pytest_altax.records import Response

WHOLE = answered(plain("bedrock_converse_stream"))
EVENTS = [{name: payload} for name, payload in plain("bedrock_converse_stream")["frames"]]


def test_frames_are_events_of_one_key():
    assert list(eventstream.payloads(WHOLE)) == EVENTS


def test_a_chunk_is_the_piece_that_it_carries():
    assert list(eventstream.payloads(chunk({"type": "ping"}))) == [{"type": "ping"}]


@pytest.mark.parametrize(
    "recorded",
    [base64.b64encode(WHOLE), base64.encodebytes(WHOLE), WHOLE.decode("latin-1").encode()],
    ids=["base64", "base64 lines", "a character a byte"],
)
def test_frames_are_found_however_they_were_recorded(recorded):
    assert list(eventstream.payloads(recorded)) == EVENTS


def test_events_are_found_where_a_recorder_lost_the_bytes_that_are_no_text():
    assert list(eventstream.payloads(WHOLE.decode("utf-8", "replace").encode())) == EVENTS


def test_events_are_found_where_a_recording_was_edited():
    edited = WHOLE.replace(b"Une se", b"Attendez une se")
    assert list(eventstream.payloads(edited))[5] == {
        "contentBlockDelta": {"contentBlockIndex": 1, "delta": {"text": "Attendez une se"}}
    }


@given(st.integers(0, len(WHOLE)))
def test_of_a_cut_stream_every_whole_event_is_read(cut):
    ends, place = [], 0
    for name, payload in plain("bedrock_converse_stream")["frames"]:
        place += len(frame(name, payload))
        ends.append(place)
    whole = sum(end <= cut for end in ends)
    assert list(eventstream.payloads(WHOLE[:cut]))[:whole] == EVENTS[:whole]


def test_an_exception_is_an_error_with_its_type():
    raw = frame("throttlingException", {"message": "Slow down."}, "exception")
    assert list(eventstream.payloads(raw)) == [
        {"error": {"type": "throttlingException", "message": "throttlingException: Slow down."}}
    ]


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw):
    for event in eventstream.payloads(raw + b":event-type" + raw):
        json.dumps(event)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((("content-type", EVENTSTREAM),), WHOLE, True),
        ((), WHOLE, True),
        ((("content-type", EVENTSTREAM),), b'{"message": "no"}', False),
        ((("content-type", "application/json"),), b"{}", False),
    ],
)
def test_a_stream_is_told_by_its_type_or_its_beginning(headers, body, expected):
    assert eventstream.is_stream(Response(200, headers, body)) is expected


def test_botocore_reads_our_frames_as_we_do():
    parsing = pytest.importorskip("botocore.eventstream")
    buffer = parsing.EventStreamBuffer()
    buffer.add_data(WHOLE)
    assert [{one.headers[":event-type"]: json.loads(one.payload)} for one in buffer] == EVENTS
