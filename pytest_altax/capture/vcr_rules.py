"""What a cassette context of vcrpy would have done: where its files lie, and which recording answers a request.

Nothing here opens the cassette or patches a client; vcrpy is asked for its settings alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ..records import Request


class Rules(NamedTuple):
    """The file of a cassette, further ones that are only read, and how requests are compared.

    `accepts` takes a live and a recorded request; `repeats` says that a recording may be played more than once.
    """

    path: Path
    more: tuple[Path, ...]
    repeats: bool
    accepts: Callable[[Request, Request], bool]


def rules_of(context: Any) -> Rules:
    """The rules of what `vcr.VCR().use_cassette` gave, its matchers and filters included."""
    settings = context._args_getter()
    transform = settings.get("path_transformer") or (lambda path: path)
    extra = getattr(settings.get("persister"), "extra_paths", ())
    return Rules(
        Path(transform(settings["path"])),
        tuple(dict.fromkeys(Path(path) for path in extra)),
        bool(settings.get("allow_playback_repeats")),
        _comparison(settings["match_on"], settings.get("before_record_request") or (lambda request: request)),
    )


def _comparison(matchers: Any, filtered: Callable[[Any], Any]) -> Callable[[Request, Request], bool]:
    from vcr.matchers import requests_match  # type: ignore[import-untyped]

    @lru_cache(maxsize=1)
    def kept(live: Request) -> Any:
        # What vcrpy would have written: a live request is compared in the form that its filters leave
        return filtered(_as_vcr(live))

    def accepts(live: Request, recorded: Request) -> bool:
        request = kept(live)
        return request is not None and bool(requests_match(request, _as_vcr(recorded), matchers))

    return accepts


def _as_vcr(request: Request) -> Any:
    from vcr.request import Request as VcrRequest  # type: ignore[import-untyped]

    return VcrRequest(request.method, request.url, request.body or None, dict(request.headers))
