"""The ledger of a run: lines of the same name added, test by test."""

from __future__ import annotations

from ..report.model import LedgerLine
from ..stats.summing import ExactSum


class LedgerSum:
    """The sums of the ledger lines of tests that come one by one."""

    def __init__(self) -> None:
        self._sums: dict[str, _Line] = {}

    def add(self, line: LedgerLine) -> None:
        """Add a line of a test."""
        found = self._sums.get(line.name)
        if found is None:
            found = self._sums[line.name] = _Line()
        found.add(line)

    def lines(self) -> tuple[LedgerLine, ...]:
        """The lines of the run, in the order of their names."""
        return tuple(self._sums[name].line(name) for name in sorted(self._sums))


class _Line:
    """The sums of one line, now and as recorded."""

    def __init__(self) -> None:
        self._tokens = self._was = 0
        self._taxed = self._priced = False
        self._usd = ExactSum()

    def add(self, line: LedgerLine) -> None:
        self._tokens += line.tokens
        self._was += line.tokens if line.was is None else line.was
        self._taxed |= line.taxed
        if line.usd is not None:
            self._usd.add(line.usd)
            self._priced = True

    def line(self, name: str) -> LedgerLine:
        was = self._was if self._was != self._tokens else None
        return LedgerLine(name, self._tokens, was, self._taxed, float(self._usd) if self._priced else None)
