"""pydantic-ai, its models of OpenAI and Anthropic."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from scenarios import Group, gathered, in_threads
from serving import serving
from serving_anthropic import openai_or_anthropic

group = Group("pydantic-ai", partial(serving, openai_or_anthropic), "pydantic_ai")


def agent(url: str, route: str) -> Any:
    """An agent of pydantic-ai with one tool."""
    from pydantic_ai import Agent

    if route == "openai":
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        model: Any = OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(base_url=f"{url}/v1", api_key="sk-secret"))
    else:
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        model = AnthropicModel("claude-test", provider=AnthropicProvider(base_url=url, api_key="sk-secret"))
    return Agent(model)


def turns(result: Any) -> Any:
    """The parts of all messages of a run, and what it used."""
    parts = [(part.part_kind, part.content) for message in result.new_messages() for part in message.parts]
    return parts, (result.usage.input_tokens, result.usage.output_tokens, result.usage.requests)


def pydantic_ai_route(route: str) -> None:
    """Register the scenarios of pydantic-ai for a route."""

    def run_sync(url: str) -> Any:
        asked, loop = agent(url, route), asyncio.new_event_loop()
        # run_sync takes the current loop, or makes one and leaves it open
        asyncio.set_event_loop(loop)
        try:
            result = asked.run_sync("what is it?")
            loop.run_until_complete(asked.model.client.close())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
        return turns(result)

    async def run(url: str) -> Any:
        async with agent(url, route) as asked:
            return turns(await asked.run("what is it?"))

    async def run_stream(url: str) -> Any:
        async with agent(url, route) as asked, asked.run_stream("what is it?") as result:
            return [text async for text in result.stream_text(delta=True, debounce_by=None)], turns(result)

    async def gather(url: str, questions: Sequence[str]) -> Any:
        async def ask(text: str) -> str:
            return str((await asked.run(text)).output)

        async with agent(url, route) as asked:
            return await gathered(ask, questions)

    for name, way, use in (
        ("run_sync", "sync", run_sync),
        ("run", "async", run),
        ("run_stream", "async streamed", run_stream),
        ("50 at once", "gathered", gather),
    ):
        group(f"{route}, {name}", way)(use)


pydantic_ai_route("openai")
pydantic_ai_route("anthropic")


@group("an agent in each of 16 threads", "threads")
def agents(url, questions: Sequence[str]):
    async def ask(text: str) -> str:
        async with agent(url, "anthropic") as asked:
            return str((await asked.run(text)).output)

    return in_threads(lambda text: asyncio.run(ask(text)), questions)


@group("a tool called and answered", "async")
async def tool(url):
    made = agent(url, "openai")

    @made.tool_plain
    def weather(city: str) -> str:
        """The weather of a city."""
        return f"rain in {city}"

    async with made as asked:
        result = await asked.run("use a tool")
    return [part.part_kind for message in result.new_messages() for part in message.parts], result.output
