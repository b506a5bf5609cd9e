"""Streamed answers of Gemini put together into the body that the same answer has when it is not streamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..records import Response
from . import jsonarray, sse, wire


def answer(response: Response | None) -> tuple[Any, bool]:
    """The body of a response, and whether it came to its end. A stream comes as events or as an array of its chunks."""
    if response is not None and not sse.is_stream(response) and jsonarray.is_array(response.body):
        return assembled(jsonarray.payloads(response.body))
    return sse.answer(response, assembled)


def assembled(chunks: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Put chunks together: a response body, and whether every candidate came to its end, or the prompt was blocked.

    Usage is told again and again as it grows; of each count the last one stands.
    """
    body: dict[str, Any] = {"usageMetadata": {}}
    candidates: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for key in ("modelVersion", "responseId", "promptFeedback", "error"):
            if chunk.get(key):
                body[key] = chunk[key]
        body["usageMetadata"].update(wire.mapping(chunk.get("usageMetadata")))
        for place, piece in enumerate(wire.objects(chunk.get("candidates"))):
            index = wire.integer(piece.get("index"))
            index = place if index is None else index
            _add(candidates.setdefault(index, {"index": index, "content": {"parts": []}}), piece)
    body["candidates"] = [candidates[index] for index in sorted(candidates)]
    finished = all(candidate.get("finishReason") for candidate in candidates.values())
    blocked = "blockReason" in wire.mapping(body.get("promptFeedback"))
    return wire.mended(body), "error" in body or (bool(candidates) and finished) or blocked


def _add(whole: dict[str, Any], piece: Mapping[str, Any]) -> None:
    whole["finishReason"] = piece.get("finishReason") or whole.get("finishReason")
    for part in wire.objects(wire.mapping(piece.get("content")).get("parts")):
        _add_part(whole["content"]["parts"], part)
    for key, tokens in wire.mapping(piece.get("logprobsResult")).items():
        if isinstance(tokens, list):
            whole.setdefault("logprobsResult", {}).setdefault(key, []).extend(tokens)


def _add_part(parts: list[dict[str, Any]], part: Mapping[str, Any]) -> None:
    """Add a part. A function call without a name goes on with the one before, argument by argument."""
    call, last = part.get("functionCall"), parts[-1].get("functionCall") if parts else None
    if not isinstance(call, dict):
        parts.append(dict(part))
        return
    if isinstance(last, dict) and not call.get("name"):
        call, parts = {**call, "args": last["args"]}, []
    else:
        call = {**call, "args": dict(wire.mapping(call.get("args")))}
    parts.append({**part, "functionCall": call})
    for argument in wire.objects(call.get("partialArgs")):
        _add_argument(call["args"], argument)


def _add_argument(args: dict[str, Any], argument: Mapping[str, Any]) -> None:
    """Set an argument by its path (`$.city`); the pieces of a string are joined."""
    key = wire.text(argument.get("jsonPath")).removeprefix("$.")
    value = next((argument[name] for name in argument if name.endswith("Value")), None)
    before = args.get(key)
    args[key] = before + value if isinstance(before, str) and isinstance(value, str) else value
