"""OpenAI responses: create, compact, count, and what is done with one by its id, on any host that speaks them.

Protocol: https://platform.openai.com/docs/api-reference/responses. Usage is inclusive as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Call, Choice, Interaction, Request, ToolCall, Usage
from . import billing, failures, hosts, logprobs, response_items, response_stream, schemas, sse, wire

_SETTINGS = (
    "context_management", "frequency_penalty", "max_output_tokens", "max_tool_calls", "moderation",
    "parallel_tool_calls", "presence_penalty", "prompt", "reasoning", "temperature", "text", "tool_choice", "top_k",
    "top_p", "truncation",
)  # fmt: skip
_ENDPOINT = re.compile(
    r"/responses(?:/(?P<action>compact|input_tokens)"
    r"|/(?P<id>resp_[^/]+|[0-9a-f-]{32,})(?:/(?P<part>cancel|input_items))?)?$"
)
# Where a call of a tool has its arguments, by the kind of tool.
_ARGUMENTS = ("arguments", "input", "code", "action", "actions", "queries")
# What a call is, by what follows `/responses` in its path. Counting is free; compacting is billed but answers nothing.
_KINDS = {"": "generation", "input_tokens": "count"}
# What is done with a response by its id, by method and what follows the id.
_BY_ID = {
    ("GET", None): "retrieve",
    ("DELETE", None): "delete",
    ("POST", "cancel"): "cancel",
    ("GET", "input_items"): "input_items",
}


class OpenAIResponses:
    """Reads `POST .../responses` of any host, its `compact` and `input_tokens`, and all of `.../responses/ID`."""

    name = "openai"

    def claims(self, request: Request) -> bool:
        """Whether method and path are those of a response made, fetched, cancelled or deleted."""
        return _action(request) is not None

    def read(self, interaction: Interaction) -> Call:
        """Read a call; of a streamed answer the last event holds the whole, a torn one is put together."""
        sent = wire.mapping(wire.decode(interaction.request.body))
        body, finished = sse.answer(interaction.response, response_stream.assembled)
        answer, error = wire.mapping(body), failures.error_text(interaction, body)
        action = _action(interaction.request) or ""
        return Call(
            provider=self.name,
            endpoint=f"responses.{action}" if action else "responses",
            kind=_KINDS.get(action, "other"),
            model=wire.name(sent.get("model")) or wire.name(answer.get("model")),
            answered_by=wire.name(answer.get("model")),
            messages=tuple(response_items.messages(sent)),
            tools=tuple(response_items.tools(sent)),
            settings={key: wire.tame(sent[key]) for key in _SETTINGS if sent.get(key) is not None},
            seed=wire.seed(sent.get("seed")),
            choices=_choices(body) if action in ("", "retrieve") else (),
            usage=None if action == "input_tokens" else _usage(wire.mapping(answer.get("usage"))),
            streaming=sent.get("stream") is True or "stream=true" in interaction.request.url,
            status=interaction.response.status if interaction.response else None,
            error=error if error or finished else "the stream ended early",
            previous_response_id=_kept(sent),
            mcp_servers=tuple(schemas.mcp_servers(sent.get("tools"), "server_label")),
            tier=billing.tier(answer.get("service_tier")),
        )


def _action(request: Request) -> str | None:
    """Name what is done, empty for making a response; None where method and path do not fit."""
    found = _ENDPOINT.search(wire.path(request.url))
    method = request.method.upper()
    if found is None or (not found["id"] and method != "POST"):
        return None
    if found["id"] and not found["id"].startswith("resp_") and not hosts.is_llm_host(wire.host(request.url)):
        return None  # the answers to a survey, say
    return _BY_ID.get((method, found["part"])) if found["id"] else found["action"] or ""


def _kept(sent: Mapping[str, Any]) -> str | None:
    """Name what the server keeps of earlier turns: a previous response, or a conversation by its id."""
    conversation = sent.get("conversation")
    told = conversation.get("id") if isinstance(conversation, dict) else conversation
    return wire.name(sent.get("previous_response_id")) or wire.name(told)


def _choices(body: Any) -> tuple[Choice, ...]:
    """Read the one choice of a response; none of a response that is still queued, or was never made."""
    refused = failures.filtered(body)
    if refused:
        return (refused,)
    answer = wire.mapping(body)
    output = wire.objects(answer.get("output"))
    reason = wire.text(wire.mapping(answer.get("incomplete_details")).get("reason"))
    status = wire.name(answer.get("status"))
    if not output and status not in ("completed", "incomplete"):
        return ()
    said = [part for item in output if item.get("type") == "message" for part in wire.objects(item.get("content"))]
    refusal = wire.name("".join(wire.text(part.get("refusal")) for part in said))
    signal = "content_filter" if reason == "content_filter" else None
    return (
        Choice(
            text="".join(wire.text(part.get("text")) for part in said if part.get("type") == "output_text"),
            tool_calls=tuple(_tool_calls(output)),
            reasoning="\n".join(filter(None, map(_thought, output))),
            refusal=refusal,
            signal="refusal" if refusal else signal,
            stop_reason=f"{status}: {reason}" if reason else status,
            logprobs=logprobs.of_tokens([token for part in said for token in wire.items(part.get("logprobs"))]),
            media=("approval",) if any(item.get("type") == "mcp_approval_request" for item in output) else (),
        ),
    )


def _tool_calls(output: list[Mapping[str, Any]]) -> Iterator[ToolCall]:
    """Read the calls of the app's tools and of those that the server ran itself (`web_search_call`, `mcp_call`)."""
    for item in output:
        type_ = wire.text(item.get("type"))
        if type_.endswith("_call"):
            given = next((item[key] for key in _ARGUMENTS if item.get(key) is not None), "")
            name = wire.text(item.get("name")) or type_.removesuffix("_call")
            arguments = given if isinstance(given, str) else wire.compact(given)
            yield ToolCall(name, arguments, wire.name(item.get("call_id")))


def _thought(item: Mapping[str, Any]) -> str:
    """Give the reasoning itself where the server shows it (gpt-oss), else its summary."""
    if item.get("type") != "reasoning":
        return ""
    whole = [wire.text(part.get("text")) for part in wire.objects(item.get("content"))]
    return "\n".join(whole or [wire.text(part.get("text")) for part in wire.objects(item.get("summary"))])


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    given, answered = wire.mapping(usage.get("input_tokens_details")), wire.mapping(usage.get("output_tokens_details"))
    return billing.inclusive(
        wire.integer(usage.get("input_tokens")),
        wire.integer(usage.get("output_tokens")),
        cached=wire.integer(given.get("cached_tokens")),
        cache_write=wire.integer(given.get("cache_write_tokens")),
        reasoning=wire.integer(answered.get("reasoning_tokens")),
        audio_input=wire.integer(given.get("audio_tokens")),
        audio_cached=wire.integer(wire.mapping(given.get("cached_tokens_details")).get("audio_tokens")),
        audio_output=wire.integer(answered.get("audio_tokens")),
        total=wire.integer(usage.get("total_tokens")),
    )
