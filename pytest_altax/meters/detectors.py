"""The refusal detectors that are built in, by the name that `detector = "NAME"` selects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .base import Detector
from .lexical import LexicalDetector

DETECTORS: Mapping[str, Detector] = MappingProxyType({"lexical": LexicalDetector()})
