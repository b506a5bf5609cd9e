"""What stands beside OpenAI's models: files, batches, audio, images, conversations, lists of models.

Protocol: https://platform.openai.com/docs/api-reference. None of it answers a prompt with text; what a model made of
audio or images may still be billed by the token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Call, Interaction, Message, Request, Usage
from . import billing, content, failures, hosts, sse, wire

_VERSIONED = re.compile(r"/(?:v\d+[a-z0-9]*|openai)/(?P<rest>(?!v\d|openai/).+)$")
_FIRST = frozenset(
    {
        "assistants", "audio", "batches", "chat", "chatkit", "containers", "conversations", "evals", "files",
        "fine_tuning", "images", "models", "organization", "realtime", "skills", "threads", "traces", "uploads",
        "vector_stores", "videos",
    }
)  # fmt: skip
# What names itself on any host. The rest may be an app's own: it is claimed on LLM hosts, and from OpenAI's SDK.
_MADE = re.compile(
    r"/(?:v\d[^/]*|openai|deployments/[^/]+)"
    r"(?P<path>/audio/(?:transcriptions|translations|speech)|/images/(?:generations|edits|variations))$"
)
_FOREIGN = re.compile(r"anthropic|googleapis|cohere|amazonaws|api\.aws|cloud\.ibm|huggingface")
_WORD = re.compile(r"[a-z]+(?:_[a-z]+)*")
_MODEL = re.compile(rb'name="?model"?\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]{1,200})\r?\n')


class OpenAIPlatform:
    """Reads any method of `/v1/files`, `/v1/models` and their like, on OpenAI's host and those that do as it does."""

    name = "openai"

    def claims(self, request: Request) -> bool:
        """Whether the path begins as one of the collections, on a host that is not another provider's."""
        path, host = wire.path(request.url), wire.host(request.url)
        if _MADE.search(path):
            return request.method.upper() == "POST"
        words = _words(path)
        if not words or words[0] not in _FIRST or _FOREIGN.search(host):
            return False
        return hosts.is_llm_host(host) or (request.header("user-agent") or "").startswith(("OpenAI/", "AsyncOpenAI/"))

    def read(self, interaction: Interaction) -> Call:
        """Read a call. Its answer may be a file, or nothing; only what is made by this very request is billed by it."""
        request, response = interaction.request, interaction.response
        sent = wire.mapping(wire.decode(request.body))
        words = _words(wire.path(request.url))
        body, _ = sse.answer(response, _last)
        answer, method = wire.mapping(body), request.method.upper()
        failed = response is None or response.status >= 400
        return Call(
            provider=self.name,
            endpoint=".".join([*words, "delete"] if method == "DELETE" else words),
            kind="other",
            model=wire.name(sent.get("model")) or _form_model(request) or wire.deployment(request.url),
            messages=tuple(_messages(sent)) if words[0] in ("audio", "images", "videos") else (),
            usage=_usage(wire.mapping(answer.get("usage"))) if method == "POST" else None,
            streaming=sent.get("stream") is True,
            status=response.status if response else None,
            error=failures.error_text(interaction, body) if failed else None,
        )


def _words(path: str) -> list[str]:
    """The names in a path behind the version, without the ids between them."""
    found = _VERSIONED.search(path)
    rest = re.sub(r"^deployments/[^/]+/", "", found["rest"]) if found else path.partition("/v1/")[2]
    made = _MADE.search(path)
    names = (made["path"] if made else rest).strip("/").split("/")
    return [name for name in names if _WORD.fullmatch(name)]


def _last(events: Iterator[dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    body: dict[str, Any] = {}
    for event in events:
        body |= event
    return body, True


def _form_model(request: Request) -> str | None:
    """Name the model of a form: files are uploaded as one."""
    found = _MODEL.search(request.body[:4096]) or _MODEL.search(request.body[-4096:])
    return found[1].decode("utf-8", "replace").strip() if found else None


def _messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    for key in ("instructions", "prompt", "input"):
        parts = content.parts(sent.get(key), key)
        if parts:
            yield Message("system" if key == "instructions" else "user", parts)


def _usage(told: Mapping[str, Any]) -> Usage | None:
    """Read usage, where it is told in tokens; some models bill the second."""
    given = wire.mapping(told.get("input_tokens_details") or told.get("input_token_details"))
    return billing.inclusive(
        wire.integer(told.get("input_tokens")),
        wire.integer(told.get("output_tokens")),
        cached=wire.integer(given.get("cached_tokens")),
        audio_input=wire.integer(given.get("audio_tokens")),
        total=wire.integer(told.get("total_tokens")),
    )
