"""Cassettes of vcrpy in YAML and JSON, and what is written like them: pydantic-ai's, langchain's, go-vcr's.

`interactions` is a list of pairs; langchain keeps `requests` and `responses` in two lists; vcrpy before 1.0 wrote the
list of pairs alone.
"""

from __future__ import annotations

from typing import Any

from ...recording import Recorded
from .messages import Reader
from .pairs import read_pair
from .place import Place

TITLE = "vcrpy and its like (YAML or JSON with interactions)"


def claims(document: Any) -> bool:
    """It has `interactions`, or `requests` and `responses`; or it is a list of pairs."""
    if isinstance(document, dict):
        return "interactions" in document or {"requests", "responses"} <= document.keys()
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, dict) and {"request", "response"} <= first.keys()


def read(root: Place) -> Recorded:
    """Its recordings, in the order of the file."""
    reader = Reader(root.allowance)
    return Recorded([read_pair(reader, *pair) for pair in _pairs(root)], {})


def _pairs(root: Place) -> list[tuple[Place, Place]]:
    if isinstance(root.value, list):
        return [_pair(one) for one in root.items()]
    if "interactions" in root.value:
        interactions = root.get("interactions")
        return [_pair(one) for one in interactions.items()] if interactions else []
    requests, responses = list(root.at("requests").items()), list(root.at("responses").items())
    if len(requests) != len(responses):
        raise root.refuse(f"has {len(requests)} requests and {len(responses)} responses: they do not pair")
    return list(zip(requests, responses, strict=True))


def _pair(one: Place) -> tuple[Place, Place]:
    if isinstance(one.value, dict) and one.get("request") is None:
        fix = "only recordings of HTTP calls can be replayed; for other traffic keep the test out with --no-altax"
        raise one.refuse(f"is no HTTP call: it has no request but {one.shape()}", fix)
    return one.at("request"), one.at("response")
