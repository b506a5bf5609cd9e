"""A user's suite on every client: recorded from a server on loopback, replayed with the server gone."""

import gc
import warnings

import aiohttp
import anthropic
import httpx2
import openai
import pytest
import requests
from loopback import Loopback

PRELOADED = (aiohttp, anthropic, anthropic.Anthropic, httpx2, openai, openai.OpenAI, requests)

SUITE = """
import asyncio, os
import aiohttp, anthropic, httpx, httpx2, openai, requests

URL = os.environ["LLM_URL"]
ASKED = [{"role": "user", "content": "Where is the door?"}]
BODY = {"model": "gpt-4o-mini", "messages": ASKED}
CHAT = {"model": "gpt-4o-mini", "messages": ASKED}
MESSAGE = {"model": "claude-sonnet-4-5", "max_tokens": 50, "messages": ASKED}

def sync_openai():
    return openai.OpenAI(base_url=f"{URL}/v1", api_key="secret-1", max_retries=0)

def async_openai():
    return openai.AsyncOpenAI(base_url=f"{URL}/v1", api_key="secret-1", max_retries=0)

def test_openai():
    assert "door" in sync_openai().chat.completions.create(**CHAT).choices[0].message.content

def test_openai_stream():
    stream = sync_openai().chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True})
    assert "door" in "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)

def test_openai_responses():
    assert "door" in sync_openai().responses.create(model="gpt-4o-mini", input="Where is the door?").output_text

def test_openai_async():
    async def ask():
        async with async_openai() as client:
            return (await client.chat.completions.create(**CHAT)).choices[0].message.content
    assert "door" in asyncio.run(ask())

def test_openai_async_stream():
    async def ask():
        async with async_openai() as client:
            stream = await client.chat.completions.create(**CHAT, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])
    assert "door" in asyncio.run(ask())

def test_anthropic():
    client = anthropic.Anthropic(base_url=URL, api_key="secret-2", max_retries=0)
    assert "door" in client.messages.create(**MESSAGE).content[0].text

def test_anthropic_stream():
    client = anthropic.Anthropic(base_url=URL, api_key="secret-2", max_retries=0)
    with client.messages.stream(**MESSAGE) as stream:
        assert "door" in stream.get_final_text()

def test_anthropic_async():
    async def ask():
        async with anthropic.AsyncAnthropic(base_url=URL, api_key="secret-2", max_retries=0) as client:
            return (await client.messages.create(**MESSAGE)).content[0].text
    assert "door" in asyncio.run(ask())

def test_httpx():
    headers = {"authorization": "Bearer secret-3"}
    assert "door" in httpx.post(f"{URL}/v1/chat/completions", json=BODY, headers=headers).text

def test_httpx2():
    assert "door" in httpx2.post(f"{URL}/v1/chat/completions?key=secret-4", json=BODY).text

def test_requests():
    assert "door" in requests.post(f"{URL}/v1/chat/completions", json=BODY, headers={"api-key": "secret-5"}).text

def test_aiohttp():
    async def ask():
        async with aiohttp.ClientSession() as session, session.post(f"{URL}/v1/chat/completions", json=BODY) as reply:
            return await reply.text()
    assert "door" in asyncio.run(ask())
"""
TESTS = SUITE.count("def test_")


@pytest.fixture
def recorded(suite, monkeypatch):
    loopback = Loopback()
    monkeypatch.setenv("LLM_URL", loopback.url)
    suite.write("test_shop.py", SUITE)
    suite.run("--altax-record=once").assert_outcomes(passed=TESTS)
    loopback.stop()
    # The suite leaves its clients open, as many do; their sockets are not to be found in the middle of a later run
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    return suite, loopback


def test_every_client_replays_with_the_server_gone(recorded):
    suite, loopback = recorded
    asked = loopback.count
    suite.run().assert_outcomes(passed=TESTS)
    assert loopback.count == asked
    assert all(test["calls"] == test["replayed"] == 1 for test in suite.tests().values())


def test_every_clients_tokens_are_billed(recorded):
    suite, _ = recorded
    suite.run()
    assert all(sum(line["tokens"] for line in test["lines"]) > 0 for test in suite.tests().values())


def test_no_clients_key_reaches_a_cassette(recorded):
    suite, _ = recorded
    texts = [path.read_text(encoding="utf-8") for path in suite.path.rglob("cassettes/**/*.json")]
    assert len(texts) == TESTS
    assert not [text for text in texts if "secret-" in text or "CANARY" in text]
