"""A real MCP server over streamable HTTP on loopback, made with the `mcp` package; with and without sessions."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class McpServer:
    """The server, in a thread with a loop of its own. `asked` are the requests that came."""

    def __init__(self, stateless: bool) -> None:
        import uvicorn
        from mcp.server.mcpserver import MCPServer

        self.asked: list[tuple[str, str]] = []
        made = MCPServer("shop")
        made.tool()(price)
        app = made.streamable_http_app(stateless_http=stateless)

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.asked.append((scope["method"], scope["path"]))
            await app(scope, receive, send)

        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"http://{self.host}"
        config = uvicorn.Config(counted, log_level="critical", lifespan="on", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.run(self._server.serve([self._socket]))

    def stop(self) -> None:
        """Go away: from now on its port refuses connections."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def price(item: str) -> str:
    """What an item costs."""
    return f"{item}: 3 coins"


@contextmanager
def serving_mcp(stateless: bool = False) -> Iterator[McpServer]:
    """A server for the time of a `with` block."""
    server = McpServer(stateless)
    try:
        yield server
    finally:
        server.stop()
