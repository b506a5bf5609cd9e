"""google-genai: sync over httpx2, async over aiohttp or, given a client of its own, over httpx2 and httpx."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from scenarios import Group, gathered, in_threads, plain
from serving import serving
from serving_google import google_api

MODEL = "gemini-2.5-flash"
TOOLS = {"tools": [{"function_declarations": [{"name": "weather"}]}]}

group = Group("google-genai", partial(serving, google_api), "google.genai")


@contextmanager
def client(url: str, **options: Any) -> Any:
    """A client that is closed again."""
    from google import genai

    with genai.Client(api_key="AIza-secret", http_options={"base_url": url, **options}) as made:
        yield made


@asynccontextmanager
async def aclient(url: str, **options: Any) -> Any:
    """The same for asyncio."""
    from google import genai

    made = genai.Client(api_key="AIza-secret", http_options={"base_url": url, **options})
    async with made.aio as concurrent:
        yield concurrent
    made.close()


def told(value: Any) -> Any:
    """What the SDK gives, without the headers that it adds."""
    if isinstance(value, list):
        return [told(item) for item in value]
    data = plain(value)
    data.pop("sdk_http_response", None)
    return data


@group("generate_content")
def generate(url):
    with client(url) as made:
        got = made.models.generate_content(model=MODEL, contents="what is it?")
        return told(got), dict(got.sdk_http_response.headers)["content-type"]


@group("generate_content, async over aiohttp", "async", "aiohttp")
async def agenerate(url):
    async with aclient(url) as made:
        assert made._api_client._use_aiohttp()
        return told(await made.models.generate_content(model=MODEL, contents="what is it?"))


@group("generate_content, async over httpx2", "async", "httpx2")
async def agenerate_httpx2(url):
    import httpx2

    return await _over(httpx2.AsyncClient(), url)


@group("generate_content, async over httpx", "async", "httpx")
async def agenerate_httpx(url):
    import httpx

    return await _over(httpx.AsyncClient(), url)


async def _over(library: Any, url: str) -> Any:
    async with library, aclient(url, httpx_async_client=library) as made:
        assert not made._api_client._use_aiohttp()
        stream = await made.models.generate_content_stream(model=MODEL, contents="what is it?")
        streamed = [chunk.text async for chunk in stream]
        return told(await made.models.generate_content(model=MODEL, contents="what is it?")), streamed


@group("generate_content_stream", "streamed")
def stream(url):
    with client(url) as made:
        return told(list(made.models.generate_content_stream(model=MODEL, contents="what is it?")))


@group("generate_content_stream, async over aiohttp", "async streamed", "aiohttp")
async def astream(url):
    async with aclient(url) as made:
        chunks = await made.models.generate_content_stream(model=MODEL, contents="what is it?")
        return told([chunk async for chunk in chunks])


@group("function call")
def tool(url):
    with client(url) as made:
        return told(made.models.generate_content(model=MODEL, contents="use a tool", config=TOOLS).function_calls)


@group("count_tokens, embed_content")
def others(url):
    with client(url) as made:
        counted = made.models.count_tokens(model=MODEL, contents="what is it?")
        return told(counted), told(made.models.embed_content(model="gemini-embedding-001", contents="a"))


@group("an error is the same error")
def error(url):
    from google.genai import errors

    with client(url) as made:
        try:
            made.models.generate_content(model=MODEL, contents="fail")
        except errors.ClientError as failed:
            return failed.code, failed.status, failed.message, str(failed)


@group("an error is the same error, async", "async", "aiohttp")
async def aerror(url):
    from google.genai import errors

    async with aclient(url) as made:
        try:
            await made.models.generate_content(model=MODEL, contents="fail")
        except errors.ClientError as failed:
            return failed.code, failed.status, failed.message, str(failed)


@group("one client in 16 threads", "threads")
def threads(url, questions: Sequence[str]):
    with client(url) as made:
        return in_threads(lambda text: made.models.generate_content(model=MODEL, contents=text).text, questions)


@group("50 at once", "gathered", "aiohttp")
async def gather(url, questions: Sequence[str]):
    async def ask(text: str) -> str:
        return (await made.models.generate_content(model=MODEL, contents=text)).text

    async with aclient(url) as made:
        return await gathered(ask, questions)
