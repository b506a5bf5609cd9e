"""Every client, used in the same few ways: to post, to stream, to leave a stream, to make many calls at once."""

import asyncio
import contextlib
import http.client
import importlib
import json
import ssl
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

HEADERS = {"content-type": "application/json"}
# one for all: making it reads the certificates of the machine
TLS = ssl.create_default_context()


def load(name):
    """A client that may not be installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


aiohttp, httpx, httpx2, requests, urllib3 = map(load, ("aiohttp", "httpx", "httpx2", "requests", "urllib3"))


class Client:
    """How one client is used. `stream` yields a body in the pieces that the client hands out as they arrive.

    `post`, `pieces` and `first` take a URL and the fields of a request; a time-out is given in seconds.
    """

    timeout = 10.0

    def post(self, url, fields):
        """The text of an answer."""
        with self.session() as session:
            return self.text(session, url, fields)

    def pieces(self, url, fields, most=None):
        """The pieces of a streamed answer, the first `most` of them; what came before an error, and the error."""
        seen, error = [], None
        with self.session() as session:
            try:
                with self.stream(session, url, fields) as pieces:
                    for piece in pieces:
                        seen.append(piece)
                        if len(seen) == most:
                            break
            except Exception as raised:  # noqa: BLE001 - each client has its own
                error = raised
                # that of urllib is a response too
                getattr(error, "close", bool)()
        return seen, error

    def many(self, url, asked):
        """The answers to many requests, of 16 threads that share a session."""
        with self.session() as session, ThreadPoolExecutor(16) as pool:
            return list(pool.map(lambda fields: self.text(session, url, fields), asked))


class Httpx(Client):
    def __init__(self, library):
        self.library = library

    def session(self):
        return self.library.Client(timeout=self.timeout, verify=TLS)

    def text(self, session, url, fields):
        return session.post(url, json=fields).text

    @contextlib.contextmanager
    def stream(self, session, url, fields):
        with session.stream("POST", url, json=fields) as response:
            yield response.iter_bytes()


class Requests(Client):
    def session(self):
        return requests.Session()

    def text(self, session, url, fields):
        return session.post(url, json=fields, timeout=self.timeout).text

    @contextlib.contextmanager
    def stream(self, session, url, fields):
        with session.post(url, json=fields, timeout=self.timeout, stream=True) as response:
            yield response.iter_content(None)


class Urllib3(Client):
    def session(self):
        return urllib3.PoolManager(retries=False, timeout=self.timeout, maxsize=16)

    def text(self, session, url, fields):
        return session.request("POST", url, body=json.dumps(fields), headers=HEADERS).data.decode()

    @contextlib.contextmanager
    def stream(self, session, url, fields):
        body = json.dumps(fields).encode()
        response = session.request("POST", url, body=body, headers=HEADERS, preload_content=False)
        try:
            yield response.stream(decode_content=True)
        finally:
            response.close()


class Urllib(Client):
    def session(self):
        return contextlib.nullcontext()

    def text(self, session, url, fields):
        with self.stream(session, url, fields) as pieces:
            return b"".join(pieces).decode()

    @contextlib.contextmanager
    def stream(self, session, url, fields):
        request = urllib.request.Request(url, json.dumps(fields).encode(), HEADERS)
        with urllib.request.urlopen(request, timeout=self.timeout) as response:
            yield iter(lambda: response.read1(65536), b"")


class HttpClient(Urllib):
    @contextlib.contextmanager
    def stream(self, session, url, fields):
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=self.timeout)
        try:
            connection.request("POST", parts.path, json.dumps(fields).encode(), HEADERS)
            yield iter(lambda: response.read1(65536), b"") if (response := connection.getresponse()) else ()
        finally:
            connection.close()


class AsyncClient(Client):
    """A client of asyncio."""

    def post(self, url, fields):
        async def post():
            async with self.session() as session:
                return await self.text(session, url, fields)

        return asyncio.run(post())

    def pieces(self, url, fields, most=None):
        return asyncio.run(self.pieces_in_a_task(url, fields, most))

    async def pieces_in_a_task(self, url, fields, most=None):
        seen, error = [], None
        async with self.session() as session:
            try:
                async with self.stream(session, url, fields) as pieces:
                    async for piece in pieces:
                        seen.append(piece)
                        if len(seen) == most:
                            break
            except Exception as raised:  # noqa: BLE001 - each client has its own
                error = raised
        return seen, error

    def many(self, url, asked):
        """The answers to many requests, gathered over one session."""

        async def gathered():
            async with self.session() as session:
                return await asyncio.gather(*(self.text(session, url, fields) for fields in asked))

        return asyncio.run(gathered())


class AsyncHttpx(AsyncClient):
    def __init__(self, library):
        self.library = library

    def session(self):
        return self.library.AsyncClient(timeout=self.timeout, verify=TLS)

    async def text(self, session, url, fields):
        return (await session.post(url, json=fields)).text

    @contextlib.asynccontextmanager
    async def stream(self, session, url, fields):
        async with session.stream("POST", url, json=fields) as response:
            yield response.aiter_bytes()


class Aiohttp(AsyncClient):
    def session(self):
        timeout = aiohttp.ClientTimeout(sock_read=self.timeout, sock_connect=self.timeout)
        return aiohttp.ClientSession(timeout=timeout)

    async def text(self, session, url, fields):
        async with session.post(url, json=fields) as response:
            return await response.text()

    @contextlib.asynccontextmanager
    async def stream(self, session, url, fields):
        async with session.post(url, json=fields) as response:
            yield response.content.iter_any()


CLIENTS = {
    "httpx": Httpx(httpx),
    "httpx async": AsyncHttpx(httpx),
    "httpx2": Httpx(httpx2),
    "httpx2 async": AsyncHttpx(httpx2),
    "requests": Requests(),
    "urllib3": Urllib3(),
    "urllib": Urllib(),
    "http.client": HttpClient(),
    "aiohttp": Aiohttp(),
}


def _needing(name, client):
    package = name.partition(" ")[0]
    missing = package not in ("urllib", "http.client") and load(package) is None
    return pytest.param(client, id=name, marks=pytest.mark.skipif(missing, reason=f"{package} is not installed"))


EVERY = pytest.mark.parametrize("client", [_needing(*one) for one in CLIENTS.items()])
