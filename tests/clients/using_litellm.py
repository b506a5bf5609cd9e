"""litellm, its routes to OpenAI and Anthropic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from scenarios import Group, gathered, in_threads, plain
from serving import serving
from serving_anthropic import openai_or_anthropic

group = Group("litellm", partial(serving, openai_or_anthropic), "litellm")


def routed(url: str, route: str, text: str = "what is it?") -> dict[str, Any]:
    """The arguments of litellm for a route."""
    asked = {"messages": [{"role": "user", "content": text}], "api_key": "sk-secret"}
    if route == "openai":
        return {"model": "openai/gpt-4o-mini", "api_base": f"{url}/v1", "max_retries": 0, **asked}
    return {"model": "anthropic/claude-test", "api_base": url, "max_tokens": 50, **asked}


@contextmanager
def tidied() -> Iterator[Any]:
    """litellm, whose clients, and what it has to log, would otherwise meet the loop of the next run."""
    import litellm
    from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

    litellm.suppress_debug_info = True
    GLOBAL_LOGGING_WORKER.ensure_initialized_and_enqueue = lambda async_coroutine: async_coroutine.close()
    yield litellm
    litellm.in_memory_llm_clients_cache.flush_cache()


@asynccontextmanager
async def async_tidied() -> AsyncIterator[Any]:
    """The same in a coroutine, in whose loop alone a session of aiohttp can be closed; a transport makes a new one."""
    with tidied() as litellm:
        yield litellm
        handlers = [litellm.module_level_aclient, *litellm.in_memory_llm_clients_cache.cache_dict.values()]
        for handler in handlers:
            if isinstance(handler, litellm.AsyncHTTPHandler):
                await handler.client._transport.aclose()


def litellm_route(route: str) -> None:
    """Register the scenarios of litellm for a route."""

    def completion(url: str) -> Any:
        with tidied() as litellm:
            return told(litellm.completion(**routed(url, route)))

    async def acompletion(url: str) -> Any:
        async with async_tidied() as litellm:
            return told(await litellm.acompletion(**routed(url, route)))

    def stream(url: str) -> Any:
        with tidied() as litellm:
            return [told(chunk) for chunk in litellm.completion(stream=True, **routed(url, route))]

    async def astream(url: str) -> Any:
        async with async_tidied() as litellm:
            return [told(chunk) async for chunk in await litellm.acompletion(stream=True, **routed(url, route))]

    def threads(url: str, questions: Sequence[str]) -> Any:
        def ask(text: str) -> str:
            return str(litellm.completion(**routed(url, route, text)).choices[0].message.content)

        with tidied() as litellm:
            return in_threads(ask, questions)

    async def gather(url: str, questions: Sequence[str]) -> Any:
        async def ask(text: str) -> str:
            return str((await litellm.acompletion(**routed(url, route, text))).choices[0].message.content)

        async with async_tidied() as litellm:
            return await gathered(ask, questions)

    for name, way, use in (
        ("completion", "sync", completion),
        ("acompletion", "async", acompletion),
        ("completion, streamed", "streamed", stream),
        ("acompletion, streamed", "async streamed", astream),
        ("16 threads", "threads", threads),
        ("50 at once", "gathered", gather),
    ):
        group(f"{route}, {name}", way)(use)


def told(answer: Any) -> Any:
    """What litellm gives, without the clock's time and the ids that it makes up."""
    return {key: value for key, value in plain(answer).items() if key not in ("created", "id")}


litellm_route("openai")
litellm_route("anthropic")
