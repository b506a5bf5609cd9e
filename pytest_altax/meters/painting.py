"""The texts of a request, their tokens painted with the lines they stand on: later paint covers earlier."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from .base import Layer
from .duplicates import duplicates
from .history import History
from .layers import layer_spans
from .lines import DUPLICATE, RESENT, layer_line
from .pieces import Piece, Text, Texts

Run = tuple[str, int]
Span = tuple[int, int]


class Painting:
    """A text of so many tokens, which stand on `line` until they are painted otherwise."""

    def __init__(self, tokens: int, line: str) -> None:
        self._tokens = tokens
        self._starts, self._lines = [0], [line]

    def paint(self, spans: Iterable[Span], line: str) -> None:
        """Put the tokens (start, end) of each span on a line."""
        for start, end in spans:
            if start < end:
                self._paint(start, end, line)

    def _paint(self, start: int, end: int, line: str) -> None:
        first, behind = bisect_left(self._starts, start), bisect_left(self._starts, end)
        follows = self._starts[behind] if behind < len(self._starts) else self._tokens
        rest = [(end, self._lines[behind - 1])] if end < follows else []
        self._starts[first:behind] = [start, *(place for place, _ in rest)]
        self._lines[first:behind] = [line, *(name for _, name in rest)]

    def runs(self) -> Iterator[Run]:
        """The lines in the order of the tokens, each with the number of neighbouring tokens on it."""
        start = 0
        ends = zip(self._lines, [*self._lines[1:], ""], [*self._starts[1:], self._tokens], strict=True)
        for line, following, end in ends:
            if line != following:
                yield line, end - start
                start = end


def _runs(text: Text, line: str, painted: Sequence[tuple[Sequence[Span], str]]) -> Iterable[Run]:
    """The runs of a text that stands on `line`, painted with others, the first of them first."""
    if not painted:
        return ((line, len(text)),)
    painting = Painting(len(text), line)
    for spans, over in painted:
        painting.paint(spans, over)
    return painting.runs()


class Painter:
    """Paints requests: `resent` over task and context, layers over that, `duplicate` over all; schemas are left alone.

    The layer declared first comes out on top. What a layer marks in a text is remembered, since texts come again.
    """

    def __init__(self, texts: Texts, layers: Sequence[Layer]) -> None:
        self._texts = texts
        self._layers = [layer for layer in reversed(layers) if layer.text or layer.pattern]
        self._marked: dict[tuple[str, str], list[Span]] = {}

    def runs(
        self, pieces: Sequence[Piece], model: str | None, history: History | None = None, group: str = ""
    ) -> list[Run]:
        """The lines of a request in the order of its tokens, in our own unscaled counts.

        `history` is what the session sent before, `group` the prompt group of the request.
        """
        texts = [self._texts.get(piece.text, model) for piece in pieces]
        copies = iter(duplicates([text for piece, text in zip(pieces, texts, strict=True) if piece.is_content]))
        whole = history.whole([piece.key for piece in pieces], group) if history else ()
        runs: list[Run] = []
        for number, (piece, text) in enumerate(zip(pieces, texts, strict=True)):
            if not piece.is_content:
                runs.append((piece.line, len(text)))
                continue
            again = [(0, len(text))] if number in whole else []
            if not again and piece.key and history:
                again = history.spans(piece, model, group)
            painted = [(again, RESENT), *self._layered(text), (next(copies), DUPLICATE)]
            runs.extend(_runs(text, piece.line, [(spans, line) for spans, line in painted if spans]))
        return runs

    def _layered(self, text: Text) -> list[tuple[list[Span], str]]:
        marked = ((layer_line(layer.name), self._marks(layer, text.text)) for layer in self._layers)
        return [([text.span(*mark) for mark in marks], line) for line, marks in marked if marks]

    def _marks(self, layer: Layer, text: str) -> list[Span]:
        key = (layer.name, text)
        if key not in self._marked:
            self._marked[key] = layer_spans(text, layer)
        return self._marked[key]
