"""The error of a cassette that is not written because it would hold a secret."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import CassetteError
from .place import line_of, path_of
from .scan import Finding

_MOST = 10
FIX = (
    "take it out with [tool.pytest-altax.secrets] redact = ['a regular expression that fits it'], "
    "or say that it is none with allow = ['...']"
)


def refusal(data: bytes, found: Sequence[Finding]) -> CassetteError:
    """The error that names where the findings lie in the bytes that were to be written, and shows none of them."""
    what = "1 likely secret" if len(found) == 1 else f"{len(found)} likely secrets"
    facts = [described(data, one) for one in found[:_MOST]]
    more = [f"and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return CassetteError(f"{what} would be written", facts=[*facts, *more], fix=FIX)


def described(data: bytes, one: Finding) -> str:
    """A finding on one line: its place in the file, its kind and the hint."""
    return f"{path_of(data, one.start)} (line {line_of(data, one.start)}): {one.kind}, {one.hint}"
