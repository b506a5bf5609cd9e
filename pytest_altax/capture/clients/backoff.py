"""What SDKs wait before they try again after a transport error, when the error is replayed: nothing.

After a response they are told by its headers (`exchange.replayed_headers`); an error has none.
"""

from __future__ import annotations

import functools
from contextlib import ExitStack
from types import ModuleType
from typing import Any

from .patching import Router, put

# The method or function of each that tells how many seconds to wait; a release that has none waits as it would live.
DELAYS = {
    "anthropic._base_client": ("BaseClient", "_calculate_retry_timeout"),
    "botocore.retryhandler": (None, "delay_exponential"),
    "botocore.retries.standard": ("ExponentialBackoff", "delay_amount"),
    "openai._base_client": ("BaseClient", "_calculate_retry_timeout"),
    "urllib3.util.retry": ("Retry", "get_backoff_time"),
}


def patch(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch the method of a module of `DELAYS`."""
    owner, name = DELAYS[module.__name__]
    place = getattr(module, owner, None) if owner else module
    real = getattr(place, name, None)
    if real is not None:
        put(undo, place, name, _no_delay(real, router))


def _no_delay(real: Any, router: Router) -> Any:
    @functools.wraps(real)
    def delay(*arguments: Any, **options: Any) -> float:
        return 0.0 if router.is_replaying() else real(*arguments, **options)

    return delay
