"""All providers: which of them a request belongs to, and every interaction as the call it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from ..records import Call, Interaction, Request
from . import drift, failures, hosts, vendors, wire
from .anthropic import Anthropic
from .base import Provider
from .bedrock import Bedrock
from .cohere import Cohere
from .google import Google
from .google_interactions import GoogleInteractions
from .huggingface import HuggingFace
from .mcp import MCP
from .ollama import Ollama
from .openai_chat import OpenAIChat
from .openai_moderations import OpenAIModerations
from .openai_platform import OpenAIPlatform
from .openai_responses import OpenAIResponses
from .vertex import VertexPartners
from .watsonx import Watsonx

_MOST_FIELDS = 5


class ProviderRegistry:
    """The providers in the order in which they are asked: those given, then the built-in ones."""

    def __init__(self, extra: Iterable[Provider] = ()) -> None:
        built_in: tuple[Provider, ...] = (
            OpenAIChat(),
            OpenAIResponses(),
            OpenAIModerations(),
            Anthropic(),
            Bedrock(),
            Cohere(),
            GoogleInteractions(),
            Google(),
            VertexPartners(),
            Ollama(),
            OpenAIPlatform(),
            HuggingFace(),
            Watsonx(),
            MCP(),
        )
        self.providers: tuple[Provider, ...] = (*extra, *built_in)

    def find(self, request: Request) -> Provider | None:
        """Find the provider whose call a request is; None for a request of no known wire format."""
        return next((provider for provider in self.providers if provider.claims(request)), None)

    def is_llm_host(self, host: str) -> bool:
        """Whether a host (`name` or `name:port`) is that of a well-known LLM API."""
        return hosts.is_llm_host(host)

    def read(self, interaction: Interaction) -> Call:
        """Read an interaction, whatever it holds; one of no known format is a call of provider `unknown`.

        Where the answer was recorded for another request, `was` is the call of that request and `stale` what changed.
        """
        call = self._read(interaction)
        if interaction.recorded is None:
            return call
        then = dataclasses.replace(interaction, request=interaction.recorded, recorded=None)
        was = self._read(then)
        changed = drift.changes(was, call) or _fields_changed(interaction.recorded, interaction.request)
        return dataclasses.replace(call, was=was, stale=changed)

    def _read(self, interaction: Interaction) -> Call:
        provider = self.find(interaction.request)
        call = provider.read(interaction) if provider else _unknown(interaction)
        return dataclasses.replace(
            call,
            tag=interaction.tag,
            session=interaction.session,
            started=interaction.started,
            ended=interaction.ended,
            recording=interaction.recording,
            vendor=vendors.vendor(interaction.request.url),
        )


def _unknown(interaction: Interaction) -> Call:
    response = interaction.response
    error = failures.error_text(interaction, {}) if response is None or response.status >= 400 else None
    return Call("unknown", "other", kind="other", status=response.status if response else None, error=error)


def _fields_changed(old: Request, new: Request) -> tuple[str, ...]:
    """Name the top-level fields in which two bodies differ, where nothing that is known to matter does."""
    before, after = wire.mapping(wire.decode(old.body)), wire.mapping(wire.decode(new.body))
    missing = object()
    fields = [key for key in sorted({*before, *after}) if before.get(key, missing) != after.get(key, missing)]
    if not fields:
        return ("request changed",)
    more = f" and {len(fields) - _MOST_FIELDS} more" if len(fields) > _MOST_FIELDS else ""
    return ("request fields changed: " + ", ".join(map(drift.printable, fields[:_MOST_FIELDS])) + more,)
