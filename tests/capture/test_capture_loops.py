"""Other event loops than asyncio's own: trio through httpx, and uvloop, which tells the audit hooks nothing."""

import asyncio

import aiohttp
import httpx
import httpx2
import pytest
from capture_asking import CHAT, body

from pytest_altax.errors import NetworkBlocked

ASKED = [body(f"question <{number}>?", stream=True) for number in range(20)]


def both(loopback, studio, run):
    """Run the same twice: recorded, and replayed at its speed with the server gone."""
    loopback.gap = 0.004
    with studio.open("once") as tape:
        recorded = run()
    assert len(tape.interactions) == loopback.count == len(ASKED)
    loopback.stop()
    with studio.open("none", replay_speed="recorded") as again:
        assert run() == recorded
    assert not again.errors
    assert not again.unused


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_calls_under_trio_are_recorded_and_replayed(library, loopback, studio):
    trio = pytest.importorskip("trio")

    async def main():
        answers = [None] * len(ASKED)
        async with library.AsyncClient() as client:

            async def ask(number):
                async with client.stream("POST", loopback.url + CHAT, json=ASKED[number]) as response:
                    answers[number] = b"".join([piece async for piece in response.aiter_raw()])

            async with trio.open_nursery() as nursery:
                for number in range(len(ASKED)):
                    nursery.start_soon(ask, number)
        return answers

    both(loopback, studio, lambda: trio.run(main))


async def with_aiohttp(url):
    async with aiohttp.ClientSession() as session:

        async def ask(fields):
            async with session.post(url + CHAT, json=fields) as response:
                return await response.read()

        return await asyncio.gather(*map(ask, ASKED))


async def with_httpx2(url):
    async with httpx2.AsyncClient() as client:
        return [one.content for one in await asyncio.gather(*(client.post(url + CHAT, json=one) for one in ASKED))]


def in_uvloop(main):
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


@pytest.mark.parametrize("ask", [with_aiohttp, with_httpx2], ids=["aiohttp", "httpx2"])
def test_calls_under_uvloop_are_recorded_and_replayed(ask, loopback, studio):
    pytest.importorskip("uvloop")
    both(loopback, studio, lambda: in_uvloop(ask(loopback.url)))


def test_a_connection_that_uvloop_has_open_from_before_is_recorded(loopback, studio):
    pytest.importorskip("uvloop")

    async def main():
        async with aiohttp.ClientSession() as session:

            async def ask():
                async with session.post(loopback.url + CHAT, json=body()) as response:
                    return await response.text()

            await ask()
            with studio.open("once"):
                recorded = await ask()
            with studio.open("none"):
                return recorded, await ask()

    recorded, replayed = in_uvloop(main())
    assert recorded == replayed
    assert loopback.count == 2


@pytest.mark.parametrize("where", [("api.openai.com", 443), None], ids=["name", "address"])
def test_a_connection_under_uvloop_meets_the_wall(where, loopback, studio):
    pytest.importorskip("uvloop")
    with studio.open("once"):
        httpx.post(loopback.url + CHAT, json=body())
    address = where or ("127.0.0.1", int(loopback.url.rpartition(":")[2]))

    async def connect():
        await asyncio.open_connection(*address)

    with studio.open("none") as tape, pytest.raises(NetworkBlocked, match="no packet left this machine"):
        in_uvloop(connect())
    assert tape.errors
    assert loopback.count == 1


def test_a_name_of_no_llm_is_refused_under_uvloop_while_the_network_is_blocked(studio):
    pytest.importorskip("uvloop")
    for mode in ("once", "none"):
        with studio.open(mode, block_network=True), pytest.raises(NetworkBlocked, match="block-network is on"):
            in_uvloop(asyncio.open_connection("intranet.invalid", 443))
