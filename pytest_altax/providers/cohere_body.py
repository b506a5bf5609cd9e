"""What a request and an answer of Cohere's chat hold, in both versions, and of the generate that came before.

Protocol: https://docs.cohere.com/v1/reference/chat and https://docs.cohere.com/reference/chat. Usage is told twice:
`tokens` is what the model read and wrote, template included; `billed_units` what is charged for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Choice, Logprobs, Message, Part, PartKind, Tool, ToolCall, Usage
from . import billing, chat_body, content, logprobs, schemas, wire

SETTINGS = (
    "citation_options", "citation_quality", "connectors", "force_single_step", "frequency_penalty", "k",
    "logit_bias", "max_input_tokens", "max_tokens", "num_generations", "p", "presence_penalty", "prompt_truncation",
    "response_format", "return_likelihoods", "safety_mode", "search_queries_only", "stop_sequences", "strict_tools",
    "temperature", "thinking", "tool_choice", "truncate",
)  # fmt: skip
_ROLES = {"CHATBOT": "assistant", "USER": "user", "SYSTEM": "system", "TOOL": "tool"}


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the messages of either version, or the prompt; documents join the last one as what it brings along."""
    found = list(_of_version_2(sent) if "messages" in sent else _of_version_1(sent))
    documents = tuple(_documents(sent.get("documents")))
    if documents and found:
        found[-1] = dataclasses.replace(found[-1], parts=found[-1].parts + documents)
    yield from found


def _of_version_2(sent: Mapping[str, Any]) -> Iterator[Message]:
    given = [_without_documents(message) for message in wire.objects(sent.get("messages"))]
    read = chat_body.messages({"messages": given})
    for number, (message, told) in enumerate(zip(read, given, strict=True)):
        plan = content.parts(told.get("tool_plan"), f"messages[{number}].tool_plan")
        yield dataclasses.replace(message, parts=plan + message.parts) if plan else message


def _without_documents(message: Mapping[str, Any]) -> dict[str, Any]:
    """Give a message whose documents are the text that they hold (results of tools come as documents)."""
    said = message.get("content")
    if not isinstance(said, list):
        return dict(message)
    return {**message, "content": [_as_text(part) if _is_document(part) else part for part in said]}


def _is_document(part: Any) -> bool:
    return wire.mapping(part).get("type") == "document"


def _as_text(part: Mapping[str, Any]) -> dict[str, Any]:
    data = wire.mapping(part.get("document")).get("data")
    return {"type": "text", "text": data if isinstance(data, str) else wire.compact(data)}


def _of_version_1(sent: Mapping[str, Any]) -> Iterator[Message]:
    preamble = content.parts(sent.get("preamble"), "preamble")
    if preamble:
        yield Message("system", preamble)
    for number, turn in enumerate(wire.objects(sent.get("chat_history"))):
        yield _turn(turn, f"chat_history[{number}].")
    for key in ("prompt", "message"):
        if isinstance(sent.get(key), str) and (sent[key] or not sent.get("tool_results")):
            yield Message("user", content.parts(sent[key], key))
    results = tuple(_results(sent.get("tool_results"), "tool_results"))
    if results:
        yield Message("tool", results)


def _turn(turn: Mapping[str, Any], place: str) -> Message:
    role = wire.text(turn.get("role"))
    parts = content.parts(turn.get("message"), f"{place}message")
    parts += tuple(
        Part(PartKind.TOOL_CALL, call.arguments, call.name, path=f"{place}tool_calls[{number}].parameters")
        for number, call in enumerate(_tool_calls(turn))
    )
    return Message(
        _ROLES.get(role.upper(), role), parts + tuple(_results(turn.get("tool_results"), f"{place}tool_results"))
    )


def _results(given: Any, place: str) -> Iterator[Part]:
    for number, result in enumerate(wire.objects(given)):
        name = wire.name(wire.mapping(result.get("call")).get("name"))
        for row, output in enumerate(wire.items(result.get("outputs"))):
            path = f"{place}[{number}].outputs[{row}]"
            yield Part(PartKind.TOOL_RESULT, wire.compact(output), name, path=path)


def _documents(given: Any) -> Iterator[Part]:
    for number, document in enumerate(wire.items(given)):
        text = document if isinstance(document, str) else wire.compact(wire.mapping(document).get("data", document))
        yield Part(PartKind.TOOL_RESULT, text, path=f"documents[{number}]")


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools: functions as OpenAI describes them (version 2), or with `parameter_definitions` (version 1)."""
    for number, tool in enumerate(wire.objects(sent.get("tools"))):
        place, function = f"tools[{number}]", wire.mapping(tool.get("function"))
        if function:
            yield schemas.function_tool(tool, place, "function")
        else:
            name = wire.text(tool.get("name"))
            yield Tool(name, wire.compact(tool), wire.compact(tool), schemas.server_of(name), place)


def choices(answer: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Read the choices of an answer; none of an error. Only generate may give several."""
    generations = wire.objects(answer.get("generations"))
    if generations:
        return tuple(
            dataclasses.replace(_choice(one, wire.text(one.get("text"))), index=number)
            for number, one in enumerate(generations)
        )
    message = wire.mapping(answer.get("message"))
    if not message and not isinstance(answer.get("text"), str) and not answer.get("finish_reason"):
        return ()
    blocks = wire.objects(message.get("content"))
    thoughts = [wire.text(message.get("tool_plan")), *(wire.text(block.get("thinking")) for block in blocks)]
    found = _choice(answer, wire.text(answer.get("text")) or content.joined(message.get("content")))
    calls = (*_tool_calls(answer), *_tool_calls(message))
    return (dataclasses.replace(found, tool_calls=calls, reasoning="\n".join(filter(None, thoughts))),)


def _choice(told: Mapping[str, Any], text: str) -> Choice:
    reason = wire.name(told.get("finish_reason"))
    signal = reason if reason == "ERROR_TOXIC" else None
    return Choice(text=text, signal=signal, stop_reason=reason, logprobs=_logprobs(told))


def _logprobs(told: Mapping[str, Any]) -> Logprobs | None:
    """Read those of the tokens themselves, all that Cohere tells: of a chat in items of several, of a generate each."""
    if told.get("token_likelihoods"):
        return logprobs.of_tokens(told["token_likelihoods"], key="likelihood")
    chat = wire.objects(told.get("logprobs"))
    return logprobs.of_lists([value for item in chat for value in wire.items(item.get("logprobs"))], [])


def _tool_calls(message: Mapping[str, Any]) -> Iterator[ToolCall]:
    """Read calls with a `function` (version 2), or with `parameters` (version 1)."""
    for call in wire.objects(message.get("tool_calls")):
        function = wire.mapping(call.get("function"))
        given = function.get("arguments", call.get("parameters"))
        arguments = given if isinstance(given, str) else "" if given is None else wire.compact(given)
        yield ToolCall(wire.text(function.get("name", call.get("name"))), arguments, wire.name(call.get("id")))


def usage(answer: Mapping[str, Any]) -> Usage | None:
    """Read usage: `tokens`, with what is billed as a note where it differs; `billed_units` where it is all there is."""
    told = wire.mapping(answer.get("usage") or answer.get("meta"))
    tokens, billed = (_pair(wire.mapping(told.get(key))) for key in ("tokens", "billed_units"))
    given, answered = billed if tokens == (None, None) else tokens
    differs = billed not in ((None, None), (given, answered))
    note = (f"billed_units are input {billed[0]} and output {billed[1]}",) if differs else ()
    return billing.inclusive(given, answered, cached=wire.integer(told.get("cached_tokens")), notes=note)


def _pair(told: Mapping[str, Any]) -> tuple[int | None, int | None]:
    return wire.integer(told.get("input_tokens")), wire.integer(told.get("output_tokens"))
