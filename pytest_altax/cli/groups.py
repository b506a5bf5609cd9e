"""Prompt groups from JSON lines: the answers to each prompt, whatever order their lines are in."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import nearest
from ..report.safe import plain
from .jsonl import Row, rows


@dataclass(slots=True)
class Answers:
    """The answers to one prompt, in the order of their lines.

    `group` is its id as it was given, text or a number. `classes` are the given ones, where they were asked for.
    `prompts` are the texts that the answers were asked with, empty where nothing was told.
    """

    group: str | float
    texts: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    harmful: bool = False


def groups(names: Sequence[str], partition: str | None = None) -> list[Answers]:
    """The groups of files in order of first appearance; a group may go on in the next file.

    A line has a `group` and one `response`, text or null, or a list `responses` of them; `harmful` and `prompt` may be
    left out. `partition` is the field with the class of the response, a list where there are several. The groups 1 and
    "1" are two. Raises AnswersError, which names file and line.
    """
    found: dict[str, Answers] = {}
    for row in rows(names):
        group = _group(row)
        answers = found.setdefault(json.dumps(group), Answers(group))
        texts = _texts(row)
        prompt = row.data.get("prompt")
        answers.texts += texts
        answers.prompts += [prompt if isinstance(prompt, str) else ""] * len(texts)
        answers.harmful |= _harmful(row)
        if partition is not None:
            answers.classes += _classes(row, partition, len(texts))
    return list(found.values())


def _group(row: Row) -> str | float:
    if "group" not in row.data:
        meant = nearest("group", map(str, row.data))
        fix = f"rename {plain(meant, 40)!r} to 'group'" if meant else "give every line a 'group', text or a number"
        raise row.wrong("no 'group' in this object", fix)
    value = row.data["group"]
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise row.wrong("'group' is neither text nor a number", "write it as text")
    return value


def _texts(row: Row) -> list[str]:
    """The responses of a line; null is an answer that came empty."""
    if "responses" not in row.data:
        return [row.needed("response") or ""]
    if "response" in row.data:
        raise row.wrong("both 'response' and 'responses'", "give one of them")
    given = row.data["responses"]
    if not isinstance(given, list):
        raise row.wrong("'responses' is no array", "give an array of texts, or one text as 'response'")
    for number, one in enumerate(given):
        if one is not None and not isinstance(one, str):
            raise row.wrong(f"'responses'[{number}] is no text", "write it as text or null")
    return [one or "" for one in given]


def _harmful(row: Row) -> bool:
    value = row.data.get("harmful")
    if value is not None and not isinstance(value, bool):
        raise row.wrong("'harmful' is neither true nor false", "write true, false or null")
    return bool(value)


def _classes(row: Row, name: str, size: int) -> list[str]:
    """The classes of a line's responses, as texts that are equal for equal classes."""
    shown = plain(name, 40)
    if name not in row.data:
        meant = nearest(name, map(str, row.data))
        raise row.wrong(f"no {shown!r} in this object", "name with --partition a field that every line has", meant)
    value = row.data[name]
    given = value if "responses" in row.data else [value]
    if not isinstance(given, list) or len(given) != size:
        counted = f"{len(given)} classes" if isinstance(given, list) else "no array"
        raise row.wrong(f"{shown!r} holds {counted} for {size} responses", "give one class for each response")
    return [_class(one, row, shown) for one in given]


def _class(value: Any, row: Row, shown: str) -> str:
    if not isinstance(value, str | int | float):
        raise row.wrong(f"a class in {shown!r} is neither text nor a number", "write it as text")
    return json.dumps(value)
