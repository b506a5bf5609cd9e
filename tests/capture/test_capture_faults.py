"""What goes wrong on the wire is recorded on every client, and comes back as what the client raised."""

import contextlib
import copy
import re
import socket
import sys

import pytest
from capture_asking import CHAT, body
from capture_clients import EVERY

STREAM = body(stream=True)
PLACES = re.compile(r"0x[0-9a-f]+")


def faulty(client, timeout=0.1):
    client = copy.copy(client)
    client.timeout = timeout
    return client


def told(error):
    return type(error), PLACES.sub("0x", str(error)), type(getattr(error, "reason", None))


def both(client, studio, loopback, url, fields):
    """What a client saw while recording and on replay, the server gone."""
    with studio.open("once") as tape:
        recorded = client.pieces(url, fields)
    loopback.stop()
    with studio.open("none") as again:
        replayed = client.pieces(url, fields)
    assert not again.errors
    assert not again.unused
    assert again.interactions[0].response == tape.interactions[0].response
    assert again.interactions[0].failure == tape.interactions[0].failure
    return recorded, replayed, tape.interactions[0]


@EVERY
def test_a_refused_connection(client, loopback, studio):
    loopback.stop()
    recorded, replayed, one = both(client, studio, loopback, loopback.url + CHAT, STREAM)
    assert told(replayed[1]) == told(recorded[1])
    assert one.response is None


@EVERY
def test_a_name_that_does_not_resolve(client, loopback, studio, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    recorded, replayed, _ = both(client, studio, loopback, "http://nowhere.invalid" + CHAT, STREAM)
    assert told(replayed[1]) == told(recorded[1])


@EVERY
def test_a_server_that_speaks_no_tls(client, loopback, studio):
    url = loopback.url.replace("http:", "https:") + CHAT
    recorded, replayed, _ = both(faulty(client, 2), studio, loopback, url, STREAM)
    assert told(replayed[1]) == told(recorded[1])


@pytest.mark.skipif(sys.platform != "linux", reason="fills the queue of a socket as Linux has it")
@EVERY
def test_a_connection_that_takes_too_long(client, loopback, studio):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as kept:
        for _ in range(3):
            waiting = kept.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}" + CHAT
        recorded, replayed, _ = both(faulty(client), studio, loopback, url, STREAM)
    assert told(replayed[1]) == told(recorded[1])


@EVERY
@pytest.mark.parametrize("what", ["hang", "gone"])
def test_a_server_that_never_answers(client, what, loopback, studio):
    recorded, replayed, one = both(faulty(client), studio, loopback, f"{loopback.url}/{what}{CHAT}", STREAM)
    assert told(replayed[1]) == told(recorded[1])
    assert one.response is None


@EVERY
@pytest.mark.parametrize("what", ["stall", "reset", "cut"])
def test_a_stream_that_breaks(client, what, loopback, studio):
    recorded, replayed, one = both(faulty(client), studio, loopback, f"{loopback.url}/{what}{CHAT}", STREAM)
    assert b"".join(replayed[0]) == b"".join(recorded[0]) != b""
    assert told(replayed[1]) == told(recorded[1])
    assert one.failure
    assert not one.response.complete


@EVERY
def test_a_body_that_is_shorter_than_it_says(client, loopback, studio):
    recorded, replayed, one = both(client, studio, loopback, f"{loopback.url}/short{CHAT}", body())
    assert b"".join(replayed[0]) == b"".join(recorded[0])
    assert one.failure
    assert told(replayed[1]) == told(recorded[1])


@EVERY
@pytest.mark.parametrize("status", [401, 429, 503])
def test_an_error_of_the_server(client, status, loopback, studio):
    recorded, replayed, one = both(client, studio, loopback, f"{loopback.url}/status/{status}{CHAT}", body())
    assert one.response.status == status
    assert b"".join(replayed[0]) == b"".join(recorded[0])
    if recorded[1]:
        assert told(replayed[1]) == told(recorded[1])
