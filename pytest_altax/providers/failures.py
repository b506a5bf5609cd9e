"""What went wrong with a call, and whether the error itself is a refusal: filters answer with errors, too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from ..records import Choice, Interaction
from . import wire

_LONGEST = 500
# Codes and types by which APIs name a filter (Azure: learn.microsoft.com/azure/ai-foundry, "content filter").
# The others: OpenAI images, DashScope, LiteLLM.
_FILTER_CODES = frozenset(
    {
        "content_filter", "content_policy_violation", "responsibleaipolicyviolation",
        "moderation_blocked", "data_inspection_failed", "contentpolicyviolationerror",
    }
)  # fmt: skip
# Phrases of errors whose code says less: OpenAI `invalid_prompt`, Anthropic `invalid_request_error`, xAI `permission`,
# Cohere, DeepSeek, DashScope, OpenRouter, Bedrock, Cloudflare's gateway, LiteLLM's guardrails.
_FILTER_PHRASES = (
    "flagged as potentially violating",
    "blocked by content filtering policy",
    "content violates usage guidelines",
    "blocked input: please",
    "blocked output: please",
    "content exists risk",
    "may contain inappropriate content",
    "your input was flagged",
    "blocked by our content filters",
    "blocked due to security configurations",
    "violated guardrail policy",
)


def error_text(interaction: Interaction, body: Any) -> str | None:
    """Tell the error of an exchange: of transport, of the API (also under status 200), or of its HTTP status alone."""
    response = interaction.response
    if response is None:
        return interaction.failure
    told = _told(body)
    if told:
        return told[:_LONGEST]
    if response.status >= 400:
        return f"HTTP {response.status}"
    if body is None:
        return "the response body is not JSON" if response.body else "the response body is empty"
    return None if isinstance(body, dict) else "the response body is no JSON object"


def filtered(body: Any) -> Choice | None:
    """Give the refused choice that a filter's error stands for, or None for any other body."""
    top = wire.mapping(body)
    if not top.get("error") and top.get("object") != "error" and not {"detail", "message"} & top.keys():
        return None
    error = wire.mapping(top.get("error"))
    inner = wire.mapping(error.get("innererror"))
    codes = {wire.text(value).lower() for value in (error.get("code"), error.get("type"), inner.get("code"))}
    message = (_told(body) or wire.text(top.get("message"))).lower()
    if codes & _FILTER_CODES or any(phrase in message for phrase in _FILTER_PHRASES):
        return Choice(signal="content_filter")
    return None


def settled(choices: Iterable[Choice], body: Any, error: str | None) -> tuple[Choice, ...]:
    """Give the choices as an error leaves them: a filter's is their signal, after any other the empty ones are none."""
    found, refused = tuple(choices), filtered(body)
    if refused:
        return tuple(dataclasses.replace(one, signal=one.signal or refused.signal) for one in found) or (refused,)
    return tuple(one for one in found if not error or _says_something(one))


def _says_something(choice: Choice) -> bool:
    return bool(choice.text or choice.tool_calls or choice.reasoning or choice.refusal or choice.signal)


def _told(body: Any) -> str | None:
    """Find the error's text: `error` is an object with a message, or the text itself; else a `detail` or `message`."""
    top = wire.mapping(body)
    error = top.get("error")
    if isinstance(error, dict) and error:
        return wire.name(error.get("message")) or wire.name(error.get("type")) or wire.compact(error)
    if isinstance(error, str) and error:
        return error
    if top.get("object") == "error" or set(top) & {"detail"}:
        return wire.name(top.get("message")) or wire.name(top.get("detail")) or wire.compact(body)
    return None
