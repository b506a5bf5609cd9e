"""One refusal label for each choice: what the API says beats the text; an empty answer is a refusal."""

from __future__ import annotations

import dataclasses
import re

from ..records import Call, Choice
from .base import Detector, Label, LabelKind

# A text of four words or more within JSON: less is a name, a place, a number.
_SPEAKS = re.compile(r'[^\s"]+(?:\s[^\s"]+){3}')


def label(choice: Choice, call: Call, detector: Detector) -> Label:
    """The label of a choice.

    A choice that only calls tools is a compliance, unless it refuses in an argument (an app may take its answers by
    tool call). `guardrail_intervened` may mean that personal data was masked in an ordinary answer, so with text the
    text decides. An answer of sound or images alone complies, and so does a question whether a tool may be called.
    """
    text = choice.text.strip()
    masked = bool(text) and "guardrail" in (choice.signal or "")
    if (choice.signal or (choice.refusal or "").strip()) and not masked:
        return Label(LabelKind.REFUSAL, "api")
    if text:
        return detector.label(choice, call)
    if choice.tool_calls:
        return _by_arguments(choice, call, detector)
    return Label(LabelKind.COMPLIANCE) if choice.media else Label(LabelKind.REFUSAL, "empty")


def _by_arguments(choice: Choice, call: Call, detector: Detector) -> Label:
    """The first argument that refuses decides; it has no span in the text of the choice, since that is empty."""
    for tool in choice.tool_calls:
        if _SPEAKS.search(tool.arguments):
            found = detector.label(dataclasses.replace(choice, text=tool.arguments), call)
            if found.refused:
                return dataclasses.replace(found, span=None)
    return Label(LabelKind.COMPLIANCE)
