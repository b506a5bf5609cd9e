"""The calls of a fixture that several tests share have a cassette and a result of their own."""

from __future__ import annotations

from typing import Any

import pytest

from ..config import Mark
from ..report.model import TestResult
from .metering import measure
from .opening import Place
from .paths import fixture_id
from .state import Run


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

    def enter(self) -> None:
        """Take the calls from here on."""
        self._run.engine.push(self._tape)
        self._inside = True

    def leave(self) -> list[TestResult]:
        """Give the calls back to the test; the result so far, if there is anything new."""
        if self._inside:
            self._inside = False
            self._run.engine.pop(self._tape)
        if self._kept or self._run.settings.keep_failures:
            self._tape.save()
        interactions = self._tape.interactions
        if len(interactions) == self._measured:
            return []
        self._measured = len(interactions)
        notes = tuple(getattr(self._tape, "notes", ()))
        return [
            measure(
                self._run,
                self._tape,
                id=self._id,
                file=self._file,
                line=None,
                mark=Mark(),
                attention=notes,
                shared=True,
            )
        ]

    def keep(self) -> None:
        """Keep the recordings of a fixture that was set up. Fails the test when it swallowed an error of ours."""
        if self._tape.errors:
            pytest.fail(str(self._tape.errors[0]), pytrace=False)
        self._kept = True
        self._tape.save()
