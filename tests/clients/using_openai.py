"""Every way of calling OpenAI's SDK."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from scenarios import Group, Pieces, gathered, in_threads, plain
from serving import serving
from serving_openai import openai_api

MODEL = "gpt-4o-mini"
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
KEPT = ("content-type", "openai-version", "openai-processing-ms", "x-ratelimit-remaining-requests")

group = Group("openai", partial(serving, openai_api), "openai")


def asked(text: str) -> dict[str, Any]:
    """The arguments of a chat completion."""
    return {"model": MODEL, "messages": [{"role": "user", "content": text}]}


@contextmanager
def client(url: str, **options: Any) -> Any:
    """A client that is closed again."""
    import openai

    with openai.OpenAI(base_url=f"{url}/v1", api_key="sk-secret", **options) as made:
        yield made


@asynccontextmanager
async def aclient(url: str, **options: Any) -> Any:
    """The same for asyncio."""
    import openai

    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-secret", **options) as made:
        yield made


def kept(headers: Any) -> dict[str, str]:
    """The headers that a cassette keeps, of those an SDK exposes."""
    return {name: headers[name] for name in KEPT if name in headers}


@group("chat")
def chat(url):
    with client(url) as made:
        return plain(made.chat.completions.create(**asked("what is it?")))


@group("chat, async")
async def achat(url):
    async with aclient(url) as made:
        return plain(await made.chat.completions.create(**asked("what is it?")))


@group("chat, streamed", "streamed")
def chat_stream(url):
    with client(url) as made:
        return plain(list(made.chat.completions.create(**asked("what is it?"), stream=True)))


@group("chat, async streamed", "async streamed")
async def achat_stream(url):
    async with aclient(url) as made:
        stream = await made.chat.completions.create(**asked("what is it?"), stream=True)
        return plain([chunk async for chunk in stream])


@group("chat, stream helper", "streamed")
def chat_stream_helper(url):
    with client(url) as made, made.chat.completions.stream(**asked("use a tool"), tools=TOOLS) as stream:
        return [event.type for event in stream], plain(stream.get_final_completion())


@group("chat, stream left early", "streamed")
def chat_stream_left(url):
    with client(url) as made, made.chat.completions.create(**asked("what is it?"), stream=True) as stream:
        return plain([next(stream), next(stream)])


@group("responses")
def responses(url):
    with client(url) as made:
        return plain(made.responses.create(model=MODEL, input="what is it?"))


@group("responses, async")
async def aresponses(url):
    async with aclient(url) as made:
        return plain(await made.responses.create(model=MODEL, input="what is it?"))


@group("responses, streamed", "streamed")
def responses_stream(url):
    with client(url) as made:
        return plain(list(made.responses.create(model=MODEL, input="what is it?", stream=True)))


@group("responses, stream helper", "async streamed")
async def aresponses_stream(url):
    async with aclient(url) as made, made.responses.stream(model=MODEL, input="what is it?") as stream:
        events = [event.type async for event in stream]
        return events, plain(await stream.get_final_response())


@group("with_raw_response")
def raw(url):
    with client(url) as made:
        got = made.chat.completions.with_raw_response.create(**asked("what is it?"))
        return got.status_code, kept(got.headers), got.text, plain(got.parse())


@group("with_raw_response, async streamed", "async streamed")
async def araw_stream(url):
    async with aclient(url) as made:
        got = await made.chat.completions.with_raw_response.create(**asked("what is it?"), stream=True)
        return got.status_code, kept(got.headers), plain([chunk async for chunk in got.parse()])


@group("with_streaming_response", "streamed")
def streaming(url):
    with client(url) as made:
        create = made.chat.completions.with_streaming_response.create
        with create(**asked("what is it?"), stream=True) as got:
            return got.status_code, kept(got.headers), Pieces(got.iter_bytes())


@group("with_streaming_response lines, async", "async streamed")
async def astreaming(url):
    async with aclient(url) as made:
        create = made.chat.completions.with_streaming_response.create
        async with create(**asked("what is it?"), stream=True) as got:
            return [line async for line in got.iter_lines()]


@group("embeddings")
def embeddings(url):
    with client(url) as made:
        return plain(made.embeddings.create(model="text-embedding-3-small", input=["a", "b"], encoding_format="float"))


@group("moderations")
def moderations(url):
    with client(url) as made:
        return plain(made.moderations.create(input="is it kind?"))


@group("structured parse")
def parse(url):
    import pydantic

    place = pydantic.create_model("Place", place=(str, ...), steps=(list[int], ...))
    with client(url) as made:
        got = made.chat.completions.parse(**asked("as json"), response_format=place)
        return plain(got), type(got.choices[0].message.parsed).__name__


@group("responses parse, async")
async def aparse(url):
    import pydantic

    place = pydantic.create_model("Place", place=(str, ...), steps=(list[int], ...))
    async with aclient(url) as made:
        got = await made.responses.parse(model=MODEL, input="as json", text_format=place)
        return plain(got.output_parsed), plain(got.usage)


@group("tool call and its result")
def tool(url):
    with client(url) as made:
        first = made.chat.completions.create(**asked("use a tool"), tools=TOOLS).choices[0].message
        call = first.tool_calls[0]
        result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
        turns = [*asked("use a tool")["messages"], first.model_dump(exclude_none=True), result]
        return call.function.name, plain(made.chat.completions.create(model=MODEL, messages=turns, tools=TOOLS))


@group("an error is the same error")
def error(url):
    import openai

    with client(f"{url}/status/400", max_retries=0) as made:
        try:
            made.chat.completions.create(**asked("what is it?"))
        except openai.APIStatusError as failed:
            return type(failed).__name__, failed.status_code, failed.code, failed.body, str(failed)


@group("429, then an answer")
def retried(url):
    with client(f"{url}/flaky", max_retries=2) as made:
        return plain(made.chat.completions.create(**asked("what is it?")))


@group("500 for ever, async")
async def afailing(url):
    import openai

    async with aclient(f"{url}/status/500", max_retries=2) as made:
        try:
            await made.chat.completions.create(**asked("what is it?"))
        except openai.InternalServerError as failed:
            return failed.status_code, failed.body


@group("file upload")
def upload(url):
    with client(url) as made:
        return plain(made.files.create(file=("a.jsonl", b'{"a": 1}\n'), purpose="batch"))


@group("transcription, async")
async def atranscription(url):
    async with aclient(url) as made:
        return plain(await made.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"\x00\xff" * 99)))


@group("DefaultHttpxClient")
def default_httpx(url):
    import openai

    with client(url, http_client=openai.DefaultHttpxClient(timeout=5)) as made:
        return plain(made.chat.completions.create(**asked("what is it?")))


@group("DefaultAioHttpClient", "async", "aiohttp", client="openai[aiohttp]")
async def default_aiohttp(url):
    import openai

    async with aclient(url, http_client=openai.DefaultAioHttpClient()) as made:
        return plain(await made.chat.completions.create(**asked("what is it?")))


@group("DefaultAioHttpClient, streamed", "async streamed", "aiohttp", client="openai[aiohttp]")
async def default_aiohttp_stream(url):
    import openai

    async with aclient(url, http_client=openai.DefaultAioHttpClient()) as made:
        stream = await made.chat.completions.create(**asked("what is it?"), stream=True)
        return plain([chunk async for chunk in stream])


@group("DefaultAioHttpClient, many at once", "gathered", "aiohttp", client="openai[aiohttp]")
async def default_aiohttp_many(url, questions: Sequence[str]):
    import openai

    async with aclient(url, http_client=openai.DefaultAioHttpClient()) as made:
        return await gathered(lambda text: _answer_async(made, text), questions)


@group("one client in 16 threads", "threads")
def threads(url, questions: Sequence[str]):
    with client(url) as made:
        return in_threads(lambda text: _answer(made, text), questions)


@group("one client in 16 threads, streamed", "threads")
def threads_streamed(url, questions: Sequence[str]):
    def ask(text: str) -> str:
        stream = made.chat.completions.create(**asked(text), stream=True)
        return " ".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)

    with client(url) as made:
        return in_threads(ask, questions)


@group("50 at once", "gathered")
async def gather(url, questions: Sequence[str]):
    async with aclient(url) as made:
        return await gathered(lambda text: _answer_async(made, text), questions)


def _answer(made: Any, text: str) -> str:
    return made.chat.completions.create(**asked(text)).choices[0].message.content


async def _answer_async(made: Any, text: str) -> str:
    return (await made.chat.completions.create(**asked(text))).choices[0].message.content
