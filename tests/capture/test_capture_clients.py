"""Each client, used live, recorded, and replayed with the server gone: the app sees the same."""

import asyncio
import json
import urllib.request

import aiohttp
import anthropic
import httpx
import httpx2
import openai
import pytest
import requests
import urllib3

from pytest_altax.errors import NetworkBlocked

QUESTION = [{"role": "user", "content": "what is it?"}]
CHAT = {"model": "gpt-4o-mini", "messages": QUESTION}
LINES = ("data: {", "data: [DONE]")


def openai_chat(url):
    with openai.OpenAI(base_url=url + "/v1", api_key="k") as client:
        return client.chat.completions.create(**CHAT).choices[0].message.content


def openai_stream(url):
    with openai.OpenAI(base_url=url + "/v1", api_key="k") as client:
        chunks = list(client.chat.completions.create(**CHAT, stream=True))
    return [chunk.choices[0].delta.content for chunk in chunks if chunk.choices] + [str(chunks[-1].usage.total_tokens)]


def openai_responses(url):
    with openai.OpenAI(base_url=url + "/v1", api_key="k") as client:
        return client.responses.create(model="gpt-4o-mini", input="what is it?").output_text


def openai_responses_stream(url):
    with openai.OpenAI(base_url=url + "/v1", api_key="k") as client:
        events = client.responses.create(model="gpt-4o-mini", input="what is it?", stream=True)
        return [getattr(event, "delta", event.type) for event in events]


def openai_async(url):
    async def ask():
        async with openai.AsyncOpenAI(base_url=url + "/v1", api_key="k") as client:
            return (await client.chat.completions.create(**CHAT)).choices[0].message.content

    return asyncio.run(ask())


def openai_async_stream(url):
    async def ask():
        async with openai.AsyncOpenAI(base_url=url + "/v1", api_key="k") as client:
            stream = await client.chat.completions.create(**CHAT, stream=True)
            return [chunk.choices[0].delta.content async for chunk in stream if chunk.choices]

    return asyncio.run(ask())


def anthropic_message(url):
    with anthropic.Anthropic(base_url=url, api_key="k") as client:
        return client.messages.create(model="claude-test", max_tokens=9, messages=QUESTION).content[0].text


def anthropic_stream(url):
    with (
        anthropic.Anthropic(base_url=url, api_key="k") as client,
        client.messages.stream(model="claude-test", max_tokens=9, messages=QUESTION) as stream,
    ):
        return [*stream.text_stream, stream.get_final_message().stop_reason]


def anthropic_async(url):
    async def ask():
        async with anthropic.AsyncAnthropic(base_url=url, api_key="k") as client:
            message = await client.messages.create(model="claude-test", max_tokens=9, messages=QUESTION)
            return message.content[0].text

    return asyncio.run(ask())


def anthropic_async_stream(url):
    async def ask():
        async with anthropic.AsyncAnthropic(base_url=url, api_key="k") as client:
            stream = client.messages.stream(model="claude-test", max_tokens=9, messages=QUESTION)
            async with stream as events:
                return [text async for text in events.text_stream]

    return asyncio.run(ask())


def plain(library):
    def ask(url):
        with library.Client() as client:
            response = client.post(url + "/gzip/v1/chat/completions", json=CHAT)
        return [str(response.status_code), response.headers["content-type"], response.text]

    return ask


def plain_stream(library):
    def ask(url):
        body = {**CHAT, "stream": True}
        with library.Client() as client, client.stream("POST", url + "/v1/chat/completions", json=body) as response:
            return list(response.iter_text())

    return ask


def plain_async(library):
    def ask(url):
        async def post():
            async with library.AsyncClient() as client:
                return (await client.post(url + "/v1/chat/completions", json=CHAT)).text

        return asyncio.run(post())

    return ask


def plain_async_stream(library):
    def ask(url):
        async def post():
            body = {**CHAT, "stream": True}
            client = library.AsyncClient()
            async with client, client.stream("POST", url + "/v1/chat/completions", json=body) as response:
                return [text async for text in response.aiter_text()]

        return asyncio.run(post())

    return ask


def requests_post(url):
    response = requests.post(url + "/gzip/v1/chat/completions", json=CHAT, timeout=5)
    return [str(response.status_code), response.reason, response.text]


def requests_session(url):
    with requests.Session() as session:
        return [session.post(url + "/v1/chat/completions", json=CHAT, timeout=5).text for _ in range(2)]


def requests_stream(url):
    with requests.post(url + "/v1/chat/completions", json={**CHAT, "stream": True}, timeout=5, stream=True) as response:
        return [line for line in response.iter_lines(decode_unicode=True) if line.startswith(LINES)]


def urllib3_request(url):
    with urllib3.PoolManager() as pool:
        response = pool.request("POST", url + "/v1/chat/completions", json=CHAT)
        return [str(response.status), response.data.decode()]


def urllib_request(url):
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url + "/v1/chat/completions", json.dumps(CHAT).encode(), headers)
    with urllib.request.urlopen(request, timeout=5) as response:
        return [str(response.status), response.read().decode()]


def aiohttp_post(url):
    async def ask():
        session = aiohttp.ClientSession()
        async with session, session.post(url + "/v1/chat/completions", json=CHAT) as response:
            return [str(response.status), await response.text(), (await response.json())["model"]]

    return asyncio.run(ask())


def aiohttp_base_url(url):
    async def ask():
        session = aiohttp.ClientSession(url)
        async with session, session.post("/gzip/v1/chat/completions", json=CHAT) as response:
            return await response.text()

    return asyncio.run(ask())


def aiohttp_stream(url):
    async def ask():
        body = {**CHAT, "stream": True}
        session = aiohttp.ClientSession()
        async with session, session.post(url + "/v1/chat/completions", json=body) as response:
            return [line.decode() async for line in response.content if line.strip()]

    return asyncio.run(ask())


USES = {
    "openai": openai_chat,
    "openai stream": openai_stream,
    "openai async": openai_async,
    "openai async stream": openai_async_stream,
    "openai responses": openai_responses,
    "openai responses stream": openai_responses_stream,
    "anthropic": anthropic_message,
    "anthropic stream": anthropic_stream,
    "anthropic async": anthropic_async,
    "anthropic async stream": anthropic_async_stream,
    "httpx": plain(httpx),
    "httpx stream": plain_stream(httpx),
    "httpx async": plain_async(httpx),
    "httpx async stream": plain_async_stream(httpx),
    "httpx2": plain(httpx2),
    "httpx2 stream": plain_stream(httpx2),
    "httpx2 async": plain_async(httpx2),
    "httpx2 async stream": plain_async_stream(httpx2),
    "requests": requests_post,
    "requests session": requests_session,
    "requests stream": requests_stream,
    "urllib3": urllib3_request,
    "urllib": urllib_request,
    "aiohttp": aiohttp_post,
    "aiohttp base url": aiohttp_base_url,
    "aiohttp stream": aiohttp_stream,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_client_sees_the_same_live_recorded_and_replayed(use, loopback, studio):
    recorded, replayed = studio.both(loopback, lambda: use(loopback.url))
    # live and recorded, so each call was recorded once, whatever lies beneath its client
    assert loopback.count == 2 * len(recorded.interactions)
    assert [one.response.body for one in replayed.interactions] == [one.response.body for one in recorded.interactions]
    assert all(one.replayed and one.recorded is None for one in replayed.interactions)
    assert not any(one.replayed for one in recorded.interactions)
    assert not replayed.unused


PLAIN = ("httpx", "httpx2 async", "requests", "urllib3", "urllib", "aiohttp", "openai", "anthropic async")


@pytest.mark.parametrize("name", PLAIN)
def test_what_was_recorded_over_http_replays_over_https_without_a_socket(name, loopback, studio):
    with studio.open("once"):
        recorded = USES[name](loopback.url)
    with studio.open("none") as tape:
        assert USES[name]("https://model.test") == recorded
    assert not tape.errors


def test_a_session_with_open_connections_from_before_is_intercepted(loopback, studio):
    with requests.Session() as session:
        url = loopback.url + "/v1/chat/completions"
        session.post(url, json=CHAT, timeout=5)
        with studio.open("once") as tape:
            first = session.post(url, json=CHAT, timeout=5).json()
        loopback.stop()
        with studio.open("none"):
            assert session.post(url, json=CHAT, timeout=5).json() == first
    assert len(tape.interactions) == 1


def test_a_pool_with_connections_of_its_own_kind_keeps_them(loopback, studio):
    class Connection(urllib3.connection.HTTPConnection):
        pass

    class Pool(urllib3.HTTPConnectionPool):
        def _new_conn(self):
            return Connection(self.host, self.port)

    with studio.open("once"):
        requests.post(loopback.url + "/v1/chat/completions", json=CHAT, timeout=5)
        host, _, port = loopback.url.removeprefix("http://").partition(":")
        with Pool(host, int(port)) as pool:
            assert pool.request("GET", "/health").status == 200


async def test_a_websocket_of_aiohttp_meets_the_wall(studio):
    with studio.open("none") as tape:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(NetworkBlocked, match=r"api\.openai\.com"):
                await session.ws_connect("wss://api.openai.com/v1/realtime")
    assert tape.errors


FORM = {"model": "whisper-1", "prompt": "wie heißt du?"}
FILE = ("a.wav", b"\x00\xff" * 99)


async def aiohttp_form(url):
    form = aiohttp.FormData(FORM)
    form.add_field("file", FILE[1], filename=FILE[0])
    session = aiohttp.ClientSession()
    async with session, session.post(url, data=form) as response:
        return await response.json()


async def aiohttp_fields(url):
    session = aiohttp.ClientSession()
    async with session, session.post(url, data=FORM) as response:
        return await response.json()


FORMS = {
    "httpx": lambda url: httpx.post(url, data=FORM, files={"file": FILE}).json(),
    "requests": lambda url: requests.post(url, data=FORM, files={"file": FILE}, timeout=5).json(),
    "aiohttp": lambda url: asyncio.run(aiohttp_form(url)),
    "aiohttp fields": lambda url: asyncio.run(aiohttp_fields(url)),
    "requests fields": lambda url: requests.post(url, data=FORM, timeout=5).json(),
}


@pytest.mark.parametrize("send", FORMS.values(), ids=FORMS.keys())
def test_a_form_is_sent_as_it_would_be_and_replays_whatever_its_boundary(send, loopback, studio):
    url, hosts = loopback.url + "/v1/audio/transcriptions", (loopback.url.removeprefix("http://"),)
    live = send(url)
    with studio.open("once", hosts=hosts) as tape:
        recorded = send(url)
    assert recorded["length"] == live["length"] == len(tape.interactions[0].request.body)
    loopback.stop()
    with studio.open("none", hosts=hosts):
        assert send(url) == recorded
