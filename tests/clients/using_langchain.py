"""langchain-openai."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from scenarios import Group, plain
from serving import serving
from serving_openai import openai_api

group = Group("langchain-openai", partial(serving, openai_api), "langchain_openai")


def chat_openai(url: str, **options: Any) -> Any:
    """A chat model of langchain."""
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model="gpt-4o-mini", base_url=f"{url}/v1", api_key="sk-secret", max_retries=0, **options)


@asynccontextmanager
async def achat_openai(url: str) -> AsyncIterator[Any]:
    """The same for asyncio; the client that langchain keeps for the next loop, where it would fail, is forgotten."""
    from langchain_openai.chat_models import _client_utils

    model = chat_openai(url)
    yield model
    await model.root_async_client.close()
    _client_utils._cached_async_httpx_client.cache_clear()


def said(message: Any) -> Any:
    """A message of langchain's, without the id that it makes up."""
    kept = ("content", "tool_calls", "usage_metadata", "response_metadata")
    return {key: value for key, value in plain(message).items() if key in kept}


@group("invoke", "sync")
def invoke(url):
    return said(chat_openai(url).invoke("what is it?"))


@group("ainvoke", "async")
async def ainvoke(url):
    async with achat_openai(url) as model:
        return said(await model.ainvoke("what is it?"))


@group("stream", "streamed")
def stream(url):
    return [said(chunk) for chunk in chat_openai(url).stream("what is it?")]


@group("astream", "async streamed")
async def astream(url):
    async with achat_openai(url) as model:
        return [said(chunk) async for chunk in model.astream("what is it?")]


@group("bound tools", "sync")
def bound(url):
    tool = {"name": "weather", "description": "the weather", "parameters": {"type": "object", "properties": {}}}
    return said(chat_openai(url).bind_tools([tool]).invoke("use a tool"))


@group("responses api", "sync")
def responses(url):
    return said(chat_openai(url, use_responses_api=True).invoke("what is it?"))


@group("batch in 16 threads", "threads")
def batch(url, questions: Sequence[str]):
    answers = chat_openai(url).batch(list(questions), config={"max_concurrency": 16})
    return [answer.content for answer in answers]


@group("abatch of 50", "gathered")
async def abatch(url, questions: Sequence[str]):
    async with achat_openai(url) as model:
        return [answer.content for answer in await model.abatch(list(questions))]
