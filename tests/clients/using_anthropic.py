"""Every way of calling Anthropic's SDK."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from scenarios import Group, Pieces, gathered, in_threads, plain
from serving import serving
from serving_anthropic import anthropic_api

TOOLS = [{"name": "weather", "input_schema": {"type": "object", "properties": {}}}]

group = Group("anthropic", partial(serving, anthropic_api), "anthropic")


def asked(text: str) -> dict[str, Any]:
    """The arguments of a message."""
    return {"model": "claude-test", "max_tokens": 50, "messages": [{"role": "user", "content": text}]}


@contextmanager
def client(url: str, **options: Any) -> Any:
    """A client that is closed again."""
    import anthropic

    with anthropic.Anthropic(base_url=url, api_key="sk-ant-secret", **options) as made:
        yield made


@asynccontextmanager
async def aclient(url: str, **options: Any) -> Any:
    """The same for asyncio."""
    import anthropic

    async with anthropic.AsyncAnthropic(base_url=url, api_key="sk-ant-secret", **options) as made:
        yield made


@group("message")
def message(url):
    with client(url) as made:
        return plain(made.messages.create(**asked("what is it?")))


@group("message, async")
async def amessage(url):
    async with aclient(url) as made:
        return plain(await made.messages.create(**asked("what is it?")))


@group("stream=True", "streamed")
def stream_events(url):
    with client(url) as made:
        return plain(list(made.messages.create(**asked("what is it?"), stream=True)))


@group("stream=True, async", "async streamed")
async def astream_events(url):
    async with aclient(url) as made:
        return plain([event async for event in await made.messages.create(**asked("what is it?"), stream=True)])


@group("messages.stream", "streamed")
def stream_helper(url):
    with client(url) as made, made.messages.stream(**asked("what is it?")) as stream:
        return [event.type for event in stream], plain(stream.get_final_message())


@group("messages.stream, async", "async streamed")
async def astream_helper(url):
    async with aclient(url) as made, made.messages.stream(**asked("use a tool"), tools=TOOLS) as stream:
        events = [event.type async for event in stream]
        return events, plain(await stream.get_final_message())


@group("text_stream left early", "streamed")
def stream_left(url):
    with client(url) as made, made.messages.stream(**asked("what is it?")) as stream:
        return next(iter(stream.text_stream))


@group("count_tokens")
def count(url):
    with client(url) as made:
        counted = made.messages.count_tokens(model="claude-test", messages=asked("what is it?")["messages"])
        return plain(counted)


@group("tool call")
def tool(url):
    with client(url) as made:
        return plain(made.messages.create(**asked("use a tool"), tools=TOOLS))


@group("with_raw_response")
def raw(url):
    with client(url) as made:
        got = made.messages.with_raw_response.create(**asked("what is it?"))
        limit = got.headers["anthropic-ratelimit-tokens-remaining"]
        return got.status_code, limit, got.headers["content-type"], got.http_response.text, plain(got.parse())


@group("with_streaming_response, async", "async streamed")
async def astreaming(url):
    async with aclient(url) as made:
        create = made.messages.with_streaming_response.create
        async with create(**asked("what is it?"), stream=True) as got:
            return got.status_code, Pieces([piece async for piece in got.iter_bytes()])


@group("an error is the same error")
def error(url):
    import anthropic

    with client(f"{url}/status/400", max_retries=0) as made:
        try:
            made.messages.create(**asked("what is it?"))
        except anthropic.APIStatusError as failed:
            return type(failed).__name__, failed.status_code, failed.body, str(failed)


@group("529, then an answer, async")
async def aretried(url):
    async with aclient(f"{url}/flaky", max_retries=2) as made:
        return plain(await made.messages.create(**asked("what is it?")))


@group("one client in 16 threads", "threads")
def threads(url, questions: Sequence[str]):
    with client(url) as made:
        return in_threads(lambda text: made.messages.create(**asked(text)).content[0].text, questions)


@group("50 at once", "gathered")
async def gather(url, questions: Sequence[str]):
    async def ask(text: str) -> str:
        return (await made.messages.create(**asked(text))).content[0].text

    async with aclient(url) as made:
        return await gathered(ask, questions)


@group("50 at once, streamed", "gathered")
async def gather_streamed(url, questions: Sequence[str]):
    async def ask(text: str) -> str:
        async with made.messages.stream(**asked(text)) as stream:
            return await stream.get_final_text()

    async with aclient(url) as made:
        return await gathered(ask, questions)
