"""What a request to Ollama holds, and what its answer does: messages, tools, options, the one choice, usage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Choice, Message, Part, PartKind, Tool, ToolCall, Usage
from . import billing, content, logprobs, schemas, wire

_SETTINGS = ("format", "logprobs", "raw", "template", "think", "tool_choice", "top_logprobs")
# Options that place a model on its machine, and change nothing of what it says.
_PLACING = frozenset({"low_vram", "main_gpu", "num_batch", "num_gpu", "num_thread", "numa", "use_mlock", "use_mmap"})


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read the messages of a chat, the system prompt and prompt of a generate, or the texts that are embedded."""
    for number, message in enumerate(wire.objects(sent.get("messages"))):
        place = f"messages[{number}]"
        yield Message(wire.text(message.get("role")), tuple(_parts(message, place)))
    system, prompt = content.parts(sent.get("system"), "system"), content.parts(sent.get("prompt"), "prompt")
    if system:
        yield Message("system", system)
    suffix = content.parts(sent.get("suffix"), "suffix")
    if prompt or suffix:
        yield Message("user", (*prompt, *suffix, *(() if "messages" in sent else _images(sent, ""))))
    given = sent.get("input")
    if isinstance(given, str):
        yield Message("user", (Part(PartKind.TEXT, given, path="input"),))
    for number, text in enumerate(wire.items(given)):
        yield Message("user", (Part(PartKind.TEXT, wire.text(text), path=f"input[{number}]"),))


def _parts(message: Mapping[str, Any], place: str) -> Iterator[Part]:
    role, thought = message.get("role"), wire.text(message.get("thinking"))
    if thought:
        yield Part(PartKind.REASONING, thought, path=f"{place}.thinking")
    kind = PartKind.TOOL_RESULT if role == "tool" else PartKind.TEXT
    name, id_ = wire.name(message.get("tool_name")), wire.name(message.get("tool_call_id"))
    yield from content.parts(message.get("content"), f"{place}.content", kind, name=name, id=id_)
    for number, call in enumerate(_tool_calls(message)):
        path = f"{place}.tool_calls[{number}].function.arguments"
        yield Part(PartKind.TOOL_CALL, call.arguments, call.name, call.id, path)
    yield from _images(message, f"{place}.")


def _images(given: Mapping[str, Any], place: str) -> Iterator[Part]:
    for number, image in enumerate(wire.items(given.get("images"))):
        yield content.media("image", image, f"{place}images[{number}]")


def _tool_calls(message: Mapping[str, Any]) -> Iterator[ToolCall]:
    for call in wire.objects(message.get("tool_calls")):
        function = wire.mapping(call.get("function"))
        given = function.get("arguments")
        arguments = given if isinstance(given, str) else "" if given is None else wire.compact(given)
        yield ToolCall(wire.text(function.get("name")), arguments, wire.name(call.get("id")))


def tools(sent: Mapping[str, Any]) -> Iterator[Tool]:
    """Read the tools; the templates of most models write them as JSON."""
    for number, tool in enumerate(wire.objects(sent.get("tools"))):
        name, text = wire.text(wire.mapping(tool.get("function")).get("name")), wire.compact(tool)
        yield Tool(name, text, text, schemas.server_of(name), f"tools[{number}]")


def settings(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Read what changes sampling: the options, and what stands beside them; the seed stands elsewhere."""
    options = wire.mapping(sent.get("options"))
    found = {key: value for key, value in options.items() if key not in _PLACING and key != "seed"}
    found |= {key: sent.get(key) for key in _SETTINGS}
    return {key: wire.tame(value) for key, value in sorted(found.items()) if value is not None}


def assembled(lines: list[dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put the lines of a stream together: a response body, and whether the last one came."""
    body: dict[str, Any] = {}
    pieces: dict[str, list[str]] = {}
    calls, tokens = list[Any](), list[Any]()
    for line in lines:
        body |= line
        message = wire.mapping(line.get("message"))
        calls += wire.items(message.get("tool_calls"))
        tokens += wire.items(line.get("logprobs"))
        for key in ("response", "thinking"):
            pieces.setdefault(key, []).append(wire.text(line.get(key)))
        for key in ("content", "thinking"):
            pieces.setdefault(f"message.{key}", []).append(wire.text(message.get(key)))
    joined = {key: "".join(texts) for key, texts in pieces.items()}
    message = {"content": joined["message.content"], "thinking": joined["message.thinking"], "tool_calls": calls}
    whole = {"response": joined["response"], "thinking": joined["thinking"], "message": message, "logprobs": tokens}
    return wire.mended({**body, **whole}), body.get("done") is True or "error" in body


def choices(answer: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Read the one choice of an answer; none of an error."""
    if not answer.keys() & {"message", "response"}:
        return ()
    message = wire.mapping(answer.get("message"))
    return (
        Choice(
            text=content.joined(message.get("content")) or wire.text(answer.get("response")),
            tool_calls=tuple(_tool_calls(message)),
            reasoning=wire.text(message.get("thinking")) or wire.text(answer.get("thinking")),
            stop_reason=wire.name(answer.get("done_reason")),
            logprobs=logprobs.of_tokens(answer.get("logprobs")),
        ),
    )


def usage(answer: Mapping[str, Any]) -> Usage | None:
    """Read usage; thinking is within the output, and not told apart. Older servers leave a cached prompt out."""
    given, answered = wire.integer(answer.get("prompt_eval_count")), wire.integer(answer.get("eval_count"))
    return billing.inclusive(given, 0 if "embeddings" in answer and given is not None else answered)
