"""What differs between a request as it is sent now and as it was recorded, as far as it bears on its bill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from ..records import Call, PartKind
from ..text.families import UNKNOWN, family
from .base import TokenCounter
from .pieces import request_pieces


def same_tokenizer(one: str | None, other: str | None) -> bool:
    """Whether two models count alike, as far as their names tell."""
    return one == other or (family(one) == family(other) and family(one) != UNKNOWN)


def changed_tokens(now: Call, was: Call, counter: TokenCounter, model: str | None) -> int:
    """The tokens (without slope) that were removed and those that were added, of the texts of only one request.

    What such texts have in common at their start and end, each with its counterpart in order, has not changed.
    """
    new, old = ([piece.text for piece in request_pieces(call)] for call in (now, was))
    pairs = zip_longest(_only(old, new), _only(new, old), fillvalue="")
    return sum(_apart(counter.encode(gone, model), counter.encode(come, model)) for gone, come in pairs)


def uncountable(call: Call) -> tuple[object, ...]:
    """What is billed in a request though no text of it says how much; empty values where there is no such thing."""
    parts = (part for message in call.messages for part in message.parts if part.kind is PartKind.MEDIA)
    media = sorted((part.name or "", part.id or "") for part in parts)
    run_there = sorted((tool.name, tool.schema) for tool in call.tools if not tool.text)
    return media, sorted(call.mcp_servers), run_there, call.previous_response_id or ""


def _only(texts: Sequence[str], others: Iterable[str]) -> list[str]:
    """The texts that the others lack, each as often as it is missing there."""
    known, left = Counter(others), []
    for text in texts:
        if known[text]:
            known[text] -= 1
        else:
            left.append(text)
    return left


def _apart(old: Sequence[int], new: Sequence[int]) -> int:
    """The tokens of both without their common start and end."""
    shorter = min(len(old), len(new))
    start = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    rest = shorter - start
    end = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    return len(old) + len(new) - 2 * (start + end)
