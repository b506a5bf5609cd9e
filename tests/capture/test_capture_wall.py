"""In `none` no socket is opened for an LLM call, and a client that is not patched meets the wall."""

import asyncio
import socket
import sys
import urllib.request

import aiohttp
import httpx
import httpx2
import pytest
import requests
from capture_asking import CHAT, CLIENT, ask, body

from pytest_altax.capture.hosts import Scope, endpoint, is_local
from pytest_altax.errors import NetworkBlocked, UnmatchedCall
from pytest_altax.providers.registry import ProviderRegistry

OPENED: list[str] = []


def _count(event, arguments):
    if event in ("socket.__new__", "socket.connect", "socket.getaddrinfo"):
        OPENED.append(event)


@pytest.fixture(scope="module", autouse=True)
def counting():
    sys.addaudithook(_count)


def test_no_socket_is_opened_while_replaying(loopback, studio):
    def use():
        with httpx.Client() as one, httpx2.Client() as other:
            texts = [client.post(loopback.url + CHAT, json=body()).text for client in (one, other)]
        return [*texts, requests.post(loopback.url + CHAT, json=body(), timeout=5).text]

    with studio.open("once"):
        recorded = use()
    loopback.stop()
    OPENED.clear()
    with studio.open("none"):
        assert use() == recorded
        assert OPENED == []
        with pytest.raises(UnmatchedCall):
            CLIENT.post("https://api.openai.com/v1/chat/completions", json=body("unknown?"))
        with pytest.raises(UnmatchedCall):
            requests.post("https://api.anthropic.com/v1/messages", json=body("unknown?"), timeout=5)
    assert OPENED == []


def test_a_connection_to_a_recorded_server_by_an_unpatched_client_is_refused(loopback, studio):
    with studio.open("once"):
        ask(loopback.url)
    port = int(loopback.url.rpartition(":")[2])
    asked = loopback.count
    with (
        studio.open("none") as tape,
        pytest.raises(NetworkBlocked, match=f"127.0.0.1:{port}"),
        socket.create_connection(("127.0.0.1", port)),
    ):
        pass
    assert isinstance(tape.errors[0], NetworkBlocked)
    assert loopback.count == asked
    with studio.open("new_episodes"), socket.create_connection(("127.0.0.1", port)):
        pass


def test_a_look_up_of_an_llm_host_is_refused_even_if_the_app_swallows_it(studio):
    async def look_up():
        return await asyncio.get_running_loop().getaddrinfo("api.openai.com", 443)

    with studio.open("none") as tape:
        with pytest.raises(NetworkBlocked):
            socket.getaddrinfo(b"API.openai.com", "443")
        with pytest.raises(NetworkBlocked):
            asyncio.run(look_up())
    assert len(tape.errors) == 2


def test_other_servers_on_this_machine_are_reached_while_replaying(loopback, studio):
    async def over_asyncio():
        reader, writer = await asyncio.open_connection("127.0.0.1", int(loopback.url.rpartition(":")[2]))
        writer.close()
        await writer.wait_closed()
        return reader

    with studio.open("none", block_network=True) as tape:
        assert CLIENT.get(loopback.url + "/health").is_success
        assert asyncio.run(over_asyncio())
        assert socket.getaddrinfo("localhost", 80)
        for one in socket.socketpair():
            one.close()
    assert not tape.errors


def test_other_hosts_are_refused_when_the_network_is_blocked(studio):
    with studio.open("none", block_network=True) as tape:
        for call in (
            lambda: CLIENT.get("https://intranet.test/page"),
            lambda: requests.get("https://intranet.test/page", timeout=5),
            lambda: socket.getaddrinfo("intranet.test", 443),
            lambda: socket.create_connection(("192.0.2.1", 443), timeout=0.1),
        ):
            with pytest.raises(NetworkBlocked, match="block-network is on"):
                call()
    assert len(tape.errors) == 4


def test_a_refused_url_is_printed_without_its_secrets(studio):
    with studio.open("none", block_network=True), pytest.raises(NetworkBlocked) as error:
        CLIENT.get("https://me:hidden@intranet.test/page?key=hidden&page=1")
    assert str(error.value).startswith("GET https://intranet.test/page?key=REDACTED&page=1 was refused")
    assert "hidden" not in str(error.value)


def with_aiohttp(url):
    async def post():
        async with aiohttp.ClientSession() as session, session.post(url, json=body()) as response:
            return await response.read()

    return asyncio.run(post())


def with_urllib(url):
    return urllib.request.urlopen(url, b"{}", timeout=5)


OUTSIDE = {
    "httpx": lambda url: CLIENT.post(url, json=body()),
    "urllib": with_urllib,
    "httpx2": lambda url: httpx2.post(url, json=body()),
    "requests": lambda url: requests.post(url, json=body(), timeout=5),
    "aiohttp": with_aiohttp,
}


@pytest.mark.parametrize("client", OUTSIDE)
def test_a_call_of_an_llm_is_refused_when_no_test_is_running(client, installed, loopback):
    use = OUTSIDE[client]
    with installed("none", hosts=("llm.test",)):
        for url in (loopback.url + CHAT, "https://api.openai.com/v1/other", "https://llm.test/x"):
            with pytest.raises(NetworkBlocked) as error:
                use(url + "?key=hidden")
            assert str(error.value).startswith(f"POST {url}?key=REDACTED was refused: no test was running")
            assert "make the call in a test or a fixture" in str(error.value)
    assert loopback.count == 0


def test_other_calls_and_other_modes_pass_when_no_test_is_running(installed, loopback):
    with installed("none"):
        assert CLIENT.get(loopback.url + "/health").is_success
    with installed("once"):
        assert ask(loopback.url)


def test_recording_reaches_the_model_though_the_network_is_blocked(loopback, studio):
    with studio.open("once", block_network=True) as tape:
        assert ask(loopback.url)
    assert len(tape.interactions) == 1


def test_the_wall_is_down_when_no_tape_is_open(loopback, studio):
    with studio.open("once"):
        ask(loopback.url)
    with socket.create_connection(("127.0.0.1", int(loopback.url.rpartition(":")[2]))):
        pass


@pytest.mark.parametrize(
    ("pattern", "url", "covered"),
    [
        ("llm.test", "https://llm.test/x", True),
        ("llm.test", "https://llm.test:8443/x", True),
        ("llm.test:8443", "https://llm.test/x", False),
        ("*.LLM.test", "http://a.llm.test/x", True),
        ("localhost:11434", "http://localhost:11434/api", True),
        ("localhost:11434", "http://localhost:8000/api", False),
    ],
)
def test_hosts_of_the_settings_are_names_or_patterns_with_or_without_a_port(pattern, url, covered):
    scope = Scope(ProviderRegistry(), [pattern], [])
    assert scope.covers("GET", url) is covered
    assert scope.walls_off(*endpoint(url)) is covered


def test_what_stands_in_the_cassette_is_replayed_whatever_it_is_for():
    scope = Scope(ProviderRegistry(), [], [("GET", "https://weather.test/now?city=Oslo")])
    assert scope.covers("GET", "https://weather.test/now?city=Rome")
    assert not scope.covers("POST", "https://weather.test/now")
    assert not scope.covers("GET", "https://weather.test/then")


def test_a_recorded_host_is_walled_off_on_this_machine_only_with_its_port():
    scope = Scope(ProviderRegistry(), [], [("GET", "http://127.0.0.1:8000/x"), ("GET", "https://model.test/x")])
    assert scope.walls_off("127.0.0.1", 8000)
    assert not scope.walls_off("127.0.0.1", 8001)
    assert scope.walls_off("model.test", 80)
    assert not scope.walls_off("elsewhere.test", 443)


def test_a_call_of_no_llm_passes_though_its_server_was_recorded_too(loopback, studio):
    with studio.open("once"):
        ask(loopback.url)
        CLIENT.get(loopback.url + "/health")
    with studio.open("none") as tape:
        with httpx.Client() as fresh:
            assert fresh.get(loopback.url + "/health").is_success
        ask(loopback.url)
    assert len(tape.interactions) == 1
    assert not tape.errors


def test_endpoints_and_local_hosts():
    assert endpoint("https://A.test/x") == ("a.test", 443)
    assert endpoint("http://[::1]:80/") == ("::1", 80)
    assert endpoint("http://a.test:99999999/") == ("", None)
    assert all(map(is_local, ("localhost", "db.localhost", "127.0.0.9", "::1", "0.0.0.0")))
    assert not any(map(is_local, ("a.test", "10.0.0.1", "::2")))


def with_httpcore(url):
    httpcore = pytest.importorskip("httpcore")
    with httpcore.ConnectionPool() as pool:
        pool.request("POST", url)


def with_httpcore_async(url):
    httpcore = pytest.importorskip("httpcore")

    async def post():
        async with httpcore.AsyncConnectionPool() as pool:
            await pool.request("POST", url)

    asyncio.run(post())


def with_websockets(url):
    client = pytest.importorskip("websockets.asyncio.client")

    async def connect():
        async with client.connect(url.replace("http", "ws", 1), open_timeout=5):
            pass

    asyncio.run(connect())


def with_websockets_sync(url):
    client = pytest.importorskip("websockets.sync.client")
    with client.connect(url.replace("http", "ws", 1), open_timeout=5):
        pass


def with_aiohttp_websocket(url):
    async def connect():
        async with aiohttp.ClientSession() as session:
            await session.ws_connect(url)

    asyncio.run(connect())


UNSEEN = {
    "httpcore": with_httpcore,
    "httpcore async": with_httpcore_async,
    "websockets": with_websockets,
    "websockets sync": with_websockets_sync,
    "aiohttp websocket": with_aiohttp_websocket,
}
HOST = "https://api.openai.com/v1/realtime"


@pytest.mark.parametrize("library", UNSEEN)
def test_a_library_that_is_not_intercepted_is_named_when_it_meets_the_wall(library, studio, installed):
    named = rf"by {library.partition(' ')[0]} to api\.openai\.com:443 was"
    with studio.open("none") as tape, pytest.raises(NetworkBlocked, match=f"{named} attempted.*no packet left"):
        UNSEEN[library](HOST)
    assert tape.errors
    with installed("none"), pytest.raises(NetworkBlocked, match=f"{named} refused: no test was running"):
        UNSEEN[library](HOST)


def test_the_code_of_the_user_is_not_named_as_a_library(studio):
    with studio.open("none"), pytest.raises(NetworkBlocked, match=r"^a connection to api\.openai\.com:443 was"):
        socket.create_connection(("api.openai.com", 443))
