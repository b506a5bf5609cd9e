"""Where the declared alignment text of an app stands: in texts by layer, and in whole calls by tag or endpoint."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from ..records import Call
from .base import Layer, same_endpoint
from .lines import MODERATION, layer_line

Span = tuple[int, int]

# A line of a layer's file with fewer bytes says too little to be recognised alone; 4 Chinese characters say enough.
_SHORTEST_LINE = 12


def call_line(call: Call, layers: Sequence[Layer]) -> str | None:
    """The line that takes all tokens of a call: of its tag, of a layer's endpoint, or moderation; None for none."""
    if call.tag:
        return layer_line(call.tag)
    for layer in layers:
        if layer.endpoint and same_endpoint(call, layer.endpoint):
            return layer_line(layer.name)
    return MODERATION if call.kind == "moderation" else None


def layer_spans(text: str, layer: Layer) -> list[Span]:
    """The characters of a text that belong to a layer, in order.

    The text of a layer's file is looked for as a whole; where it is not found, each of its lines is, so that a changed
    or formatted file still bills what is left of it. White space between two such lines belongs to the layer. What its
    file held before comes first, the longest of it before the rest.
    """
    if layer.pattern is not None:
        return [match.span() for match in layer.pattern.finditer(text) if match.end() > match.start()]
    wholes, lines = _wanted(layer.text, layer.versions)
    for whole in wholes:
        found = list(_occurrences(text, whole))
        if found:
            return found
    return _merged(text, [span for line in lines for span in _occurrences(text, line)])


@functools.lru_cache(maxsize=256)
def _wanted(text: str | None, versions: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of a layer that are looked for as a whole, and their lines, as far as those are looked for apart."""
    texts = (*sorted(versions, key=len, reverse=True), text or "")
    wholes = tuple(whole for whole in (given.strip() for given in texts) if whole)
    lines = {line.strip() for whole in wholes for line in whole.splitlines()}.difference(wholes)
    return wholes, tuple(line for line in lines if len(line.encode("utf-8", "replace")) >= _SHORTEST_LINE)


def _merged(text: str, found: Sequence[Span]) -> list[Span]:
    """Spans in order, those made one that overlap or have nothing but white space between them."""
    merged: list[Span] = []
    for start, end in sorted(found):
        if merged and not text[merged[-1][1] : start].strip():
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _occurrences(text: str, wanted: str) -> Iterator[Span]:
    # Looking for a long text costs much more than for its beginning, which most texts do not contain.
    start = text.find(wanted) if wanted[:_SHORTEST_LINE] in text else -1
    while start >= 0:
        end = start + len(wanted)
        yield start, end
        start = text.find(wanted, end)
