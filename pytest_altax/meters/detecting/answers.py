"""What of an answer a detector reads: the text behind its thinking, or the texts inside a JSON value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from ..base import Label, LabelKind

_LARGEST_JSON = 100_000
_MOST_VALUES = 50
# Tags behind which the answer proper stands (DeepSeek, Qwen and others; gpt-oss).
_THOUGHT = ("</think>", "</thinking>", "</reasoning>", "<|channel|>final<|message|>", "assistantfinal")
_FENCE = "```json"

Reader = Callable[[str, int], Label]


def label_answer(text: str, read: Reader) -> Label:
    """The label of an answer, by a function that is given a text and the place where it begins.

    Of JSON the texts inside are read in order, and the first that is refused decides; `span` is then left out, since
    they do not stand in the answer as they were read.
    """
    start = _beginning(text)
    if text.startswith(("{", "[", _FENCE), start):
        values = list(islice(_values(text[start:]), _MOST_VALUES))
        if values:
            found = next((one for one in (read(value, 0) for value in values) if one.refused), None)
            return Label(found.kind, score=found.score) if found else Label(LabelKind.COMPLIANCE)
    return read(text, start)


def _beginning(text: str) -> int:
    """Where the answer begins: behind white space and thinking, unless nothing follows that."""
    ends = [place + len(tag) for tag in _THOUGHT if tag in text and (place := text.rfind(tag)) >= 0]
    start = max(ends, default=0)
    if not text[start:].strip():
        start = 0
    return len(text) - len(text[start:].lstrip())


def _values(text: str) -> Iterator[str]:
    if len(text) > _LARGEST_JSON:
        return
    if text.startswith(_FENCE):
        text = text.removeprefix(_FENCE).rpartition("```")[0]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield from _strings(value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)
