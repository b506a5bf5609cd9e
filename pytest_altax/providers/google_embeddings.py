"""What is sent to Google to be embedded, and what it costs: three shapes, by method.

Protocol: https://ai.google.dev/api/embeddings (`content`, `requests`) and Vertex's `predict` (`instances`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..records import Message, Part, PartKind, Usage
from . import billing, google_body, wire


def messages(sent: Mapping[str, Any]) -> Iterator[Message]:
    """Read each text as a user message."""
    yield from google_body.messages({"contents": sent.get("content")})
    for number, request in enumerate(wire.objects(sent.get("requests"))):
        for message in google_body.messages({"contents": request.get("content")}):
            parts = (Part(part.kind, part.text, part.name, part.id, _moved(part, number)) for part in message.parts)
            yield Message(message.role, tuple(parts))
    for number, instance in enumerate(wire.objects(sent.get("instances"))):
        text = wire.text(instance.get("content")) or wire.text(instance.get("text"))
        yield Message("user", (Part(PartKind.TEXT, text, path=f"instances[{number}].content"),))


def _moved(part: Part, number: int) -> str:
    return part.path.replace("contents", f"requests[{number}].content", 1)


def usage(answer: Mapping[str, Any]) -> Usage | None:
    """Read usage, which only newer models tell, and Vertex with each prediction."""
    told = wire.mapping(google_body.field(answer, "usageMetadata"))
    counts = [wire.integer(google_body.field(told, "promptTokenCount"))]
    for prediction in wire.objects(answer.get("predictions")):
        statistics = wire.mapping(wire.mapping(prediction.get("embeddings")).get("statistics"))
        counts.append(wire.integer(statistics.get("token_count")))
    known = [count for count in counts if count is not None]
    return billing.inclusive(sum(known), 0) if known else None
