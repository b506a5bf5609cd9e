"""Many calls at once: every one is recorded, each replay goes to its own prompt, and none goes out."""

import asyncio
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import httpx2
import pytest
import requests
from capture_asking import CHAT, ask, body

THREADS = 16
QUESTIONS = [f"question <{number}>?" for number in range(40)]


def with_requests(url, question):
    return requests.post(url + CHAT, json=body(question), timeout=10).text


def with_urllib(url, question):
    data, headers = json.dumps(body(question)).encode(), {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url + CHAT, data, headers), timeout=10) as response:
        return response.read().decode()


def in_threads(call, url):
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda question: call(url, question), QUESTIONS))


@pytest.mark.parametrize("call", [ask, with_requests, with_urllib], ids=["httpx", "requests", "urllib"])
def test_sixteen_threads_replay_to_the_right_prompt(call, loopback, studio):
    with studio.open("once") as tape:
        recorded = in_threads(call, loopback.url)
    assert len(tape.interactions) == loopback.count == len(QUESTIONS)
    asked = loopback.count
    with studio.open("none") as tape:
        assert in_threads(call, loopback.url) == recorded
    assert all(question.partition("?")[0] in answer for question, answer in zip(QUESTIONS, recorded, strict=True))
    assert loopback.count == asked
    assert not tape.errors


def test_identical_prompts_in_threads_use_each_recording_once(loopback, studio):
    def sample(_):
        return ask(loopback.url)

    with studio.open("once"), ThreadPoolExecutor(THREADS) as pool:
        recorded = set(pool.map(sample, range(40)))
    with studio.open("none") as tape, ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(sample, range(40))) == recorded
    assert len(recorded) == 40
    assert not tape.unused


async def gathered_httpx2(url):
    async with httpx2.AsyncClient() as client:
        return await asyncio.gather(*(client.post(url + CHAT, json=body(question)) for question in QUESTIONS))


async def gathered_aiohttp(url):
    async with aiohttp.ClientSession() as session:

        async def post(question):
            async with session.post(url + CHAT, json=body(question)) as response:
                return await response.text()

        return await asyncio.gather(*map(post, QUESTIONS))


@pytest.mark.parametrize("gathered", [gathered_httpx2, gathered_aiohttp], ids=["httpx2", "aiohttp"])
async def test_gathered_calls_replay_to_the_right_prompt(gathered, loopback, studio):
    def texts(answers):
        return [answer if isinstance(answer, str) else answer.text for answer in answers]

    with studio.open("once"):
        recorded = texts(await gathered(loopback.url))
    loopback.stop()
    with studio.open("none") as tape:
        assert texts(await gathered(loopback.url)) == recorded
    assert not tape.errors
