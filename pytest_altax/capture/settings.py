"""What a user may choose about recording: the mode, which hosts are LLM hosts, what may change between runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class RecordMode(StrEnum):
    """What happens to a call of an LLM.

    none: replayed, never live. once: recorded when the cassette does not exist yet, else as none. new_episodes: an
    exact match is replayed, anything else is recorded beside it. stale: the same, but what matches only by its task
    replaces the recording it drifted from. all: always live; the cassette becomes what was recorded this time.
    """

    NONE = "none"
    ONCE = "once"
    NEW_EPISODES = "new_episodes"
    STALE = "stale"
    ALL = "all"


@dataclass(frozen=True)
class CaptureSettings:
    """Settings of capture. `hosts` are more LLM hosts (`host` or `host:port`, with wildcards as in file names).

    Matches of the `ignore` patterns are taken out of the strings of a body before it is compared. With `block_network`
    calls to other hosts are refused too while a cassette is open, unless they stay on this machine (loopback).
    """

    mode: RecordMode = RecordMode.NONE
    hosts: tuple[str, ...] = ()
    ignore: tuple[re.Pattern[str], ...] = ()
    block_network: bool = False
