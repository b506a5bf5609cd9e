"""Usage as every provider reports it, made inclusive: cached within input, reasoning within output."""

from __future__ import annotations

from ..records import Usage


def inclusive(
    given: int | None,
    answered: int | None,
    *,
    cached: int | None = None,
    cache_write: int | None = None,
    reasoning: int | None = None,
    total: int | None = None,
    notes: tuple[str, ...] = (),
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
    parts = {}
    for name, part, whole in (
        ("cached", cached or 0, given),
        ("cache_write", cache_write or 0, given),
        ("reasoning", reasoning, answered),
    ):
        parts[name] = min(part, whole)
        if part > whole:
            mended.append(f"{name} {part} was above its whole of {whole}")
    return Usage(given, answered, total=total, notes=tuple(mended), **parts)


def exclusive(
    fresh: int | None,
    answered: int | None,
    *,
    cached: int | None,
    cache_write: int | None,
    reasoning: int | None = None,
    notes: tuple[str, ...] = (),
) -> Usage | None:
    """Build a `Usage` where input excludes cache reads and writes, as Anthropic reports it; None for none."""
    if fresh is None and answered is None:
        return None
    given = (fresh or 0) + (cached or 0) + (cache_write or 0)
    return inclusive(given, answered, cached=cached, cache_write=cache_write, reasoning=reasoning, notes=notes)
