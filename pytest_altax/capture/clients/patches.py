"""Which modules are patched, and with what. None is imported before somebody else does."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import ExitStack
from types import ModuleType

from .backoff import DELAYS
from .imports import ImportWatch
from .patching import Router

Patch = Callable[[ModuleType, Router, ExitStack], None]

# Which function here patches which module. Most runs meet few of them: each is imported when its client has been.
PATCHES: dict[str, str] = {
    "httpx": "httpx_stubs.patch",
    "httpx2": "httpx_stubs.patch",
    "aiohttp": "aiohttp_stubs.patch",
    "urllib3": "urllib3_stubs.patch",
    "http.client": "http_stubs.patch",
    "asyncio.base_events": "loops.patch_asyncio",
    "uvloop": "loops.patch_uvloop",
    "multiprocessing.process": "spawned.patch",
    **dict.fromkeys(DELAYS, "backoff.patch"),
}


class Clients:
    """The patches of one engine. `router` says on which tape a call belongs."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._undo = ExitStack()

    def install(self) -> None:
        """Patch what is imported, and the rest when it will be."""
        watch = ImportWatch({name: self._patching(patch) for name, patch in PATCHES.items()})
        watch.start()
        self._undo.callback(watch.stop)

    def _patching(self, name: str) -> Callable[[ModuleType], None]:
        def patch(module: ModuleType) -> None:
            ours, _, function = name.partition(".")
            patching: Patch = getattr(importlib.import_module(f".{ours}", __package__), function)
            patching(module, self._router, self._undo)

        return patch

    def uninstall(self) -> None:
        """Undo every patch, last first."""
        self._undo.close()
