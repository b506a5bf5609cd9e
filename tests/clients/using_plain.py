"""The HTTP clients themselves: JSON, streams, every content-encoding they know, and forms."""

from __future__ import annotations

import http.client
import importlib
import inspect
import json
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

from scenarios import Group, Pieces, gathered, in_threads
from serving import serving
from serving_plain import ENCODINGS, decoded, plain_api

BODY = {"model": "m", "messages": [{"role": "user", "content": "what is it?"}]}
FORM = {"model": "whisper-1", "prompt": "wie heißt du?"}
FILE = {"file": ("a.wav", b"\x00\xff" * 99, "audio/wav")}
HEADERS = {"content-type": "application/json"}
# What it takes to encode and decode these; httpx alone has its zstd from zstandard
NEEDS = {"br": ("brotli",), "zstd": ("zstandard", "backports.zstd|compression.zstd")}

group = Group("", partial(serving, plain_api))


def asking(text: str) -> dict[str, Any]:
    """A chat request."""
    return {"model": "m", "messages": [{"role": "user", "content": text}]}


def for_each_encoding(client: str, use: Callable[[str], Any]) -> None:
    """Register a use, from a URL to JSON, for each content-encoding. The client must have asked for it."""
    for encoding in ENCODINGS:

        def use_it(url: str, encoding: str = encoding) -> Any:
            return use(f"{url}/{encoding}/json")

        way = "async" if inspect.iscoroutinefunction(use) else "sync"
        group(encoding, way, client, *NEEDS.get(encoding, ()), client=client)(use_it)


def httpx_like(name: str) -> None:
    """Register the scenarios of httpx or httpx2."""

    def library() -> ModuleType:
        return importlib.import_module(name)

    def post(url: str) -> Any:
        with library().Client() as made:
            return made.post(url, json=BODY).json()

    def stream(url: str) -> Any:
        with library().Client() as made, made.stream("POST", f"{url}/gzip/stream", json=BODY) as got:
            return got.status_code, got.headers["content-type"], list(got.iter_lines())

    def raw(url: str) -> Any:
        with library().Client() as made, made.stream("POST", f"{url}/identity/stream", json=BODY) as got:
            return Pieces(got.iter_raw()), got.extensions["reason_phrase"], got.elapsed.total_seconds() >= 0

    async def apost(url: str) -> Any:
        async with library().AsyncClient() as made:
            return (await made.post(f"{url}/gzip/json", json=BODY)).json()

    async def astream(url: str) -> Any:
        async with library().AsyncClient() as made, made.stream("POST", f"{url}/identity/stream", json=BODY) as got:
            return Pieces([piece async for piece in got.aiter_bytes()])

    def form(url: str) -> Any:
        with library().Client() as made:
            return made.post(f"{url}/gzip/json", data=FORM, files=FILE).json()

    def threads(url: str, questions: Sequence[str]) -> Any:
        with library().Client() as made:
            return in_threads(lambda text: made.post(f"{url}/gzip/json", json=asking(text)).text, questions)

    async def gather(url: str, questions: Sequence[str]) -> Any:
        async def ask(text: str) -> str:
            return (await made.post(f"{url}/gzip/json", json=asking(text))).text

        async with library().AsyncClient() as made:
            return await gathered(ask, questions)

    for_each_encoding(name, post)
    group("post, async", "async", name, client=name)(apost)
    group("stream", "streamed", name, client=name)(stream)
    group("raw stream", "streamed", name, client=name)(raw)
    group("stream, async", "async streamed", name, client=name)(astream)
    group("form", "sync", name, client=name)(form)
    group("one client in 16 threads", "threads", name, client=name)(threads)
    group("50 at once", "gathered", name, client=name)(gather)


httpx_like("httpx")
httpx_like("httpx2")


def requests_post(url):
    import requests

    return requests.post(url, json=BODY, timeout=5).json()


for_each_encoding("requests", requests_post)


@group("stream", "streamed", client="requests")
def requests_stream(url):
    import requests

    with requests.post(f"{url}/gzip/stream", json=BODY, timeout=5, stream=True) as got:
        return got.status_code, got.reason, list(got.iter_lines(chunk_size=None))


@group("form", client="requests")
def requests_form(url):
    import requests

    return requests.post(f"{url}/gzip/json", data=FORM, files=FILE, timeout=5).json()


@group("one session in 16 threads", "threads", client="requests")
def requests_threads(url, questions: Sequence[str]):
    import requests

    with requests.Session() as session:
        return in_threads(lambda text: session.post(f"{url}/gzip/json", json=asking(text), timeout=9).text, questions)


def urllib3_post(url):
    import urllib3

    # unlike the others, urllib3 asks for no encoding of itself
    accepted = urllib3.make_headers(accept_encoding=True)
    with urllib3.PoolManager() as pool:
        return pool.request("POST", url, json=BODY, headers={**HEADERS, **accepted}).json()


for_each_encoding("urllib3", urllib3_post)


@group("stream", "streamed", client="urllib3")
def urllib3_stream(url):
    import urllib3

    with urllib3.PoolManager() as pool:
        got = pool.request("POST", f"{url}/identity/stream", json=BODY, preload_content=False)
        pieces = list(got.stream())
        got.release_conn()
        return got.status, got.reason, Pieces(pieces)


@group("form", client="urllib3")
def urllib3_form(url):
    import urllib3

    fields = {**FORM, "file": FILE["file"]}
    with urllib3.PoolManager() as pool:
        return pool.request("POST", f"{url}/identity/json", fields=fields).json()


@group("one pool in 16 threads", "threads", client="urllib3")
def urllib3_threads(url, questions: Sequence[str]):
    import urllib3

    with urllib3.PoolManager(maxsize=16) as pool:
        return in_threads(
            lambda text: pool.request("POST", f"{url}/identity/json", json=asking(text)).data.decode(), questions
        )


def _urlopen(url: str, text: str = "what is it?", **headers: str) -> Any:
    request = urllib.request.Request(url, json.dumps(asking(text)).encode(), {**HEADERS, **headers})
    return urllib.request.urlopen(request, timeout=5)


@group("urlopen", client="urllib.request")
def urllib_request(url):
    with _urlopen(f"{url}/identity/json") as got:
        return got.status, got.headers["content-type"], json.load(got)


@group("urlopen, gzip decoded by the app", client="urllib.request")
def urllib_gzip(url):
    with _urlopen(f"{url}/gzip/json", **{"accept-encoding": "gzip"}) as got:
        return decoded(got.read(), got.headers["content-encoding"])


@group("urlopen, line by line", "streamed", client="urllib.request")
def urllib_stream(url):
    with _urlopen(f"{url}/identity/stream") as got:
        return list(got)


@group("urlopen in 16 threads", "threads", client="urllib.request")
def urllib_threads(url, questions: Sequence[str]):
    def ask(text: str) -> str:
        with _urlopen(f"{url}/identity/json", text) as got:
            return got.read().decode()

    return in_threads(ask, questions)


def _connected(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)


def _closed(connection: http.client.HTTPConnection, use: Callable[[Any], Any]) -> Any:
    try:
        return use(connection.getresponse())
    finally:
        connection.close()


@group("request", client="http.client")
def http_client(url):
    connection = _connected(url)
    connection.request("POST", "/identity/json", json.dumps(BODY), HEADERS)
    return _closed(connection, lambda got: (got.status, got.reason, got.getheader("content-type"), json.load(got)))


@group("putrequest, read in pieces", "streamed", client="http.client")
def http_client_pieces(url):
    body, connection = json.dumps(BODY).encode(), _connected(url)
    connection.putrequest("POST", "/identity/stream")
    for name, value in {**HEADERS, "content-length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body)
    return _closed(connection, lambda got: [got.readline(), got.read(10), got.read()])


@group("in 16 threads", "threads", client="http.client")
def http_client_threads(url, questions: Sequence[str]):
    def ask(text: str) -> str:
        connection = _connected(url)
        connection.request("POST", "/identity/json", json.dumps(asking(text)), HEADERS)
        return _closed(connection, lambda got: got.read().decode())

    return in_threads(ask, questions)


async def aiohttp_post(url):
    import aiohttp

    async with aiohttp.ClientSession() as session, session.post(url, json=BODY) as got:
        return await got.json()


for_each_encoding("aiohttp", aiohttp_post)


@group("lines", "async streamed", "aiohttp", client="aiohttp")
async def aiohttp_stream(url):
    import aiohttp

    async with aiohttp.ClientSession() as session, session.post(f"{url}/gzip/stream", json=BODY) as got:
        return got.status, got.reason, got.content_type, [line async for line in got.content]


@group("chunks", "async streamed", "aiohttp", client="aiohttp")
async def aiohttp_chunks(url):
    import aiohttp

    async with aiohttp.ClientSession() as session, session.post(f"{url}/identity/stream", json=BODY) as got:
        return Pieces([chunk async for chunk, _ in got.content.iter_chunks()])


@group("form", "async", "aiohttp", client="aiohttp")
async def aiohttp_form(url):
    import aiohttp

    form = aiohttp.FormData(FORM)
    form.add_field("file", FILE["file"][1], filename="a.wav")
    async with aiohttp.ClientSession(url) as session, session.post("/gzip/json", data=form) as got:
        return await got.json()


@group("50 at once", "gathered", "aiohttp", client="aiohttp")
async def aiohttp_gather(url, questions: Sequence[str]):
    import aiohttp

    async def ask(text: str) -> str:
        async with session.post(f"{url}/gzip/json", json=asking(text)) as got:
            return await got.text()

    async with aiohttp.ClientSession() as session:
        return await gathered(ask, questions)
