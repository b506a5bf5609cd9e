"""Cassettes of VCR for Ruby and of vcr for R: `http_interactions`, in YAML or JSON."""

from __future__ import annotations

from typing import Any

from ...recording import Recorded
from .messages import Reader
from .pairs import read_pair
from .place import Place

TITLE = "VCR for Ruby and vcr for R (http_interactions)"


def claims(document: Any) -> bool:
    """It has `http_interactions`."""
    return isinstance(document, dict) and "http_interactions" in document


def read(root: Place) -> Recorded:
    """Its recordings, in the order of the file."""
    interactions, reader = root.get("http_interactions"), Reader(root.allowance)
    found = interactions.items() if interactions else ()
    return Recorded([read_pair(reader, one.at("request"), one.at("response")) for one in found], {})
