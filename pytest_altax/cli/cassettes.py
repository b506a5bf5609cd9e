"""`altax cassettes`: the commands that look after recordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import click

from . import Lazy


class _Group(Lazy):
    summaries: ClassVar[Mapping[str, str]] = {
        "check": "Look for secrets, and for cassettes that do not load. Exit 1 when there are any.",
        "prune": "Remove the recordings that the last whole run never played.",
        "scrub": "Rewrite cassettes without their secrets.",
    }
    prefix: ClassVar[str] = "cassettes_"


@click.group("cassettes", cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Check recordings for secrets, take them out, remove what is never played."""
