"""What SDKs wait before they try again or ask how far a job is, when their calls are replayed: nothing.

After a response most are told when to try again by its headers (`exchange.replayed_headers`); a transport error has no
headers, and google-genai reads none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack
from types import ModuleType
from typing import Any

from .patching import Router, put

_Patched = Callable[[Any, Router], Any]


def _no_delay(real: Any, router: Router) -> Any:
    """For what tells how many seconds to wait."""

    @functools.wraps(real)
    def delay(*arguments: Any, **options: Any) -> float:
        return 0.0 if router.is_replaying() else real(*arguments, **options)

    return delay


def _no_nap(real: Any, router: Router) -> Any:
    """For a method that waits so many seconds, in a thread or in a task."""

    @functools.wraps(real)
    def nap(resource: Any, seconds: float) -> Any:
        return real(resource, 0.0 if router.is_replaying() else seconds)

    return nap


def _no_delay_of_tenacity(real: Any, router: Router) -> Any:
    """For what makes the arguments of a `tenacity.Retrying`, of which `wait` tells the seconds."""

    @functools.wraps(real)
    def arguments_of(*arguments: Any, **options: Any) -> Any:
        made = real(*arguments, **options)
        return {**made, "wait": _no_delay(made["wait"], router)} if "wait" in made else made

    return arguments_of


# The methods and functions of each; a release that has none waits as it would live.
DELAYS: dict[str, dict[str, _Patched]] = {
    "anthropic._base_client": {"BaseClient._calculate_retry_timeout": _no_delay},
    "botocore.retryhandler": {"delay_exponential": _no_delay},
    "botocore.retries.standard": {"ExponentialBackoff.delay_amount": _no_delay},
    "google.genai._api_client": {"retry_args": _no_delay_of_tenacity},
    "openai._base_client": {"BaseClient._calculate_retry_timeout": _no_delay},
    "openai._resource": {"SyncAPIResource._sleep": _no_nap, "AsyncAPIResource._sleep": _no_nap},
    "urllib3.util.retry": {"Retry.get_backoff_time": _no_delay},
}


def patch(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch what a module of `DELAYS` has of the names there."""
    for path, patched in DELAYS[module.__name__].items():
        owner, _, name = path.rpartition(".")
        place = getattr(module, owner, None) if owner else module
        real = getattr(place, name, None)
        if real is not None:
            put(undo, place, name, patched(real, router))
