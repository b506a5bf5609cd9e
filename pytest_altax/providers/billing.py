"""Usage as every provider reports it, made inclusive: cached within input, reasoning within output."""

from __future__ import annotations

from typing import Any

from ..records import Usage
from . import wire


def inclusive(
    given: int | None,
    answered: int | None,
    *,
    cached: int | None = None,
    cache_write: int | None = None,
    reasoning: int | None = None,
    total: int | None = None,
    notes: tuple[str, ...] = (),
    cache_write_1h: int | None = None,
    audio_input: int | None = None,
    audio_cached: int | None = None,
    audio_output: int | None = None,
) -> Usage | None:
    """Build a `Usage` of counts that are inclusive already, or say that none was given (None).

    A part above its whole is cut to it and noted. Reasoning that a total shows to stand outside the output is added.
    """
    if given is None and answered is None:
        return None
    told = given is not None
    given, answered, reasoning = given or 0, answered or 0, reasoning or 0
    mended = list(notes) if told else [*notes, "no input was reported"]
    if reasoning and total == given + answered + reasoning:
        answered += reasoning
        mended.append("reasoning was reported outside output")
    elif total is not None and total != given + answered:
        mended.append(f"total {total} is not input {given} + output {answered}")
    counts = {"input": given, "output": answered}
    for name, part, wholes in (
        ("cached", cached, ("input",)),
        ("cache_write", cache_write, ("input",)),
        ("reasoning", reasoning, ("output",)),
        ("cache_write_1h", cache_write_1h, ("cache_write",)),
        ("audio_input", audio_input, ("input",)),
        ("audio_cached", audio_cached, ("cached", "audio_input")),
        ("audio_output", audio_output, ("output",)),
    ):
        if not part:
            continue
        whole = min(counts.get(one, 0) for one in wholes)
        counts[name] = min(part, whole)
        if part > whole:
            mended.append(f"{name} {part} was above its whole of {whole}")
    return Usage(**counts, total=total, notes=tuple(mended))


def exclusive(
    fresh: int | None,
    answered: int | None,
    *,
    cached: int | None,
    cache_write: int | None,
    cache_write_1h: int | None = None,
    reasoning: int | None = None,
    notes: tuple[str, ...] = (),
) -> Usage | None:
    """Build a `Usage` where input excludes cache reads and writes, as Anthropic reports it; None for none."""
    if fresh is None and answered is None:
        return None
    given = (fresh or 0) + (cached or 0) + (cache_write or 0)
    return inclusive(
        given,
        answered,
        cached=cached,
        cache_write=cache_write,
        cache_write_1h=cache_write_1h,
        reasoning=reasoning,
        notes=notes,
    )


def tier(*told: Any) -> str | None:
    """Read the tier in which a call was processed, the first that is told: `flex`, `priority`, `batch`, `default` ...

    Vertex writes `ON_DEMAND_FLEX`, Bedrock an object with a `type`.
    """
    for one in told:
        name = wire.name(one.get("type") if isinstance(one, dict) else one)
        if name:
            return name.lower().removeprefix("on_demand_").removeprefix("service_tier_")
    return None
