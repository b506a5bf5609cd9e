"""The calls of a fixture that several tests share have a cassette and a result of their own."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ..config import Mark
from ..report.model import TestResult
from .metering import measure
from .opening import Place
from .paths import fixture_id
from .state import Run
from .usage import cassettes_of, with_nothing_unused


class FixtureScope:
    """One instance of a wider-scoped fixture. Between `enter` and `leave` its cassette takes the calls."""

    def __init__(
        self, run: Run, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest, place: Place
    ) -> None:
        self._run = run
        self._id = fixture_id(fixturedef, request)
        self._file = self._id.partition("::")[0] if "::" in fixturedef.baseid else fixturedef.baseid or "conftest.py"
        self._tape = run.tape(place.path, place.settings)
        self._inside = False
        self._kept = False
        self._measured = 0
        self._result: TestResult | None = None

    def enter(self) -> None:
        """Take the calls from here on."""
        self._run.engine.push(self._tape)
        self._inside = True

    def leave(self) -> list[TestResult]:
        """Give the calls back to the test; the result so far, if there is anything new."""
        if self._inside:
            self._inside = False
            self._run.engine.pop(self._tape)
        if self._tape.count == self._measured:
            self._save()
            return []
        self._result = measure(
            self._run,
            self._tape,
            id=self._id,
            file=self._file,
            line=None,
            mark=Mark(),
            attention=tuple(getattr(self._tape, "notes", ())),
            shared=True,
        )
        self._measured = self._tape.count
        self._save()
        # of a fixture that failed, or has not come through yet, nobody knows what it would have played
        return [self._result if self._kept else with_nothing_unused(self._result)]

    def _save(self) -> None:
        if self._kept or self._run.settings.keep_failures:
            self._tape.save()

    def keep(self) -> list[TestResult]:
        """Keep the recordings of a fixture that was set up; its result, with the cassette that is written now.

        Fails the test when the fixture swallowed an error of ours.
        """
        if self._tape.errors:
            pytest.fail(str(self._tape.errors[0]), pytrace=False)
        self._tape.save()
        self._kept = True
        if self._result is None:
            return []
        return [dataclasses.replace(self._result, cassettes=cassettes_of(self._run, self._tape))]
