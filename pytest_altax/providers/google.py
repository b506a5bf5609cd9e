"""Google: Gemini and Vertex, what is generated, counted and embedded, and the files and caches beside it.

Protocol: https://ai.google.dev/api and https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest. A method
stands behind a colon at the end of the path, and names itself on whatever host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..records import Call, Interaction, Request
from . import failures, google_answer, google_body, google_embeddings, google_stream, wire

_METHOD = re.compile(r"(?:/|^)(?P<model>[^/:]+):(?P<method>[A-Za-z]+)$")
_KINDS = {
    "generateContent": "generation",
    "streamGenerateContent": "generation",
    "countTokens": "count",
    "computeTokens": "count",
    "embedContent": "embedding",
    "batchEmbedContents": "embedding",
    "predict": "other",
}
_HOSTS = re.compile(
    r"generativelanguage(?:\.mtls)?\.googleapis\.com|(?:[a-z0-9-]+-)?aiplatform(?:\.mtls)?\.googleapis\.com"
    r"|aiplatform\.[a-z0-9-]+\.rep\.googleapis\.com"
)
_EMBEDDERS = re.compile(r"embed|gecko")
# What a path is about: the last of its words that names a collection.
_COLLECTIONS = frozenset(
    {
        "batches", "batchPredictionJobs", "cachedContents", "corpora", "documents", "endpoints", "files",
        "fileSearchStores", "interactions", "models", "operations", "permissions", "ragCorpora", "ragFiles",
        "tunedModels", "tuningJobs",
    }
)  # fmt: skip


class Google:
    """Reads `POST .../MODEL:generateContent` and its neighbours on any host, and all else on Google's own hosts."""

    name = "google"

    def claims(self, request: Request) -> bool:
        """Whether the path ends with a method of a Gemini model, or the host is one that serves them."""
        method = _method(request)[1]
        if _KINDS.get(method, "other") != "other":
            return request.method.upper() == "POST"
        path = wire.path(request.url)
        # the models of others, in formats of their own
        elsewhere = "/publishers/" in path and "/publishers/google/" not in path
        return _HOSTS.fullmatch(wire.host(request.url)) is not None and not elsewhere

    def read(self, interaction: Interaction) -> Call:
        """Read a call; streamed answers are put together first."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        model, method = _method(interaction.request)
        kind = _KINDS.get(method, "other")
        if method == "predict" and _EMBEDDERS.search(model or ""):
            kind = "embedding"
        if kind == "other" or method == "computeTokens":
            return self._other(interaction, sent, model, method, kind)
        if kind == "embedding":
            return self._embedding(interaction, sent, model, method)
        return self._generation(interaction, sent, model, kind)

    def _generation(self, interaction: Interaction, sent: Mapping[str, Any], model: str | None, kind: str) -> Call:
        inner = google_body.field(sent, "generateContentRequest")
        sent = inner if isinstance(inner, dict) else sent
        body, finished = google_stream.answer(interaction.response)
        answer, url = wire.mapping(body), wire.path(interaction.request.url)
        error = failures.error_text(interaction, body) or (None if finished else "the stream ended early")
        choices = google_answer.choices(answer, vertex="/publishers/" in url or "/projects/" in url)
        return Call(
            provider=self.name,
            endpoint="generateContent" if kind == "generation" else "countTokens",
            kind=kind,
            model=model,
            answered_by=wire.name(google_body.field(answer, "modelVersion")),
            messages=tuple(google_body.messages(sent)),
            tools=tuple(google_body.tools(sent)),
            settings=google_body.settings(sent),
            seed=google_body.seed(sent),
            choices=failures.settled(choices, body, error) if kind == "generation" else (),
            usage=google_answer.usage(answer) if kind == "generation" else None,
            streaming=_method(interaction.request)[1] == "streamGenerateContent",
            status=_status(interaction),
            error=error,
            mcp_servers=tuple(google_body.mcp_servers(sent)),
            tier=google_answer.tier(answer),
        )

    def _embedding(self, interaction: Interaction, sent: Mapping[str, Any], model: str | None, method: str) -> Call:
        body = wire.decode(interaction.response.body) if interaction.response else None
        return Call(
            provider=self.name,
            endpoint=method,
            kind="embedding",
            model=model,
            messages=tuple(google_embeddings.messages(sent)),
            usage=google_embeddings.usage(wire.mapping(body)),
            status=_status(interaction),
            error=failures.error_text(interaction, body),
        )

    def _other(
        self, interaction: Interaction, sent: Mapping[str, Any], model: str | None, method: str, kind: str
    ) -> Call:
        """Read what answers no prompt: its request is not looked into but for the model; its answer may be a file."""
        body = wire.decode(interaction.response.body) if interaction.response else None
        failed = interaction.response is None or interaction.response.status >= 400
        words = [word for word in wire.path(interaction.request.url).split("/") if word in _COLLECTIONS]
        return Call(
            provider=self.name,
            endpoint=method or (words[-1] if words else "other"),
            kind=kind,
            model=(model if method else None) or (wire.name(sent.get("model")) or "").rpartition("/")[2] or None,
            status=_status(interaction),
            error=failures.error_text(interaction, body) if failed else None,
        )


def _method(request: Request) -> tuple[str | None, str]:
    """Find the model and the method; the method is empty where the path names none."""
    found = _METHOD.search(unquote(wire.path(request.url)))
    return (found["model"], found["method"]) if found else (None, "")


def _status(interaction: Interaction) -> int | None:
    return interaction.response.status if interaction.response else None
