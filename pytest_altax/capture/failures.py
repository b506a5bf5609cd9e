"""Transport errors in a cassette: written as `package.Class: message`, made again as the client would raise them."""

from __future__ import annotations

import http.client
import importlib
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

# Where a class may come from. A cassette is data: it must not choose what is imported or called.
_HOMES = {
    "aiohttp": "aiohttp",
    "builtins": "builtins",
    "http": "http.client",
    "socket": "socket",
    "ssl": "ssl",
    "urllib3": "urllib3.exceptions",
}


def describe(error: BaseException) -> str:
    """A transport error as a cassette keeps it."""
    return f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}: {error}"


def is_transport(error: Exception) -> bool:
    """Whether an error of aiohttp, urllib3 or http.client tells of the network, not of how the client was used."""
    package = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError | http.client.HTTPException) or package in ("aiohttp", "urllib3")


def httpx_error(failure: str, module: ModuleType, request: Any) -> Exception:
    """The error of httpx or httpx2 (`module`), whichever client it was recorded through."""
    _, name, message = _parts(failure)
    kind = getattr(module, name, None)
    if not (isinstance(kind, type) and issubclass(kind, module.TransportError)):
        name = "ConnectError" if "Connect" in name or "gai" in name else "ReadError"
        kind = module.ReadTimeout if "Timeout" in failure else getattr(module, name)
    error: Exception = kind(message, request=request)
    return error


def connection_error(failure: str, connection: Any = None) -> Exception:
    """The error of http.client or urllib3 beneath requests; a builtin one for what was recorded elsewhere."""
    package, name, message = _parts(failure)
    kind = _kind(package, name)
    error: Exception
    if package == "urllib3" and name in ("NewConnectionError", "NameResolutionError"):
        # made as NewConnectionError(connection, message), which puts its connection before the message
        error = _kind("urllib3", "NewConnectionError")(connection, message.rpartition(": ")[2])
    elif kind and (package == "urllib3" or issubclass(kind, OSError | http.client.HTTPException)):
        error = kind(message)
    else:
        error = TimeoutError(message) if "Timeout" in name else ConnectionError(message)
    return error


def aiohttp_error(failure: str, url: str) -> Exception:
    """The error of aiohttp; ClientConnectionError or TimeoutError for what was recorded elsewhere."""
    package, name, message = _parts(failure)
    kind, parts = _kind(package, name), urlsplit(url)
    error: Exception
    if kind and name.startswith("ClientConnector"):
        # its text is made of where it connected to and of the operating system's error
        where = SimpleNamespace(host=parts.hostname, port=parts.port, ssl=True, is_ssl=parts.scheme == "https")
        error = kind(where, OSError(None, message.rpartition("[")[2].rstrip("]")))
    elif kind and (package == "aiohttp" or issubclass(kind, OSError)):
        error = kind(message)
    else:
        base = importlib.import_module("aiohttp").ClientConnectionError
        error = TimeoutError(message) if "Timeout" in name else base(message)
    return error


def _parts(failure: str) -> tuple[str, str, str]:
    kind, _, message = failure.partition(": ")
    package, _, name = kind.rpartition(".")
    return package, name, message


def _kind(package: str, name: str) -> Any:
    """The exception class of that name; None for a name that is none of a transport's."""
    kind = getattr(importlib.import_module(_HOMES[package]), name, None) if package in _HOMES else None
    return kind if isinstance(kind, type) and issubclass(kind, Exception) else None
