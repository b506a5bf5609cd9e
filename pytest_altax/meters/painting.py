"""The texts of a request, their tokens painted with the lines they stand on: later paint covers earlier."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .base import Layer
from .duplicates import duplicates
from .history import History
from .layers import layer_spans
from .lines import DUPLICATE, RESENT, layer_line
from .pieces import Piece, Text, Texts

Run = tuple[str, int]
_RUN = re.compile(rb"(.)\1*", re.DOTALL)
Span = tuple[int, int]


class Painting:
    """A text whose tokens stand on `line` until they are painted otherwise."""

    def __init__(self, text: Text, line: str) -> None:
        self.text = text
        self._lines = [line]
        self._codes: bytearray | None = None

    def paint(self, spans: Iterable[Span], line: str) -> None:
        """Put the tokens (start, end) of each span on a line."""
        for start, end in spans:
            if self._codes is None:
                self._codes = bytearray(len(self.text))
            if line not in self._lines:
                self._lines.append(line)
            self._codes[start:end] = bytes([self._lines.index(line)]) * (end - start)

    def runs(self) -> Iterator[Run]:
        """The lines in the order of the tokens, each with the number of neighbouring tokens on it."""
        if self._codes is None:
            yield self._lines[0], len(self.text)
        else:
            for run in _RUN.finditer(self._codes):
                yield self._lines[run[0][0]], run.end() - run.start()


class Painter:
    """Paints requests: `resent` over task and context, layers over that, `duplicate` over all; schemas are left alone.

    The layer declared first comes out on top. What a layer marks in a text is remembered, since texts come again.
    """

    def __init__(self, texts: Texts, layers: Sequence[Layer]) -> None:
        self._texts = texts
        self._layers = [layer for layer in reversed(layers) if layer.text or layer.pattern]
        self._marked: dict[tuple[str, str], list[Span]] = {}

    def runs(self, pieces: Sequence[Piece], model: str | None, history: History, group: str) -> list[Run]:
        """The lines of a request in the order of its tokens, in our own unscaled counts."""
        texts = [self._texts.get(piece.text, model) for piece in pieces]
        content = [number for number, piece in enumerate(pieces) if piece.is_content]
        copies = dict(zip(content, duplicates([texts[number] for number in content]), strict=True))
        whole = history.whole([piece.key for piece in pieces], group)
        runs: list[Run] = []
        for number, (piece, text) in enumerate(zip(pieces, texts, strict=True)):
            painting = Painting(text, piece.line)
            if number in whole:
                painting.paint([(0, len(text))], RESENT)
            elif piece.key:
                painting.paint(history.spans(piece, model, group), RESENT)
            if piece.is_content:
                self._paint_layers(painting)
                painting.paint(copies[number], DUPLICATE)
            runs.extend(painting.runs())
        return runs

    def _paint_layers(self, painting: Painting) -> None:
        text = painting.text
        for layer in self._layers:
            painting.paint((text.span(*span) for span in self._marks(layer, text.text)), layer_line(layer.name))

    def _marks(self, layer: Layer, text: str) -> list[Span]:
        key = (layer.name, text)
        if key not in self._marked:
            self._marked[key] = layer_spans(text, layer)
        return self._marked[key]
