"""Which clients are patched, and with what.

No client is imported before somebody else does, and vcrpy not before a call needs it.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import ModuleType
from typing import Any

from . import httpx_stubs
from .imports import ImportWatch
from .patching import Router, put

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Clients:
    """The patches of one engine. `router` says on which tape a call belongs."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._undo = ExitStack()
        self._lock = threading.Lock()
        self._adapter: Any = None

    def install(self) -> None:
        """Patch what is imported, and the rest when it will be."""
        watch = ImportWatch(
            {
                "httpx": self._httpx,
                "httpx2": self._httpx,
                "aiohttp": self._aiohttp,
                "urllib3": self._urllib3,
                "http.client": self._http_client,
            }
        )
        watch.start()
        self._undo.callback(watch.stop)

    def uninstall(self) -> None:
        """Undo every patch, last first."""
        self._undo.close()

    def _vcr(self) -> Any:
        """Our adapter of vcrpy, loaded at the first call that needs it: vcrpy imports every client it knows."""
        with self._lock:
            if self._adapter is None:
                from .vcr_adapter import Adapter

                self._adapter = Adapter(self._router)
                self._undo.callback(self._forget)
            return self._adapter

    def _forget(self) -> None:
        self._adapter.close()
        self._adapter = None

    def _httpx(self, module: ModuleType) -> None:
        httpx_stubs.patch(module, self._router, self._undo)

    def _aiohttp(self, module: ModuleType) -> None:
        real = module.ClientSession._request

        @functools.wraps(real)
        async def request(session: Any, method: str, str_or_url: Any, **options: Any) -> Any:
            base = getattr(session, "_base_url", None)
            url = str(base.join(type(base)(str_or_url)) if base is not None else str_or_url)
            # A websocket (the one request that is not read to its end) cannot be replayed: it meets the network wall
            websocket = options.get("read_until_eof") is False
            if websocket or self._router.taking(method, url) is None:
                return await real(session, method, str_or_url, **options)
            return await self._vcr().aiohttp(real, session, method, url, options)

        put(self._undo, module.ClientSession, "_request", request)

    def _urllib3(self, module: ModuleType) -> None:
        pool = module.connectionpool.HTTPConnectionPool
        real = pool.urlopen

        @functools.wraps(real)
        def urlopen(self_: Any, method: str, url: str, *arguments: Any, **options: Any) -> Any:
            # The connections of urllib3 become vcrpy's, which then ask for each request themselves
            if self._router.taking(method, _absolute(self_, url)) is not None:
                self._vcr().urllib3(module)
            return real(self_, method, url, *arguments, **options)

        put(self._undo, pool, "urlopen", urlopen)

    def _http_client(self, module: ModuleType) -> None:
        connection = module.HTTPConnection
        kinds: tuple[Callable[..., Any], ...] = (module.HTTPConnection, module.HTTPSConnection)

        def new(kind: type[Any], *arguments: Any, **options: Any) -> Any:
            # Only the two classes themselves: what is derived from them (urllib3, botocore) has patches of its own
            if kind in kinds and self._router.is_open():
                return self._vcr().http_client(kind, arguments, options)
            return object.__new__(kind)

        connection.__new__ = staticmethod(new)
        # CPython does not forget a __new__ that is deleted: object.__new__ would then refuse the arguments
        self._undo.callback(setattr, connection, "__new__", staticmethod(_plain_new))


def _plain_new(kind: type[Any], *_: Any, **__: Any) -> Any:
    return object.__new__(kind)


def _absolute(pool: Any, url: str) -> str:
    """The full URL of a request to a connection pool; a request through a proxy names it already."""
    if not url.startswith("/"):
        return url
    port = "" if pool.port in (None, _DEFAULT_PORTS.get(pool.scheme)) else f":{pool.port}"
    return f"{pool.scheme}://{pool.host}{port}{url}"
