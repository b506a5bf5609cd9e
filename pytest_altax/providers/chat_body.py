"""What a chat completion's request and answer hold: messages, tools, choices, usage.

The body of OpenAI's `chat/completions` is that of many hosts under paths of their own (Bedrock, watsonx). Usage is
inclusive as it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Choice, Logprobs, Message, Part, PartKind, Tool, ToolCall, Usage
from . import billing, content, logprobs, schemas, wire

SETTINGS = frozenset((
    "audio", "best_of", "extra_body", "frequency_penalty", "function_call", "logit_bias", "max_completion_tokens",
    "max_tokens", "min_p", "modalities", "moderation", "n", "parallel_tool_calls", "prediction", "presence_penalty",
    "reasoning", "reasoning_effort", "reasoning_format", "repetition_penalty", "response_format", "safe_prompt",
    "stop", "temperature", "thinking", "tool_choice", "top_k", "top_p", "verbosity", "web_search_options",
))  # fmt: skip
_ROLES = {"developer": "system", "function": "tool"}
# `sensitive` is Zhipu's; those in capitals are what a router tells of Gemini.
_FILTERED = frozenset({"refusal", "sensitive", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST"})


def seed(sent: Mapping[str, Any]) -> int | None:
    """Read the seed, by its usual name or Mistral's."""
    return wire.seed(sent.get("seed") if sent.get("seed") is not None else sent.get("random_seed"))


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the messages, or the prompts of a legacy completion."""
    prompts = sent.get("prompt")
    for place, prompt in enumerate(prompts if isinstance(prompts, list) else [prompts]):
        if isinstance(prompt, str):
            path = f"prompt[{place}]" if isinstance(prompts, list) else "prompt"
            yield Message("user", (Part(PartKind.TEXT, prompt, path=path),))
    given = wire.objects(sent.get("messages"))
    turn = max((place for place, message in enumerate(given) if message.get("role") == "user"), default=-1)
    for place, message in enumerate(given):
        yield _message(message, f"messages[{place}]", current=place > turn)


def _message(message: Mapping[str, Any], place: str, *, current: bool) -> Message:
    role, said = wire.text(message.get("role")), f"{place}.content"
    name = wire.name(message.get("name"))
    if role in ("tool", "function"):
        id_ = wire.name(message.get("tool_call_id"))
        found = content.parts(message.get("content"), said, PartKind.TOOL_RESULT, name=name, id=id_)
    else:
        found = (*_reasoning(message, place, current), *content.parts(message.get("content"), said))
    if message.get("refusal"):
        found += content.parts(message["refusal"], f"{place}.refusal")
    if message.get("tool_calls") or message.get("function_call"):
        found += tuple(_called(message, place))
    return Message(_ROLES.get(role, role), found, name)


def _reasoning(message: Mapping[str, Any], place: str, current: bool) -> tuple[Part, ...]:
    """Read reasoning sent back; that of turns before the last question is dropped by the server and has no text."""
    for key in ("reasoning_content", "reasoning"):
        thought = wire.text(message.get(key))
        if thought:
            return (Part(PartKind.REASONING, thought if current else "", path=f"{place}.{key}"),)
    return ()


def _called(message: Mapping[str, Any], place: str) -> Iterator[Part]:
    for number, call in enumerate(_tool_calls(message)):
        path = f"{place}.tool_calls[{number}].function.arguments"
        yield Part(PartKind.TOOL_CALL, call.arguments, call.name, call.id, path)


def _tool_calls(message: Mapping[str, Any]) -> Iterator[ToolCall]:
    """Read the calls of a message, of a request or an answer alike; `function_call` is the form of 2023."""
    for call in wire.objects(message.get("tool_calls")):
        function = wire.mapping(call.get("function") or call.get("custom"))
        arguments = function.get("arguments", function.get("input"))
        yield ToolCall(wire.text(function.get("name")), _arguments(arguments), wire.name(call.get("id")))
    legacy = wire.mapping(message.get("function_call"))
    if legacy.get("name"):
        yield ToolCall(wire.text(legacy.get("name")), _arguments(legacy.get("arguments")))


def _arguments(given: Any) -> str:
    return given if isinstance(given, str) else "" if given is None else wire.compact(given)


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools of a request, and the `functions` of 2023."""
    for place, tool in enumerate(wire.objects(sent.get("tools"))):
        if wire.mapping(tool.get("function")):
            yield schemas.function_tool(tool, f"tools[{place}]", "function")
        else:
            yield schemas.other_tool(tool, f"tools[{place}]")
    for place, function in enumerate(wire.objects(sent.get("functions"))):
        yield schemas.function_tool(function, f"functions[{place}]")


def choice(place: int, told: Mapping[str, Any]) -> Choice:
    """Read a choice of an answer; `place` is its number where it names none."""
    message = wire.mapping(told.get("message"))
    said = told.get("text") if "text" in told else message.get("content")
    refusal, reason = wire.name(message.get("refusal")), wire.name(told.get("finish_reason"))
    media = {"audio": wire.mapping(message.get("audio")), "image": wire.objects(message.get("images"))}
    index = wire.integer(told.get("index"))
    return Choice(
        index=place if index is None else index,
        text=content.joined(said),
        tool_calls=tuple(_tool_calls(message)),
        reasoning=_thought(message),
        refusal=refusal,
        signal="refusal" if refusal else _signal(reason, wire.name(told.get("native_finish_reason"))),
        stop_reason=reason,
        logprobs=_logprobs(told["logprobs"]) if told.get("logprobs") else None,
        media=tuple(kind for kind, held in media.items() if held),
    )


def _signal(*reasons: str | None) -> str | None:
    """The reason by which a filter stopped an answer; Gemini's own follow `content_filter: `, or come from a router."""
    return next((one for one in reasons if one and (one in _FILTERED or one.startswith("content_filter"))), None)


def _thought(message: Mapping[str, Any]) -> str:
    """Find the reasoning: `reasoning_content` (DeepSeek), `reasoning` (OpenRouter, Groq), thinking parts (Mistral)."""
    plain = wire.text(message.get("reasoning_content")) or wire.text(message.get("reasoning"))
    thinking = (part.get("thinking") for part in wire.objects(message.get("content")) if part.get("type") == "thinking")
    return plain or "".join(content.joined(part) for part in thinking)


def _logprobs(given: Any) -> Logprobs | None:
    """Read the tokens of a chat, or the parallel lists of a legacy completion and of Together's chat."""
    told = wire.mapping(given)
    tokens = told.get("content") or told.get("refusal")
    if tokens:
        return logprobs.of_tokens(tokens)
    return logprobs.of_lists(told.get("token_logprobs"), told.get("top_logprobs"))


def usage(told: Mapping[str, Any]) -> Usage | None:
    """Read usage, with the names that DeepSeek and others give to cached tokens."""
    given, answered = (
        wire.mapping(told.get("prompt_tokens_details")),
        wire.mapping(told.get("completion_tokens_details")),
    )
    cached = (given.get("cached_tokens"), told.get("prompt_cache_hit_tokens"), told.get("cached_tokens"))
    return billing.inclusive(
        wire.integer(told.get("prompt_tokens")),
        wire.integer(told.get("completion_tokens")),
        cached=next((found for found in map(wire.integer, cached) if found is not None), None),
        cache_write=wire.integer(given.get("cache_write_tokens")),
        reasoning=wire.integer(answered.get("reasoning_tokens")),
        audio_input=wire.integer(given.get("audio_tokens")),
        audio_cached=wire.integer(wire.mapping(given.get("cached_tokens_details")).get("audio_tokens")),
        audio_output=wire.integer(answered.get("audio_tokens")),
        total=wire.integer(told.get("total_tokens")),
    )
