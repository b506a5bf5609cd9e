"""Transport errors are recorded and come back as what the client raised."""

import asyncio
import urllib.error
import urllib.request

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3
from capture_asking import CHAT, body

from pytest_altax.capture.failures import aiohttp_error, connection_error, httpx_error


def post_requests(url):
    return requests.post(url + CHAT, json=body(), timeout=5)


def post_urllib3(url):
    with urllib3.PoolManager(retries=False) as pool:
        return pool.request("POST", url + CHAT, json=body())


def post_urllib(url):
    return urllib.request.urlopen(urllib.request.Request(url + CHAT, b"{}"), timeout=5)


def post_aiohttp(url):
    async def post():
        session = aiohttp.ClientSession()
        async with session, session.post(url + CHAT, json=body()):
            pass

    return asyncio.run(post())


CALLS = {
    "httpx": lambda url: httpx.post(url + CHAT, json=body()),
    "httpx2": lambda url: httpx2.post(url + CHAT, json=body()),
    "requests": post_requests,
    "urllib3": post_urllib3,
    "urllib": post_urllib,
    "aiohttp": post_aiohttp,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_refused_connection_is_recorded_and_raised_again(call, loopback, studio):
    loopback.stop()
    with studio.open("once") as tape, pytest.raises(Exception) as recorded:  # noqa: PT011 - each client has its own
        call(loopback.url)
    assert tape.interactions[0].response is None
    assert "refused" in tape.interactions[0].failure or "Cannot connect" in tape.interactions[0].failure
    with studio.open("none") as tape, pytest.raises(type(recorded.value)) as replayed:
        call(loopback.url)
    assert type(replayed.value) is type(recorded.value)
    assert not tape.unused
    assert tape.interactions[0].failure


def test_a_read_time_out_is_recorded_and_raised_again(loopback, studio):
    def call():
        loopback.gap = 1.0
        with httpx2.Client(timeout=0.05) as client:
            client.post(loopback.url + "/endless" + CHAT, json=body(stream=True))

    with studio.open("once"), pytest.raises(httpx2.ReadTimeout):
        call()
    with studio.open("none"), pytest.raises(httpx2.ReadTimeout):
        call()


def test_a_failure_recorded_through_one_client_is_raised_by_another():
    request = httpx.Request("POST", "https://a.test")
    assert type(httpx_error("httpx2.ConnectTimeout: slow", httpx, request)) is httpx.ConnectTimeout
    assert type(httpx_error("builtins.TimeoutError: slow", httpx, request)) is httpx.ReadTimeout
    assert type(httpx_error("aiohttp.ClientConnectorError: no", httpx, request)) is httpx.ConnectError
    assert type(connection_error("httpx.ReadTimeout: slow")) is TimeoutError
    assert type(connection_error("httpx.ConnectError: no")) is ConnectionError
    assert type(aiohttp_error("httpx.ConnectError: no", "https://a.test")) is aiohttp.ClientConnectionError
    assert type(aiohttp_error("aiohttp.ServerDisconnectedError: no", "https://a")) is aiohttp.ServerDisconnectedError


@pytest.mark.parametrize("failure", ["os.system: true", "builtins.exec: 1", "builtins.SystemExit: 1", "a.b: x", ""])
def test_a_cassette_does_not_choose_what_is_called(failure):
    assert type(connection_error(failure)) is ConnectionError
    assert isinstance(aiohttp_error(failure, ""), aiohttp.ClientConnectionError)
    assert type(httpx_error(failure, httpx, httpx.Request("GET", "https://a.test"))) is httpx.ReadError
