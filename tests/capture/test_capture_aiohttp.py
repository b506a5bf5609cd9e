"""What aiohttp does with a response is aiohttp's own on replay: its readers, its sessions, its errors."""

import asyncio
import io
import json

import aiohttp
import pytest
from capture_asking import CHAT, body

from pytest_altax.errors import UnmatchedCall

STREAM = body(stream=True)


def run(use):
    """Use a session in a loop of its own."""

    async def main():
        async with aiohttp.ClientSession() as session:
            return await use(session)

    return asyncio.run(main())


def same(studio, loopback, use):
    """What a use gives while recording, which it must give again with the server gone."""
    with studio.open("once") as tape:
        recorded = run(use)
    loopback.stop()
    with studio.open("none") as again:
        assert run(use) == recorded
    assert not again.errors
    assert not again.unused
    assert tape.interactions
    return recorded


def reading(read):
    async def use(session, url):
        async with session.post(url, json=STREAM) as response:
            return await read(response)

    return use


async def all_of(pieces):
    return [piece async for piece in pieces]


async def lines(response):
    return [line async for line in response.content]


async def joined(response):
    # how much comes at once is up to the network
    return b"".join(await all_of(response.content.iter_chunked(100)))


async def until(response):
    return [await response.content.readuntil(b"}"), await response.content.readexactly(3), await response.read()]


async def by_turns(response):
    seen = []
    while not response.content.at_eof():
        seen.append(await response.content.readany())
    return b"".join(seen)


READERS = {
    "read": lambda response: response.read(),
    "text": lambda response: response.text(),
    "lines": lines,
    "iter_chunked": joined,
    "iter_chunks": lambda response: all_of(response.content.iter_chunks()),
    "readuntil": until,
    "readany": by_turns,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_stream_is_read_as_it_would_be(read, loopback, studio):
    loopback.gap = 0.004
    seen = same(studio, loopback, lambda session: reading(read)(session, loopback.url + CHAT))
    if read is READERS["iter_chunks"]:
        assert len(seen) > 5
        assert all(ends for _, ends in seen)


def test_a_response_looks_as_it_would(loopback, studio):
    async def use(session):
        async with session.post(loopback.url + CHAT, json=body(), params={"a": "b"}) as response:
            seen = [
                response.status,
                response.reason,
                response.ok,
                response.content_type,
                response.charset,
                str(response.url),
            ]
            return [
                *seen,
                response.method,
                response.history,
                (await response.json())["model"],
                response.headers["content-type"],
            ]

    same(studio, loopback, use)


def test_an_error_status_is_raised_where_the_session_asks_for_it(loopback, studio):
    async def use(session):
        async with aiohttp.ClientSession(raise_for_status=True) as strict:
            with pytest.raises(aiohttp.ClientResponseError) as error:
                await strict.post(f"{loopback.url}/status/503{CHAT}", json=body())
        return error.value.status, error.value.message, str(error.value.request_info.real_url)

    same(studio, loopback, use)


def test_nothing_waits_before_it_tries_again(loopback, studio):
    async def use(session):
        async with session.post(f"{loopback.url}/status/429{CHAT}", json=body()) as response:
            return response.headers["retry-after"]

    with studio.open("once"):
        assert run(use) == "30"
    with studio.open("none"):
        assert run(use) == "0"


def test_a_total_time_out_is_raised_again(loopback, studio):
    async def use(session):
        seen, timeout = [], aiohttp.ClientTimeout(total=0.15)
        try:
            async with session.post(f"{loopback.url}/stall{CHAT}", json=STREAM, timeout=timeout) as response:
                async for piece, _ in response.content.iter_chunks():
                    seen.append(piece)
        except TimeoutError as error:
            return seen, type(error), str(error)

    assert same(studio, loopback, use)[0]


@pytest.mark.skipif(not hasattr(aiohttp, "ClientHandlerType"), reason="aiohttp before 3.12 has no middlewares")
def test_a_middleware_sees_each_attempt(loopback, studio):
    statuses = []

    async def again(request, handler):
        response = await handler(request)
        statuses.append(response.status)
        if response.status == 503:
            response.release()
            request.url = request.url.with_path(CHAT)
            response = await handler(request)
            statuses.append(response.status)
        return response

    async def use(session):
        statuses.clear()
        async with session.post(f"{loopback.url}/status/503{CHAT}", json=body(), middlewares=(again,)) as response:
            return await response.text(), list(statuses)

    assert same(studio, loopback, use)[1] == [503, 200]


def test_a_body_of_any_kind_is_kept_as_it_was_sent(loopback, studio, tmp_path):
    text = json.dumps(body())
    file = tmp_path / "body.json"
    file.write_text(text)

    async def pieces():
        yield text[:20].encode()
        yield text[20:].encode()

    async def use(session):
        seen = []
        with file.open("rb") as opened:
            for data in (text.encode(), text, io.BytesIO(text.encode()), pieces(), opened):
                headers = {"content-type": "application/json"}
                async with session.post(loopback.url + CHAT, data=data, headers=headers) as response:
                    seen.append(await response.text())
        return seen

    same(studio, loopback, use)
    assert [sent[3].decode() for sent in loopback.requests] == [text] * 5


def test_a_request_that_waits_to_continue_does_not_wait_on_replay(loopback, studio):
    async def use(session):
        async with session.post(loopback.url + CHAT, json=body(), expect100=True) as response:
            return await response.text()

    same(studio, loopback, use)


def test_a_session_keeps_working_across_tapes(loopback, studio, tmp_path):
    async def main():
        async with aiohttp.ClientSession() as session:

            async def post():
                async with session.post(loopback.url + CHAT, json=body()) as response:
                    return await response.text()

            await post()
            with studio.open("once"):
                first = await post()
            with studio.open("none") as tape:
                assert await post() == first
                with pytest.raises(UnmatchedCall):
                    await post()
            assert tape.errors
            assert await post() != first

    asyncio.run(main())
    assert loopback.count == 3
