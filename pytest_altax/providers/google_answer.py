"""What an answer of Gemini holds: candidates, the reason why something was blocked, usage.

Protocol: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse. Thoughts are reported outside the
candidates' tokens, and what server-side tools read outside the prompt's; both are added here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Choice, Logprobs, ToolCall, Usage
from . import billing, google_body, logprobs, wire

# Reasons that are a block, of an answer or of its prompt; all else (STOP, MAX_TOKENS, OTHER ...) is none.
_BLOCKED = frozenset(
    {
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "JAILBREAK", "ESCALATION",
        "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
    }
)  # fmt: skip
# Enumerations as numbers (`$alt=json;enum-encoding=int`), which Gemini and Vertex count differently.
_SAME = ("FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION")
_GEMINI = (*_SAME, "OTHER", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL")
_VERTEX = (*_SAME, "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL", "MODEL_ARMOR")
_PROMPT = ("BLOCKED_REASON_UNSPECIFIED", "SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT")


def choices(answer: Mapping[str, Any], *, vertex: bool) -> Iterator[Choice]:
    """Read the candidates; a blocked prompt has none, and is one refused choice. `vertex` says how reasons count."""
    candidates = wire.objects(answer.get("candidates"))
    for place, candidate in enumerate(candidates):
        yield _choice(place, candidate, _VERTEX if vertex else _GEMINI)
    reason = _named(wire.mapping(google_body.field(answer, "promptFeedback")), "blockReason", _PROMPT)
    if reason and not candidates:
        yield Choice(signal=reason)


def _choice(place: int, candidate: Mapping[str, Any], names: tuple[str, ...]) -> Choice:
    index = wire.integer(candidate.get("index"))
    said = wire.objects(wire.mapping(candidate.get("content")).get("parts"))
    thoughts = [part for part in said if part.get("thought") is True]
    spoken = [part for part in said if part.get("thought") is not True]
    reason = _named(candidate, "finishReason", names)
    return Choice(
        index=place if index is None else index,
        text="".join(wire.text(part.get("text")) for part in spoken),
        tool_calls=tuple(call for part in said for call in _tool_calls(part)),
        reasoning="".join(wire.text(part.get("text")) for part in thoughts),
        signal=reason if reason in _BLOCKED else None,
        stop_reason=reason,
        logprobs=_logprobs(google_body.field(candidate, "logprobsResult")),
        media=tuple(dict.fromkeys(kind for part in spoken if (kind := _medium(part)))),
    )


def _medium(part: Mapping[str, Any]) -> str | None:
    """The kind of data in a part (`image`, `audio`), from its MIME type."""
    data = wire.mapping(google_body.field(part, "inlineData")) or wire.mapping(google_body.field(part, "fileData"))
    return wire.text(google_body.field(data, "mimeType")).partition("/")[0] or "file" if data else None


def _named(told: Mapping[str, Any], name: str, names: tuple[str, ...]) -> str | None:
    """Read a reason by its name; one that came as a number no table knows is that number."""
    reason = google_body.field(told, name)
    number = wire.integer(reason)
    if number is not None:
        return names[number] if number < len(names) else str(number)
    return wire.name(reason)


def _tool_calls(part: Mapping[str, Any]) -> Iterator[ToolCall]:
    """Read the calls of the app's functions, and of the tools that the server ran itself."""
    for name in ("functionCall", "toolCall"):
        call = wire.mapping(google_body.field(part, name))
        if call:
            yield ToolCall(google_body.tool_name(call), google_body.arguments(call), wire.name(call.get("id")))
    code = wire.mapping(google_body.field(part, "executableCode"))
    if code:
        yield ToolCall(google_body.CODE, wire.text(code.get("code")), wire.name(code.get("id")))


def _logprobs(given: Any) -> Logprobs | None:
    if not given:
        return None
    told = wire.mapping(given)
    tops = (wire.mapping(one).get("candidates") for one in wire.items(google_body.field(told, "topCandidates")))
    chosen = google_body.field(told, "chosenCandidates")
    return logprobs.of_lists(_probabilities(chosen), [_probabilities(top) for top in tops])


def _probabilities(tokens: Any) -> list[Any]:
    return [google_body.field(token, "logProbability") for token in wire.objects(tokens)]


def usage(answer: Mapping[str, Any]) -> Usage | None:
    """Read usage. A prompt that was blocked, and the first chunks of a stream, tell none."""
    told = wire.mapping(google_body.field(answer, "usageMetadata"))
    count = {name: wire.integer(google_body.field(told, f"{name}TokenCount")) for name in _COUNTS}
    return billing.inclusive(
        _sum(count["prompt"], count["toolUsePrompt"]),
        _sum(count["candidates"], count["thoughts"]),
        cached=count["cachedContent"],
        reasoning=count["thoughts"],
        total=count["total"],
        audio_input=_sum(_audio(told, "promptTokensDetails"), _audio(told, "toolUsePromptTokensDetails")),
        audio_cached=_audio(told, "cacheTokensDetails"),
        audio_output=_audio(told, "candidatesTokensDetails"),
    )


def tier(answer: Mapping[str, Any]) -> str | None:
    """Read the tier from usage, as Gemini or Vertex tells it."""
    told = wire.mapping(google_body.field(answer, "usageMetadata"))
    traffic = google_body.field(told, "trafficType")
    number = wire.integer(traffic)
    if number is not None:
        traffic = _TRAFFIC[number] if number < len(_TRAFFIC) else None
    return billing.tier(google_body.field(told, "serviceTier"), traffic)


def _audio(told: Mapping[str, Any], name: str) -> int | None:
    """Count the tokens of audio among those of all modalities, by its name or its number."""
    counts = wire.objects(google_body.field(told, name))
    return _sum(
        *(wire.integer(google_body.field(one, "tokenCount")) for one in counts if one.get("modality") in ("AUDIO", 4))
    )


_TRAFFIC = ("traffic_type_unspecified", "on_demand", "provisioned_throughput")  # as Vertex numbers them


_COUNTS = ("prompt", "toolUsePrompt", "candidates", "thoughts", "cachedContent", "total")


def _sum(*counts: int | None) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
