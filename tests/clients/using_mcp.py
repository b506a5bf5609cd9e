"""The MCP SDK over streamable HTTP: a session of the older protocol, and the newer one without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scenarios import Group, gathered, plain
from serving_mcp import serving_mcp

group = Group("mcp", serving_mcp, "mcp", "uvicorn")


# The id of a session is not kept: on replay the client opens no stream for the server's own messages, and ends nothing
@group("session: initialize, list_tools, call_tool", unplayed=("GET", "DELETE"))
async def session(url):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with streamable_http_client(f"{url}/mcp") as (read, write, *_), ClientSession(read, write) as made:
        started = await made.initialize()
        return plain(started), await used(made)


@group("client: list_tools, call_tool")
async def client(url):
    from mcp import Client

    async with Client(f"{url}/mcp") as made:
        return await used(made)


@group("50 calls at once", "gathered")
async def gather(url, questions: Sequence[str]):
    from mcp import Client

    async def ask(text: str) -> str:
        return (await made.call_tool("price", {"item": text})).content[0].text

    async with Client(f"{url}/mcp") as made:
        # else the first calls ask for the tools themselves, as many of them as come before the answer
        await made.list_tools()
        return await gathered(ask, questions)


async def used(made: Any) -> Any:
    """The tools, and the answers of one of them."""
    tools = await made.list_tools()
    answers = [await made.call_tool("price", {"item": item}) for item in ("lamp", "rope", "lamp")]
    return plain(tools), plain(answers)
