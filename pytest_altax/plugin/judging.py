"""A detector that asks a model: its calls go on the cassette of the test, tagged `judge`, one for each answer."""

from __future__ import annotations

from collections.abc import Hashable
from weakref import WeakKeyDictionary

from ..capture import Engine, Tape
from ..capture.context import in_session, tagged
from ..meters.base import Detector, Label
from ..meters.lines import JUDGE
from ..records import Call, Choice

Known = dict[Hashable, Label]


class Judges:
    """Detectors of third parties, any of which may ask a model, one for each tape; labels are remembered by tape."""

    def __init__(self, engine: Engine, detector: Detector) -> None:
        self._engine, self._detector = engine, detector
        self._known: WeakKeyDictionary[Tape, Known] = WeakKeyDictionary()

    def on(self, tape: Tape) -> Detector:
        """The detector, with its calls on this tape."""
        return Judge(self._engine, self._detector, tape, self._known.setdefault(tape, {}))


class Judge:
    """A detector whose calls are recorded and replayed with those of the test that it labels the answers of.

    A test is measured more than once; equal answers to equal messages are labelled at the first of them.
    """

    def __init__(self, engine: Engine, detector: Detector, tape: Tape, known: Known) -> None:
        self._engine, self._detector, self._tape, self._known = engine, detector, tape, known
        self.id = detector.id

    def label(self, choice: Choice, call: Call) -> Label:
        """The label of one choice of a call."""
        key = (choice.text, choice.refusal, choice.reasoning, choice.tool_calls, call.messages, call.model)
        if key not in self._known:
            self._known[key] = self._asked(choice, call)
        return self._known[key]

    def _asked(self, choice: Choice, call: Call) -> Label:
        with self._engine.alone(self._tape), tagged(JUDGE), in_session(JUDGE):
            try:
                found: object = self._detector.label(choice, call)
                if not isinstance(found, Label):
                    raise TypeError(f"a Label was expected, not {type(found).__name__}")
                return found
            except Exception as error:
                error.add_note(f"while the refusal detector {self.id} labelled an answer")
                raise
