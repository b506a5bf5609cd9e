"""Streams pass through while they are recorded, and come back in the chunks in which they came."""

import asyncio
import time

import httpx
import httpx2
import pytest
from capture_asking import CHAT, CLIENT, body
from loopback import CANARY

from pytest_altax.capture.exchange import replayed_chunks

STREAM = body(stream=True)


def chunks_of(url, library=httpx):
    with library.Client() as client, client.stream("POST", url + CHAT, json=STREAM) as response:
        return list(response.iter_raw())


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_stream_is_replayed_in_the_chunks_in_which_it_came(library, loopback, studio):
    with studio.open("once") as tape:
        recorded = chunks_of(loopback.url, library)
    with studio.open("none") as again:
        assert chunks_of(loopback.url, library) == recorded
    response = tape.interactions[0].response
    assert response.chunks == tuple(map(len, recorded))
    assert len(response.gaps) == len(response.chunks) > 5
    assert again.interactions[0].response == response


def test_the_client_sees_each_chunk_as_it_arrives_while_recording(loopback, studio):
    loopback.gap = 0.05
    with studio.open("once"), CLIENT.stream("POST", loopback.url + CHAT, json=STREAM) as response:
        arrived = [time.monotonic() for _ in response.iter_raw()]
    # were it held back until the end, all would arrive at once
    assert arrived[-1] - arrived[0] > loopback.gap


def test_a_stream_that_the_client_leaves_early_is_recorded_as_far_as_it_went(loopback, studio):
    with (
        studio.open("once") as tape,
        CLIENT.stream("POST", loopback.url + "/endless" + CHAT, json=STREAM) as response,
    ):
        raw = response.iter_raw()
        seen = [next(raw) for _ in range(4)]
    assert tape.interactions[0].response.complete is False
    assert tape.interactions[0].response.body == b"".join(seen)
    with studio.open("none"), CLIENT.stream("POST", loopback.url + "/endless" + CHAT, json=STREAM) as response:
        assert list(response.iter_raw()) == seen


def test_an_async_stream_that_is_left_early_is_recorded_as_far_as_it_went(loopback, studio):
    async def first():
        client = httpx2.AsyncClient()
        async with client, client.stream("POST", loopback.url + "/endless" + CHAT, json=STREAM) as response:
            async for chunk in response.aiter_raw():
                return chunk

    with studio.open("once") as tape:
        seen = asyncio.run(first())
    assert tape.interactions[0].response.body == seen
    with studio.open("none"):
        assert asyncio.run(first()) == seen


def test_a_stream_still_open_is_on_the_tape_as_far_as_it_went(loopback, studio):
    with studio.open("once") as tape:
        with CLIENT.stream("POST", loopback.url + "/endless" + CHAT, json=STREAM) as response:
            first = next(response.iter_raw())
            assert tape.interactions[0].response.body == first
            assert tape.save()
        assert tape.dirty


def test_a_stream_that_breaks_raises_the_same_error_on_replay(loopback, studio):
    def use():
        seen = []
        with (
            pytest.raises(httpx.RemoteProtocolError) as error,
            CLIENT.stream("POST", loopback.url + "/cut" + CHAT, json=STREAM) as response,
        ):
            seen.extend(response.iter_raw())
        return seen, str(error.value)

    with studio.open("once") as tape:
        recorded = use()
    with studio.open("none"):
        assert use() == recorded
    assert recorded[0]
    assert tape.interactions[0].failure.startswith("httpx.RemoteProtocolError: ")


def test_a_compressed_response_is_kept_decoded(loopback, studio):
    with studio.open("once") as tape:
        live = CLIENT.post(loopback.url + "/gzip" + CHAT, json=body())
    assert live.headers["content-encoding"] == "gzip"
    assert tape.interactions[0].response.body == live.content
    with studio.open("none"):
        again = CLIENT.post(loopback.url + "/gzip" + CHAT, json=body())
    assert again.content == live.content
    assert "content-encoding" not in again.headers
    assert CANARY not in studio.path.read_text()


def test_a_plain_response_has_no_chunks(loopback, studio):
    with studio.open("once") as tape:
        CLIENT.post(loopback.url + CHAT, json=body())
    response = tape.interactions[0].response
    assert response.chunks == response.gaps == ()
    assert replayed_chunks(response) == [response.body]


def pieces():
    yield b'{"model": "m", "messages": [{"role": "user", '
    yield b'"content": "in pieces?"}]}'


def test_a_request_body_that_streams_is_kept_and_sent_whole(loopback, studio):
    with studio.open("once") as tape:
        assert CLIENT.post(loopback.url + CHAT, content=pieces()).is_success
    assert tape.interactions[0].request.body == b"".join(pieces())
    assert loopback.requests[0][3] == b"".join(pieces())


class Twice(httpx.Auth):
    """Sends each request a second time."""

    def auth_flow(self, request):
        yield request
        yield request


def test_a_body_that_can_be_read_once_is_sent_no_second_time(loopback, studio):
    def use():
        with pytest.raises(httpx.StreamConsumed):
            CLIENT.post(loopback.url + CHAT, content=pieces(), auth=Twice())

    async def use_in_a_task():
        async def apieces():
            for piece in pieces():
                yield piece

        async with httpx.AsyncClient(auth=Twice()) as client:
            with pytest.raises(httpx.StreamConsumed):
                await client.post(loopback.url + CHAT, content=apieces())

    for mode in ("once", "none"):
        with studio.open(mode) as tape:
            use()
            asyncio.run(use_in_a_task())
        assert len(tape.interactions) == 2
