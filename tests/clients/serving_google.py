"""Gemini on loopback: generateContent plain and streamed, countTokens and batchEmbedContents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from serving import Asked, Reply, answered, events


def google_api(asked: Asked) -> Reply:
    """Answer as the Gemini API does. A question that contains `fail` gets a 400, one that contains `tool` a call."""
    method = asked.path.rpartition(":")[2]
    told = _question(asked.json)
    if "fail" in told:
        error = {"code": 400, "message": f"no {asked.number}", "status": "INVALID_ARGUMENT"}
        return answered({"error": error}, 400)
    if method == "streamGenerateContent":
        return events(_chunks(asked, told))
    if method == "countTokens":
        return answered({"totalTokens": len(told.split())})
    if method == "batchEmbedContents":
        return answered({"embeddings": [{"values": [0.5, float(asked.number)]}]})
    return answered(_answer(asked, [_part(asked, told)], "STOP"))


def _question(asked: dict[str, Any]) -> str:
    contents = asked.get("contents") or [{"parts": []}]
    return " ".join(part.get("text", "") for part in contents[-1]["parts"])


def _part(asked: Asked, told: str) -> dict[str, Any]:
    if "tool" in told and "tools" in asked.json:
        return {"functionCall": {"name": "weather", "args": {"city": "Ulm"}}}
    return {"text": f"answer {asked.number} to {told} — done"}


def _answer(asked: Asked, parts: list[dict[str, Any]], reason: str | None) -> dict[str, Any]:
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0}
    used = {"promptTokenCount": len(asked.body.split()) + 4, "candidatesTokenCount": 7, "thoughtsTokenCount": 2}
    usage = {**used, "totalTokenCount": sum(used.values())}
    answer = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-test"}
    return {**answer, "responseId": f"r{asked.number}"} if reason is None else {
        **answer, "candidates": [{**candidate, "finishReason": reason}], "responseId": f"r{asked.number}"
    }  # fmt: skip


def _chunks(asked: Asked, told: str) -> Iterator[dict[str, Any]]:
    words = _part(asked, told).get("text", "").split()
    for place, word in enumerate(words):
        yield _answer(asked, [{"text": f"{word} "}], "STOP" if place == len(words) - 1 else None)
