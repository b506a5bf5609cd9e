"""The refusal detectors that are built in, by the name that `detector = "NAME"` selects; the label of a bare text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..base import Detector, Label
from .hybrid import HybridDetector
from .lexical import LexicalDetector

DEFAULT = "hybrid"
DETECTORS: Mapping[str, Detector] = MappingProxyType({"hybrid": HybridDetector(), "lexical": LexicalDetector()})
_BARE = HybridDetector()


def label_text(text: str) -> Label:
    """The label that the default detector gives a bare answer, as if no API had said anything of it."""
    return _BARE.label_text(text)
