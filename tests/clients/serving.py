"""A small HTTP/1.1 server on loopback: an API is a function from what was asked to what is answered, piece by piece.

Answers are numbered by `Server.number`, so that two samples of one prompt differ. Every response carries headers that
must never be kept, their values contain CANARY.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CANARY = "CANARY-c11e"
JSON = "application/json"


@dataclass(frozen=True)
class Asked:
    """A request as it came: `path` without its query, `number` the next in the count of all."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    number: int

    @property
    def json(self) -> Any:
        """The body as JSON; an empty object where it is none."""
        return json.loads(self.body) if self.headers.get("content-type", JSON).startswith(JSON) and self.body else {}


@dataclass(frozen=True)
class Reply:
    """An answer. With `pieces` it is sent chunk by chunk, with a pause after each; else `body` in one piece."""

    body: bytes = b""
    pieces: Iterable[bytes] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    type: str = JSON


Api = Callable[[Asked], Reply]


def answered(value: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON answer; underscores in the names of headers are dashes."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(json.dumps(value, indent=2).encode(), status=status, headers=named)


def events(values: Iterable[Any], end: bytes = b"") -> Reply:
    """Server-sent events, one a chunk: of an object its JSON, named by its `type` where it has one."""
    pieces = [_event(value) for value in values]
    return Reply(pieces=[*pieces, *([end] if end else [])], type="text/event-stream; charset=utf-8")


def _event(value: Any) -> bytes:
    named = f"event: {value['type']}\n" if isinstance(value, dict) and "type" in value else ""
    return f"{named}data: {json.dumps(value)}\n\n".encode()


class Server:
    """A server for one API. `url` is its root, `asked` what came."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.asked: list[Asked] = []
        self.numbers = itertools.count(1)
        self._server: ThreadingHTTPServer | None = _Server(("127.0.0.1", 0), _Handler, self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def host(self) -> str:
        """Its `host:port`."""
        return self.url.removeprefix("http://")

    def stop(self) -> None:
        """Go away: from now on its port refuses connections."""
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()


@contextmanager
def serving(api: Api) -> Iterator[Server]:
    """A server for the time of a `with` block."""
    server = Server(api)
    try:
        yield server
    finally:
        server.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # gather of 50 connects at once
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type, owner: Server) -> None:
        self.owner = owner
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def handle_any(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body, number = self._body(), next(self.server.owner.numbers)
        asked = Asked(self.command, self.path.partition("?")[0], headers, body, number)
        self.server.owner.asked.append(asked)
        reply = self.server.owner.api(asked)
        self._head(reply)
        if reply.pieces is None:
            self.wfile.write(reply.body)
            return
        for piece in reply.pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            # without a pause the client reads several chunks as one
            time.sleep(0.002)
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_DELETE = do_PUT = handle_any

    def _head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        length = {"content-length": str(len(reply.body))}
        framing = length if reply.pieces is None else {"transfer-encoding": "chunked"}
        secrets = {"x-request-id": f"req_{CANARY}", "set-cookie": f"session={CANARY}; Path=/", "cf-ray": CANARY}
        for name, value in {"content-type": reply.type, **framing, **secrets, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body
