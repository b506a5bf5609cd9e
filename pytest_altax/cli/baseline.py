"""`altax baseline`: the commands that look after the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import click

from . import Lazy


class _Group(Lazy):
    summaries: ClassVar[Mapping[str, str]] = {
        "show": "Tell what the baseline holds and how old it is.",
        "update": "Make the last run the baseline.",
    }
    prefix: ClassVar[str] = "baseline_"


@click.group("baseline", cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Bless a run as what later ones are compared with, and look at it."""
