"""A server on loopback that repeats all it is asked: URL, headers and body, and the secrets of its own answer.

It answers as a chat completion. A prefix of the path changes how: `/gzip` compressed, `/sse` as a stream in small
pieces that split every word, `/error` as a 401. What it repeats is also what a client sees live.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

MODES = ("", "/gzip", "/sse", "/error")


class Mirror:
    """The server. `url` is its root, `seen` the text of all requests, `own` the headers that it adds."""

    def __init__(self) -> None:
        self.seen = ""
        self.own: dict[str, str] = {}
        self.text = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.mirror = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def mirroring() -> Iterator[Mirror]:
    """A mirror for the time of a `with` block."""
    mirror = Mirror()
    try:
        yield mirror
    finally:
        mirror.stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        mirror = self.server.mirror
        headers = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        mirror.seen += f"{unquote(self.path)}\n{headers}\n{body!r}\n"
        told = "\n".join(f"{name}: {value}" for name, value in mirror.own.items())
        text = f"{self.path}\n{headers}\n{body.decode('latin-1')}\n{told}\n{mirror.text}"
        mode = next((mode for mode in MODES if mode and self.path.startswith(mode)), "")
        if mode == "/sse":
            self._stream(text)
        else:
            answer = {"error": {"message": text}} if mode == "/error" else _answer(text)
            data = json.dumps(answer).encode()
            packed = mode == "/gzip" and "gzip" in self.headers.get("accept-encoding", "")
            self._send(401 if mode == "/error" else 200, data, packed=packed)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, **self.server.mirror.own}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, status: int, data: bytes, *, packed: bool) -> None:
        data = gzip.compress(data) if packed else data
        encoding = {"content-encoding": "gzip"} if packed else {}
        self._head(status, {"content-type": "application/json", "content-length": str(len(data)), **encoding})
        self.wfile.write(data)

    def _stream(self, text: str) -> None:
        self._head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        delta = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        event = json.dumps({**_answer(""), "object": "chat.completion.chunk", "choices": [delta]})
        data = f"data: {event}\n\ndata: [DONE]\n\n".encode()
        for start in range(0, len(data), 97):
            piece = data[start : start + 97]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


def _answer(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "m", "choices": [choice]}
    # the fields of the other APIs: each SDK takes its own
    content = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
    }
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "input_tokens": 1, "output_tokens": 1}
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}
    return {**head, **content, "usage": usage, "candidates": [candidate]}
