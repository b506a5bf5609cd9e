"""Responses as bytes: what is written for a recording is what is heard of it, in whatever pieces it arrives."""

import http.client

from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.clients.sockets import played
from pytest_altax.capture.clients.wire import Tap, unchunked, written
from pytest_altax.capture.exchange import Exchange
from pytest_altax.capture.recording import Recording
from pytest_altax.capture.secrets.redact import Redactor
from pytest_altax.records import Request, Response

ASKED = Request("POST", "https://a.test/v1/x")
PIECES = st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=8)


def heard(parts, method="POST"):
    redactor = Redactor()
    exchange = Exchange(ASKED, lambda: 1, redactor)
    tap = Tap(exchange, method)
    for part in parts:
        tap.feed(part)
    return exchange, tap


def split(data, sizes):
    parts, start = [], 0
    for size in sizes:
        parts.append(data[start : start + size])
        start += size
    return [*parts, data[start:]]


def response_of(pieces, **fields):
    body, sizes = b"".join(pieces), tuple(map(len, pieces))
    return Response(200, (("content-type", "text/plain"),), body, "OK", sizes, (0.0,) * len(sizes), **fields)


def image(response, failure=None, method="POST"):
    recording = Recording(ASKED, response, failure)
    return b"".join(piece.data for piece in written(recording, method, paced=False, may_retry=False))


@given(PIECES, st.lists(st.integers(1, 30), max_size=20))
def test_chunks_are_heard_as_they_were_framed_however_they_arrive(pieces, sizes):
    response = response_of(pieces)
    exchange, _ = heard(split(image(response), sizes))
    assert exchange.response().chunks == response.chunks
    assert exchange.response().body == response.body
    assert exchange.response().complete


@given(st.binary(max_size=60), st.lists(st.integers(1, 30), max_size=20))
def test_a_body_with_a_length_is_heard_whole(body, sizes):
    exchange, _ = heard(split(image(Response(200, (), body, "OK")), sizes))
    assert exchange.response().body == body
    assert exchange.response().complete
    assert exchange.response().chunks == ()


@given(PIECES, st.data())
def test_a_stream_that_is_cut_anywhere_is_kept_as_far_as_it_went(pieces, data):
    response = response_of(pieces)
    whole = image(response)
    head = whole.index(b"\r\n\r\n") + 4
    end = data.draw(st.integers(head, len(whole) - 1))
    exchange, tap = heard([whole[:end]])
    tap.eof()
    assert response.body.startswith(exchange.response().body)
    assert exchange.failure.startswith("http.IncompleteRead: ")
    assert not exchange.response().complete


@given(PIECES, st.integers(0, 50))
def test_a_cut_stream_ends_on_replay_where_it_ended(pieces, more):
    failure = f"http.IncompleteRead: IncompleteRead(9 bytes read{f', {more} more expected' if more else ''})"
    exchange, tap = heard([image(response_of(pieces), failure)])
    tap.eof()
    assert exchange.response().body == b"".join(pieces)
    assert exchange.failure == failure.replace("9 bytes", f"{len(b''.join(pieces))} bytes")


@given(PIECES)
def test_a_played_socket_is_what_http_client_reads(pieces):
    recording = Recording(ASKED, response_of(pieces))
    read = http.client.HTTPResponse(played(recording, "POST", paced=False), method="POST")
    read.begin()
    assert read.read() == b"".join(pieces)
    assert (read.status, read.reason, read.headers["content-type"]) == (200, "OK", "text/plain")


@given(st.binary(max_size=300), st.lists(st.integers(1, 30), max_size=20))
def test_what_is_no_http_is_heard_without_harm(noise, sizes):
    for head in (b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"):
        _, tap = heard(split(head + noise, sizes))
        tap.eof()


def test_an_interim_response_is_passed_over():
    exchange, _ = heard([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\ncontent-length: 2\r\n\r\nok"])
    assert (exchange.response().status, exchange.response().body) == (201, b"ok")


def test_a_response_without_a_body_has_ended_with_its_headers():
    for method, head in (("HEAD", b"200 OK\r\ncontent-length: 99"), ("GET", b"204 No"), ("GET", b"304 No")):
        exchange, _ = heard([b"HTTP/1.1 " + head + b"\r\n\r\n"], method)
        assert exchange.response().complete


def test_a_body_that_ends_with_its_connection_is_complete():
    exchange, tap = heard([b"HTTP/1.0 200 OK\r\n\r\nall ", b"of it"])
    assert not exchange.response().complete
    tap.eof()
    assert exchange.response().complete
    assert exchange.response().body == b"all of it"


def test_a_cassette_adds_no_header_lines():
    response = Response(200, (("x-a", "1\r\nx-b: 2"),), b"", "OK\r\nx-c: 3")
    lines = image(response).split(b"\r\n")
    assert not any(line.startswith((b"x-b", b"x-c")) for line in lines)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
def test_a_framed_request_body_is_unframed(pieces):
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    assert unchunked(framed) == b"".join(pieces)
