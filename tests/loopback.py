"""A model on loopback for the tests: OpenAI chat, responses and moderations, Anthropic messages, over real HTTP.

Every answer is numbered and repeats the question, so that two samples differ and each tells which prompt it belongs to.
A prefix of the path changes how it answers: `/gzip`, `/deflate`, `/br` and `/zstd` compressed, `/status/429` an error
with `retry-after`, `/cut` a stream that breaks in the middle, `/reset` one whose connection is reset there, `/stall`
one that goes silent there, `/endless` a stream that never ends, `/short` less than its length says, `/gone` nothing at
all, `/hang` nothing and no end. `GET` gives a small JSON document, under `/drip`
one byte after another without end. A `POST` that is no JSON is told how long it was.
Each response carries headers that must never be kept; their values contain CANARY.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CANARY = "CANARY-7f3a"


class Loopback:
    """The server. `url` is its root, `requests` what it was asked: (method, path, headers, body)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.gap = 0.0
        self.stopped = threading.Event()
        self._numbers = itertools.count(1)
        self._server: ThreadingHTTPServer | None = _Server(("127.0.0.1", 0), _Handler, self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.requests)

    def stop(self) -> None:
        """Go away: from now on its port refuses connections."""
        server, self._server = self._server, None
        self.stopped.set()
        if server:
            server.shutdown()
            server.server_close()

    def number(self) -> int:
        """The number of the next answer."""
        return next(self._numbers)


@contextlib.contextmanager
def serving() -> Iterator[Loopback]:
    """A server for the time of a `with` block."""
    server = Loopback()
    try:
        yield server
    finally:
        server.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # gather(50) and 16 threads connect at once
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type, loopback: Loopback) -> None:
        self.loopback = loopback
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._asked(b"")
        if self.path == "/drip":
            self._head(200, {"content-type": "text/plain", "transfer-encoding": "chunked"})
            while True:
                self.wfile.write(b"1\r\n.\r\n")
                time.sleep(0.005)
        self._send(200, json.dumps({"path": self.path, "number": self.server.loopback.number()}).encode())

    def do_POST(self) -> None:
        body = self._body()
        self._asked(body)
        prefix, _, path = self.path.partition("/v1/")
        if prefix in ("/gone", "/hang"):
            self.close_connection = True
            self.server.loopback.stopped.wait(0 if prefix == "/gone" else 30)
            return
        number = self.server.loopback.number()
        if not self.headers.get("content-type", "application/json").startswith("application/json"):
            self._send(200, json.dumps({"length": len(body), "number": number}).encode())
            return
        asked = json.loads(body)
        if prefix.startswith("/status/"):
            error = {"error": {"message": f"no {number}", "type": "test_error", "code": None, "param": None}}
            self._send(int(prefix.rpartition("/")[2]), json.dumps(error).encode(), {"retry-after": "30"})
        elif asked.get("stream"):
            self._stream(prefix, path.partition("?")[0], asked, number)
        else:
            answer = json.dumps(_answer(path.partition("?")[0], asked, number), indent=2).encode()
            if prefix == "/short":
                self._head(200, {"content-type": "application/json", "content-length": str(len(answer) + 99)})
                self.wfile.write(answer)
                self.close_connection = True
                return
            packer = _packer(prefix)
            packed = packer(answer, True) if packer else answer
            self._send(200, packed, {"content-encoding": prefix[1:]} if packer else {})

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _asked(self, body: bytes) -> None:
        self.server.loopback.requests.append((self.command, self.path, dict(self.headers), body))

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        secrets = {"x-request-id": f"req_{CANARY}", "set-cookie": f"session={CANARY}; Path=/"}
        secrets |= {"openai-organization": f"org-{CANARY}", "cf-ray": CANARY}
        for name, value in {**headers, **secrets}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _stream(self, prefix: str, path: str, asked: dict[str, Any], number: int) -> None:
        packer = _packer(prefix)
        coding = {"content-encoding": prefix[1:]} if packer else {}
        self._head(200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked", **coding})
        events = [event.encode() for event in _events(path, _answer(path, asked, number))]
        if packer:
            events = [packer(event, event is events[-1]) for event in events]
        if prefix in ("/cut", "/reset", "/stall"):
            events = events[: len(events) // 2]
        for event in itertools.chain(events, itertools.repeat(events[1]) if prefix == "/endless" else ()):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            # without a pause the client reads several chunks as one
            time.sleep(self.server.loopback.gap or 0.002)
        if prefix == "/reset":
            # to linger for no time at all is to reset (socket(7))
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        if prefix in ("/cut", "/reset", "/stall"):
            self.server.loopback.stopped.wait(30 if prefix == "/stall" else 0)
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


def _packer(prefix: str) -> Callable[[bytes, bool], bytes] | None:
    """What compresses the pieces of a body, told which is the last; None for a prefix of another meaning."""
    if prefix in ("/gzip", "/deflate"):
        deflating = zlib.compressobj(wbits=zlib.MAX_WBITS | (16 if prefix == "/gzip" else 0))
        return lambda data, last: (
            deflating.compress(data) + deflating.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
        )
    if prefix == "/br":
        brotli = importlib.import_module("brotli").Compressor()
        return lambda data, last: brotli.process(data) + (brotli.finish() if last else brotli.flush())
    if prefix == "/zstd":
        zstandard = importlib.import_module("zstandard")
        kinds = (zstandard.COMPRESSOBJ_FLUSH_BLOCK, zstandard.COMPRESSOBJ_FLUSH_FINISH)
        zstd = zstandard.ZstdCompressor().compressobj()
        return lambda data, last: zstd.compress(data) + zstd.flush(kinds[last])
    return None


def _question(asked: dict[str, Any]) -> str:
    messages = asked.get("messages") or asked.get("input") or ""
    last = messages[-1]["content"] if isinstance(messages, list) else messages
    return last if isinstance(last, str) else " ".join(part.get("text", "") for part in last)


def _answer(path: str, asked: dict[str, Any], number: int) -> dict[str, Any]:
    """The whole answer of one of the APIs."""
    text, model = f"answer {number} to {_question(asked)} — done", asked.get("model", "test-model")
    sent, said = len(json.dumps(asked).split()) + 10, len(text.split())
    if path == "messages":
        usage = {"input_tokens": sent, "output_tokens": said}
        content = [{"type": "text", "text": text}]
        message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": model, "content": content}
        return {**message, "stop_reason": "end_turn", "stop_sequence": None, "usage": usage}
    if path == "responses":
        part = {"type": "output_text", "text": text, "annotations": []}
        item = {"type": "message", "id": f"item_{number}", "role": "assistant", "status": "completed"}
        item["content"] = [part]
        usage = {"input_tokens": sent, "output_tokens": said, "total_tokens": sent + said}
        details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        response = {"id": f"resp_{number}", "object": "response", "created_at": 1700000000, "status": "completed"}
        response |= {"model": model, "output": [item], "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        return {**response, "usage": {**usage, **details}}
    if path == "moderations":
        flags = {"violence": False, "hate": False}
        result = {"flagged": False, "categories": flags, "category_scores": dict.fromkeys(flags, 0.01)}
        return {"id": f"modr_{number}", "model": model, "results": [result]}
    usage = {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    head = {"id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1700000000, "model": model}
    return {**head, "choices": [choice], "usage": usage}


def _events(path: str, answer: dict[str, Any]) -> list[str]:
    """The same answer as server-sent events."""
    if path == "messages":
        return _message_events(answer)
    if path == "responses":
        return _response_events(answer)
    head = {**answer, "object": "chat.completion.chunk"}
    usage = head.pop("usage")
    pieces = [{"content": word + " "} for word in answer["choices"][0]["message"]["content"].split()]
    deltas = [({"role": "assistant", "content": ""}, None), *((piece, None) for piece in pieces), ({}, "stop")]
    chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} for delta, reason in deltas]
    data = [json.dumps(chunk) for chunk in (*chunks, {**head, "choices": [], "usage": usage})]
    return [f"data: {one}\n\n" for one in (*data, "[DONE]")]


def _message_events(answer: dict[str, Any]) -> list[str]:
    words = answer["content"][0]["text"].split()
    started = {**answer, "content": [], "stop_reason": None, "usage": {**answer["usage"], "output_tokens": 1}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": started},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": w + " "}} for w in words),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": answer["usage"]["output_tokens"]},
        },
        {"type": "message_stop"},
    ]
    return [_named(event) for event in events]


def _response_events(answer: dict[str, Any]) -> list[str]:
    item = answer["output"][0]
    words = item["content"][0]["text"].split()
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**answer, "status": "in_progress", "output": []}},
        *({"type": "response.output_text.delta", **place, "delta": word + " ", "logprobs": []} for word in words),
        {"type": "response.completed", "response": answer},
    ]
    return [_named({**event, "sequence_number": number}) for number, event in enumerate(events)]


def _named(event: dict[str, Any]) -> str:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
