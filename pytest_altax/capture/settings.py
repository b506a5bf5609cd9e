"""What a user may choose about recording: the mode, which hosts are LLM hosts, what may change between runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..records import Request
from .secrets.rules import SecretRules


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
    `cache` is a folder for what is computed from large cassettes, None for no cache. `run` names this run, the same in
    all its processes: tests that share a cassette add to what the run itself has recorded, in every mode that records.
    `replay_speed` is `instant` or `recorded`: streams then keep the gaps between their chunks.
    With `repeats` a recording that was played may be played again when none is left. `accepts` tells whether a recorded
    request (the second) answers a live one by the rules of another recorder; it is asked last of all.
    """

    mode: RecordMode = RecordMode.NONE
    hosts: tuple[str, ...] = ()
    ignore: tuple[re.Pattern[str], ...] = ()
    block_network: bool = False
    replay_speed: str = "instant"
    cache: Path | None = None
    run: str = ""
    repeats: bool = False
    accepts: Callable[[Request, Request], bool] | None = None
    secrets: SecretRules = field(default_factory=SecretRules)
