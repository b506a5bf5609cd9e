"""A call that the app no longer waits for is recorded as that, and on replay waits to be cancelled again.

So that it is, the tasks beside it go on while calls are replayed.
"""

import asyncio

import aiohttp
import httpx
import httpx2
import openai
import pytest
from capture_asking import CHAT, body
from capture_clients import TLS

from pytest_altax.capture.clients import aiohttp_played, pacing

STREAM = body(stream=True)


async def with_httpx(url, seen):
    async with httpx.AsyncClient(verify=TLS) as client, client.stream("POST", url, json=STREAM) as response:
        async for piece in response.aiter_raw():
            seen.append(piece)


async def with_httpx2(url, seen):
    async with httpx2.AsyncClient(verify=TLS) as client, client.stream("POST", url, json=STREAM) as response:
        async for piece in response.aiter_raw():
            seen.append(piece)


async def with_aiohttp(url, seen):
    async with aiohttp.ClientSession() as session, session.post(url, json=STREAM) as response:
        async for piece, _ in response.content.iter_chunks():
            seen.append(piece)


ASKING = pytest.mark.parametrize("ask", [with_httpx, with_httpx2, with_aiohttp], ids=["httpx", "httpx2", "aiohttp"])


async def in_time(ask, url):
    seen = []
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask(url, seen), 0.2)
    return b"".join(seen)


@ASKING
@pytest.mark.parametrize("what", ["hang", "stall"])
def test_a_time_out_of_the_app_comes_again(ask, what, loopback, studio):
    url = f"{loopback.url}/{what}{CHAT}"
    with studio.open("once") as tape:
        recorded = asyncio.run(in_time(ask, url))
    assert tape.interactions[0].failure.startswith("asyncio.CancelledError")
    assert bool(recorded) is (what == "stall")
    loopback.stop()
    with studio.open("none") as again:
        assert asyncio.run(in_time(ask, url)) == recorded
    assert not again.errors
    assert not again.unused


@ASKING
def test_a_call_that_nobody_cancels_any_more_fails_in_the_end(ask, loopback, studio, monkeypatch):
    url = f"{loopback.url}/hang{CHAT}"
    with studio.open("once"):
        asyncio.run(in_time(ask, url))
    for module in (pacing, aiohttp_played):
        monkeypatch.setattr(module, "PATIENCE", 0.01)
    kinds = (TimeoutError, httpx.ReadTimeout, httpx2.ReadTimeout)
    with studio.open("none"), pytest.raises(kinds):
        asyncio.run(ask(url, []))


def test_a_guardrail_that_refuses_first_wins_again(loopback, studio):
    async def answer():
        async with openai.AsyncOpenAI(base_url=loopback.url + "/v1", api_key="k") as client:
            slow = client.with_options(base_url=loopback.url + "/hang/v1").chat.completions.create(**body("slow?"))
            quick = client.chat.completions.create(**body("quick?"))
            tasks = [asyncio.create_task(one) for one in (slow, quick)]
            done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            return [task.result().choices[0].message.content for task in done]

    with studio.open("once") as tape:
        recorded = asyncio.run(answer())
    assert len(tape.interactions) == 2
    loopback.stop()
    with studio.open("none") as again:
        assert asyncio.run(answer()) == recorded
    assert not again.errors
    assert not again.unused


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_other_tasks_go_on_while_a_task_replays_call_after_call(library, loopback, studio):
    async def asked():
        async with library.AsyncClient(verify=TLS) as client:
            other = asyncio.create_task(client.post(loopback.url + CHAT, json=body("once?")))
            for _ in range(10):
                await client.post(loopback.url + CHAT, json=body("again?"))
            went_on = other.done()
            await other
            return went_on

    with studio.open("once"):
        assert asyncio.run(asked())
    loopback.stop()
    with studio.open("none") as again:
        assert asyncio.run(asked())
    assert not again.errors


def test_a_guard_beside_a_stream_stops_it_again(loopback, studio):
    async def answer():
        async with openai.AsyncOpenAI(base_url=loopback.url + "/v1", api_key="k") as client:
            guard = asyncio.create_task(client.moderations.create(input="what?"))
            endless = client.with_options(base_url=loopback.url + "/endless/v1").chat.completions
            async for _ in await endless.create(**STREAM):
                if guard.done():
                    return "stopped"
            return "read to its end"

    with studio.open("once"):
        assert asyncio.run(answer()) == "stopped"
    loopback.stop()
    with studio.open("none") as again:
        assert asyncio.run(answer()) == "stopped"
    assert not again.errors
