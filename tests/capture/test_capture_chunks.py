"""Streams on every client: seen as they arrive while recorded, replayed in their chunks, at once or at their speed."""

import time

import pytest
from capture_asking import CHAT, body
from capture_clients import CLIENTS, EVERY, load

STREAM = body(stream=True)


@EVERY
def test_a_stream_is_replayed_in_the_chunks_in_which_it_came(client, loopback, studio):
    with studio.open("once") as tape:
        recorded, _ = client.pieces(loopback.url + CHAT, STREAM)
    loopback.stop()
    with studio.open("none") as again:
        replayed, _ = client.pieces(loopback.url + CHAT, STREAM)
    response = tape.interactions[0].response
    assert len(replayed) == len(response.chunks) == len(response.gaps) > 5
    assert b"".join(replayed) == b"".join(recorded) == response.body
    assert again.interactions[0].response == response
    assert response.complete


@EVERY
def test_an_endless_stream_is_recorded_as_far_as_it_went(client, loopback, studio):
    loopback.gap = 0.02
    with studio.open("once") as tape:
        # were the stream held back until its end, this would hang
        recorded, _ = client.pieces(f"{loopback.url}/endless{CHAT}", STREAM, most=3)
    loopback.stop()
    assert tape.interactions[0].response.complete is False
    assert tape.interactions[0].response.body.startswith(b"".join(recorded))
    with studio.open("none") as again:
        replayed, _ = client.pieces(f"{loopback.url}/endless{CHAT}", STREAM, most=3)
    assert len(replayed) == 3
    assert tape.interactions[0].response.body.startswith(b"".join(replayed))
    assert not again.errors


@EVERY
def test_a_stream_is_replayed_at_its_speed_when_that_is_asked_for(client, loopback, studio):
    loopback.gap = 0.01
    with studio.open("once") as tape:
        client.pieces(loopback.url + CHAT, STREAM)
    loopback.stop()
    started = time.monotonic()
    with studio.open("none", replay_speed="recorded"):
        client.pieces(loopback.url + CHAT, STREAM)
    # a sleep may take longer than it is told, never less
    assert time.monotonic() - started > sum(tape.interactions[0].response.gaps) * 0.9 > 0.05


# what decodes in the clients and here, and what compresses in the server
CODERS = {"gzip": ("zlib",), "deflate": ("zlib",), "br": ("brotli",), "zstd": ("backports.zstd", "zstandard")}


@EVERY
@pytest.mark.parametrize("coding", CODERS)
def test_a_compressed_body_is_kept_and_replayed_decoded(client, coding, loopback, studio):
    if not all(map(load, CODERS[coding])):
        pytest.skip(f"{coding} needs {' and '.join(CODERS[coding])}")

    def bodies():
        both = [client.pieces(f"{loopback.url}/{coding}{CHAT}", fields)[0] for fields in (body(), STREAM)]
        return [b"".join(pieces) for pieces in both]

    with studio.open("once") as tape:
        recorded = bodies()
    loopback.stop()
    with studio.open("none"):
        replayed = bodies()
    kept = [one.response.body for one in tape.interactions]
    assert replayed == kept
    assert kept[0].startswith(b"{")
    assert kept[1].startswith(b"data: {")
    assert not any(one.response.header("content-encoding") for one in tape.interactions)
    # http.client decodes nothing
    if client not in (CLIENTS["urllib"], CLIENTS["http.client"]):
        assert recorded == kept


@EVERY
def test_a_post_is_answered_in_one_piece(client, loopback, studio):
    recorded, replayed = studio.both(loopback, lambda: client.post(loopback.url + CHAT, body()))
    assert recorded.interactions[0].response.chunks == ()
    assert replayed.interactions[0].response == recorded.interactions[0].response
