"""A user's own phrases of refusal around any detector: what is a refusal in this app, and what is none."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass

from ..records import Call, Choice
from ..text.normalize import straight
from .base import Detector, Label, LabelKind

_OPENING = 400
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class OwnPhrases:
    """Regular expressions: `refusals` are what this app refuses with, `passed_over` text that says nothing of it."""

    refusals: tuple[re.Pattern[str], ...] = ()
    passed_over: tuple[re.Pattern[str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.refusals or self.passed_over)

    @property
    def digest(self) -> str:
        """A hash of all of them, whatever their order."""
        texts = [sorted(one.pattern for one in group) for group in (self.refusals, self.passed_over)]
        return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:_DIGITS]

    def around(self, detector: Detector) -> Detector:
        """The detector with these phrases; itself where there are none."""
        return PhrasedDetector(detector, self) if self else detector


class PhrasedDetector:
    """A detector that is asked what own phrases leave open. Its id holds their hash.

    What `passed_over` fits is blanked before the detector sees the answer. Where it then finds compliance, the first
    fit of `refusals` makes a refusal, or partial when it lies behind the first 400 characters.
    """

    def __init__(self, detector: Detector, phrases: OwnPhrases) -> None:
        self._detector, self._phrases = detector, phrases
        self.id = f"{detector.id}+phrases.{phrases.digest}"

    def label(self, choice: Choice, call: Call) -> Label:
        """The label of one choice of a call."""
        text = straight(choice.text)
        left = self._without(text)
        if left != text:
            choice = dataclasses.replace(choice, text=left)
        found = self._detector.label(choice, call) if left.strip() else Label(LabelKind.COMPLIANCE)
        return found if found.refused else self._own(left) or found

    def _without(self, text: str) -> str:
        """The text with blanks for what is passed over, each other character in its place."""
        for pattern in self._phrases.passed_over:
            text = pattern.sub(lambda match: " " * len(match[0]), text)
        return text

    def _own(self, text: str) -> Label | None:
        spans = [match.span() for pattern in self._phrases.refusals if (match := pattern.search(text))]
        if not spans:
            return None
        span = min(spans)
        opening = len(text) - len(text.lstrip()) + _OPENING
        return Label(LabelKind.REFUSAL if span[0] < opening else LabelKind.PARTIAL, span=span)
