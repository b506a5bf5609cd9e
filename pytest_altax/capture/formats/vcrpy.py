"""Cassettes of vcrpy, in YAML and in JSON: a suite that was recorded with vcrpy replays as it is."""

from __future__ import annotations

import re

from ...errors import CassetteError
from ..recording import Recorded

_HEAD = re.compile(rb"(^|\n)interactions:|\"interactions\"\s*:")


def claims(data: bytes) -> bool:
    """It has a key `interactions`; vcrpy writes it first or last, after long bodies."""
    return _HEAD.search(data) is not None


def read(data: bytes, name: str) -> Recorded:
    """The recordings of a vcrpy cassette, read by vcrpy's own safe loaders; nothing in the file is executed."""
    from ..vcr_adapter import CassetteUnreadable, read_cassette

    try:
        return Recorded(read_cassette(data.decode()), {})
    except (CassetteUnreadable, UnicodeDecodeError) as error:
        fix = "record it again with pytest --altax --altax-record=all, or take the file from version control"
        raise CassetteError(f"{name} is not a readable vcrpy cassette", facts=[str(error)], fix=fix) from error
