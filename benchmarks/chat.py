"""A model on loopback that answers as OpenAI does, headers and all, and an agent that talks to it for many turns.

For the benchmarks that record: every recorder sees the same bytes over real HTTP.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_TEXT = """
the of and refund order policy customer shipping ticket account balance weather city agent invoice please
confirm status update delay replace between carrier address payment return warranty region quote
"""
_WORDS = _TEXT.split()
# What api.openai.com sends besides; %d changes from call to call.
_HEADERS = {
    "date": "Mon, 23 Nov 2026 08:%02d:00 GMT",
    "access-control-expose-headers": "X-Request-ID",
    "openai-organization": "example-organization",
    "openai-processing-ms": "4%02d",
    "openai-project": "proj_0123456789abcdefghij",
    "openai-version": "2020-10-01",
    "x-envoy-upstream-service-time": "5%02d",
    "x-ratelimit-limit-requests": "30000",
    "x-ratelimit-limit-tokens": "150000000",
    "x-ratelimit-remaining-requests": "299%02d",
    "x-ratelimit-remaining-tokens": "1499969%02d",
    "x-ratelimit-reset-requests": "2ms",
    "x-ratelimit-reset-tokens": "12ms",
    "x-request-id": "req_0123456789abcdef01234567890123%02d",
    "x-openai-proxy-wasm": "v0.1",
    "cf-cache-status": "DYNAMIC",
    "set-cookie": "__cf_bm=0123456789abcdefghijklmnopqrstuvwxyz0123456789%02d; path=/; HttpOnly; Secure; SameSite=None",
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "x-content-type-options": "nosniff",
    "server": "cloudflare",
    "cf-ray": "9a0123456789ab%02d-FRA",
    "alt-svc": 'h3=":443"; ma=86400',
}
# What the OpenAI SDK sends besides.
CLIENT = {
    "accept": "application/json",
    "authorization": "Bearer sk-none",
    "user-agent": "OpenAI/Python 3.54.0",
    "x-stainless-arch": "x64",
    "x-stainless-async": "false",
    "x-stainless-lang": "python",
    "x-stainless-os": "Linux",
    "x-stainless-package-version": "3.54.0",
    "x-stainless-read-timeout": "600",
    "x-stainless-retry-count": "0",
    "x-stainless-runtime": "CPython",
    "x-stainless-runtime-version": "3.11.7",
}


def words(random_: random.Random, size: int) -> str:
    """Words of about that many characters together."""
    text = ""
    while len(text) < size:
        text += random_.choice(_WORDS) + " "
    return text.strip()


def conversation(turns: int, *, system: int = 8192, tools: int = 20) -> Iterator[tuple[dict[str, Any], str]]:
    """The body of each request, and what is to be answered: each turn the history and a new question are sent.

    A tool schema has six arguments and is some 1.5 KB long (those of published MCP servers: 1 to 2.5 KB), a question
    has 200 characters, an answer 500.
    """
    random_ = random.Random(7)
    schemas = [_tool(random_, number) for number in range(tools)]
    messages = [{"role": "system", "content": words(random_, system)}]
    for _ in range(turns):
        messages.append({"role": "user", "content": words(random_, 200)})
        answer = words(random_, 500)
        yield {"model": "gpt-4o-mini", "messages": list(messages), "tools": schemas, "temperature": 0.5}, answer
        messages.append({"role": "assistant", "content": answer})


def _tool(random_: random.Random, number: int) -> dict[str, Any]:
    arguments = {f"argument_{at}": {"type": "string", "description": words(random_, 110)} for at in range(6)}
    parameters = {"type": "object", "properties": arguments, "required": ["argument_0"], "additionalProperties": False}
    function = {"name": f"tool_{number}", "description": words(random_, 350), "parameters": parameters, "strict": True}
    return {"type": "function", "function": function}


def completion(number: int, answer: str) -> dict[str, Any]:
    """A response as api.openai.com gives it."""
    message = {"role": "assistant", "content": answer, "refusal": None, "annotations": []}
    details = {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    }
    usage = {"prompt_tokens": 5000 + number, "completion_tokens": 100, "total_tokens": 5100 + number}
    return {
        "id": f"chatcmpl-0123456789abcdefghijklmnop{number:03}",
        "object": "chat.completion",
        "created": 1_795_000_000 + number,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {
            **usage,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": details,
        },
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    }


@contextmanager
def serving(answers: list[str]) -> Iterator[str]:
    """A server that gives these answers in turn; the URL of its chat completions."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.answers = enumerate(answers)  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/chat/completions"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        number, answer = next(self.server.answers)  # type: ignore[attr-defined]
        body = json.dumps(completion(number, answer), indent=2).encode()
        self.send_response_only(200)
        for name, value in _HEADERS.items():
            self.send_header(name, value % (number % 100) if "%" in value else value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
