"""Streamed chat completions put together into the body that the same answer has when it is not streamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import wire

# Keys of a delta whose strings are pieces to be joined.
_PIECES = ("content", "refusal", "reasoning_content", "reasoning")


def assembled(chunks: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put chunks together: a response body, and whether every choice came to its end.

    The last usage counts (some servers send a running one with each chunk). An `error` chunk becomes the body's.
    """
    body: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for key in ("model", "error", "object", "service_tier"):
            if chunk.get(key):
                body[key] = chunk[key]
        usage = chunk.get("usage") or wire.mapping(chunk.get("x_groq")).get("usage")
        body["usage"] = usage or body.get("usage")
        for choice in wire.objects(chunk.get("choices")):
            index = wire.integer(choice.get("index")) or 0
            _add(choices.setdefault(index, {"index": index, "message": {}}), choice)
    body["choices"] = [_closed(choices[index]) for index in sorted(choices)]
    finished = bool(choices) and all(choice.get("finish_reason") for choice in choices.values())
    return wire.mended(body), finished


def _add(whole: dict[str, Any], piece: Mapping[str, Any]) -> None:
    whole["finish_reason"] = piece.get("finish_reason") or whole.get("finish_reason")
    if isinstance(piece.get("text"), str):
        whole.setdefault("text", []).append(piece["text"])
    if piece.get("logprobs") is not None:
        _add_logprobs(whole, piece["logprobs"])
    delta = wire.mapping(piece.get("delta") or piece.get("message"))
    message = whole["message"]
    for key in _PIECES:
        said = delta.get(key)
        if said and isinstance(said, str | list):
            message.setdefault(key, []).extend([said] if isinstance(said, str) else said)
    for call in wire.objects(delta.get("tool_calls")):
        _add_call(message.setdefault("tool_calls", []), call)
    legacy = wire.mapping(delta.get("function_call"))
    if legacy:
        _add_function(message.setdefault("function_call", {"arguments": []}), legacy)


def _add_logprobs(whole: dict[str, Any], told: Any) -> None:
    """Add the tokens of a piece; Together tells the one token of a piece as a bare number."""
    given = {"token_logprobs": [told]} if isinstance(told, float) else wire.mapping(told)
    for key in ("content", "refusal", "token_logprobs", "top_logprobs"):
        if wire.items(given.get(key)):
            whole.setdefault("logprobs", {}).setdefault(key, []).extend(given[key])


def _add_call(calls: list[dict[str, Any]], piece: Mapping[str, Any]) -> None:
    """Add a piece to its call. Servers that leave `index` out, or repeat 0, tell calls apart by new ids."""
    index, id_ = wire.integer(piece.get("index")), wire.name(piece.get("id"))
    found = next((call for call in reversed(calls) if index is None or call["index"] == index), None)
    if found is None or (id_ and found["id"] and id_ != found["id"]):
        found = {"index": index, "id": None, "function": {"arguments": []}}
        calls.append(found)
    found["id"] = found["id"] or id_
    _add_function(found["function"], wire.mapping(piece.get("function")))


def _add_function(function: dict[str, Any], piece: Mapping[str, Any]) -> None:
    function["name"] = function.get("name") or wire.text(piece.get("name"))
    arguments = piece.get("arguments")
    if arguments is not None:
        function["arguments"].append(arguments if isinstance(arguments, str) else wire.compact(arguments))


def _closed(choice: dict[str, Any]) -> dict[str, Any]:
    """Join the pieces. Strings among parts become parts (Mistral thinks in parts, then answers in strings)."""
    message = choice["message"]
    for key in _PIECES:
        pieces = message.get(key, [])
        if all(isinstance(piece, str) for piece in pieces):
            message[key] = "".join(pieces)
        else:
            message[key] = [{"type": "text", "text": one} if isinstance(one, str) else one for one in pieces]
    if "text" in choice:
        choice["text"] = "".join(choice["text"])
    calls = [call["function"] for call in message.get("tool_calls", [])]
    for function in [*calls, message.get("function_call")]:
        if function:
            function["arguments"] = "".join(function["arguments"])
    return choice
