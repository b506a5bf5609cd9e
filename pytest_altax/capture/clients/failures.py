"""Transport errors in a cassette: written as `package.Class: message`, made again as the client would raise them.

What a client was given by its operating system is kept where it can be seen (a reset, a time-out, an end too early):
it is then given the same again and makes its own errors of it. A recording of one client can be replayed by another.
"""

from __future__ import annotations

import asyncio
import errno
import http.client
import importlib
import re
import socket
import ssl
from enum import Enum, auto
from types import ModuleType
from typing import Any

# Where a class may come from. A cassette is data: it must not choose what is imported or called.
_HOMES = {
    "aiohttp": "aiohttp",
    "builtins": "builtins",
    "http": "http.client",
    "socket": "socket",
    "ssl": "ssl",
    "urllib3": "urllib3.exceptions",
}
# Says of an error that could come later too (a time-out) that no connection had been made.
_CONNECTING = " (connecting)"
_ERRNO = re.compile(r"\[Errno (-?\d{1,6})\] (.*)", re.DOTALL)
# how OpenSSL's errors begin: [library: reason]
_SSL = re.compile(r"\[(\w+): (\w+)\]")
_MORE = re.compile(r"(\d{1,15}) more expected")


class Fault(Enum):
    """What went wrong, whatever client tells of it."""

    CONNECT = auto()
    CONNECT_TIMEOUT = auto()
    LOOKUP = auto()
    TLS = auto()
    TIMEOUT = auto()
    # the connection closed before the response; in the middle of its body
    GONE = auto()
    CUT = auto()
    RESET = auto()
    # the app did not wait any longer: asyncio.timeout, a task group, a guardrail that refused first
    CANCELLED = auto()


_FAULTS = (
    (Fault.CANCELLED, re.compile("^Cancelled")),
    (Fault.CONNECT_TIMEOUT, re.compile("Connect(ion)?Timeout|PoolTimeout")),
    (Fault.TIMEOUT, re.compile("(?i)timeout")),
    (Fault.LOOKUP, re.compile("gaierror|NameResolution|DNS")),
    (Fault.TLS, re.compile("SSL|Certificate")),
    (
        Fault.CONNECT,
        re.compile("ConnectError|NewConnection|ClientConnector|ConnectionRefused|Proxy(Connection)?Error$"),
    ),
    (Fault.GONE, re.compile("Disconnected")),
    (Fault.CUT, re.compile("IncompleteRead|Payload|ProtocolError")),
)
_BEFORE_ANY_BYTE = frozenset({Fault.CONNECT, Fault.CONNECT_TIMEOUT, Fault.LOOKUP, Fault.TLS})


def describe(error: BaseException, *, connecting: bool = False) -> str:
    """A transport error as a cassette keeps it; `connecting` when it came before there was a connection."""
    package, message = type(error).__module__.partition(".")[0], str(error)
    if package == "urllib3" and error.args and isinstance(error.args[-1], str):
        # some have the connection, which differs each time, as their first argument
        message = error.args[-1]
    mark = _CONNECTING if connecting and package in ("builtins", "ssl") else ""
    return f"{package}.{type(error).__name__}: {message}{mark}"


def is_transport(error: BaseException) -> bool:
    """Whether an error of aiohttp, urllib3 or http.client tells of the network, not of how the client was used."""
    package = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError | http.client.HTTPException) or package in ("aiohttp", "urllib3")


def is_cancellation(error: BaseException) -> bool:
    """Whether a task is being cancelled, by asyncio or trio."""
    return isinstance(error, asyncio.CancelledError) or type(error).__name__ == "Cancelled"


def is_cancelled(failure: str | None) -> bool:
    """Whether the app cancelled the call before it came to its end."""
    return failure is not None and fault(failure) is Fault.CANCELLED


def fault(failure: str) -> Fault:
    """The fault that a failure of a cassette tells of."""
    _, name, message = _parts(failure)
    found = next((one for one, names in _FAULTS if names.search(name)), Fault.RESET)
    if failure.endswith(_CONNECTING) and found not in _BEFORE_ANY_BYTE:
        return Fault.CONNECT_TIMEOUT if found is Fault.TIMEOUT else Fault.CONNECT
    return Fault.TLS if found is Fault.CONNECT and "[SSL" in message else found


def is_connecting(failure: str) -> bool:
    """Whether there never was a connection."""
    return fault(failure) in _BEFORE_ANY_BYTE


def missing(failure: str) -> int:
    """How many bytes were still expected when a body ended too early; 0 if nobody knew."""
    more = _MORE.search(failure) if fault(failure) is Fault.CUT else None
    return int(more[1]) if more else 0


_HTTPX = {
    Fault.CONNECT: "ConnectError",
    Fault.CONNECT_TIMEOUT: "ConnectTimeout",
    Fault.LOOKUP: "ConnectError",
    Fault.TLS: "ConnectError",
    Fault.TIMEOUT: "ReadTimeout",
    Fault.GONE: "RemoteProtocolError",
    Fault.CUT: "RemoteProtocolError",
    Fault.RESET: "ReadError",
    Fault.CANCELLED: "ReadTimeout",
}


def httpx_error(failure: str, module: ModuleType, request: Any) -> Exception:
    """The error of httpx or httpx2 (`module`), whichever client it was recorded through."""
    _, name, message = _parts(failure)
    kind = getattr(module, name, None)
    if not (isinstance(kind, type) and issubclass(kind, module.TransportError)):
        kind = getattr(module, _HTTPX[fault(failure)])
    error: Exception = kind(message, request=request)
    return error


def socket_error(failure: str) -> Exception | None:
    """What a socket raises; None where it just ends."""
    package, name, message = _parts(failure)
    found, kind = fault(failure), _kind(package, name)
    if found in (Fault.GONE, Fault.CUT):
        return None
    if package not in ("aiohttp", "urllib3") and kind and issubclass(kind, OSError | http.client.HTTPException):
        return _of_the_system(kind, message)
    if found in (Fault.TIMEOUT, Fault.CONNECT_TIMEOUT, Fault.CANCELLED):
        return TimeoutError("timed out")
    if found is Fault.LOOKUP:
        return socket.gaierror(socket.EAI_NONAME, message)
    if found is Fault.TLS:
        return _of_the_system(_ssl_kind(message), message)
    refused = found is Fault.CONNECT
    kind, number = (ConnectionRefusedError, errno.ECONNREFUSED) if refused else (ConnectionResetError, errno.ECONNRESET)
    return _of_the_system(kind, message, number)


def urllib3_error(failure: str, pool: Any, connection: Any) -> Exception:
    """The error that urllib3 raises of a connection it could not make."""
    module = importlib.import_module("urllib3.exceptions")
    _, name, message = _parts(failure)
    # the text of some begins with their connection, made anew
    text = message.partition("): ")[2] or message.partition(">: ")[2] or message
    error: Exception
    if fault(failure) is Fault.TLS:
        error = module.SSLError(_of_the_system(_ssl_kind(message), message))
    elif fault(failure) is Fault.CONNECT_TIMEOUT:
        error = module.ConnectTimeoutError(connection, text)
    elif name == "NameResolutionError" and hasattr(module, name):
        error = module.NameResolutionError(pool.host, connection, message.rpartition("' (")[2].removesuffix(")"))
    elif name == "ProxyError":
        error = module.ProxyError("Unable to connect to proxy", OSError(message))
    else:
        error = module.NewConnectionError(connection, text)
    return error


# Errors of aiohttp's that are made of where they connected to and of what the operating system said.
_OF_A_PLACE = (
    "ClientConnectorCertificateError",
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ClientConnectorSSLError",
    "ClientProxyConnectionError",
)


def aiohttp_connect_error(failure: str, key: Any) -> Exception:
    """The error that aiohttp's connector raises of a connection (`key`) it could not make."""
    module = importlib.import_module("aiohttp")
    package, name, message = _parts(failure)
    found = fault(failure)
    if found is Fault.CONNECT_TIMEOUT:
        return TimeoutError()
    kind = _kind("aiohttp", name) if package == "aiohttp" else None
    reason = (message.rpartition(" [")[2] if kind else message).rstrip("]")
    if kind is None or name not in _OF_A_PLACE:
        names = {Fault.LOOKUP: "ClientConnectorDNSError", Fault.TLS: "ClientConnectorSSLError"}
        kind = getattr(module, names.get(found, ""), module.ClientConnectorError)
    if issubclass(kind, module.ClientConnectorCertificateError):
        error: Exception = kind(key, ssl.SSLCertVerificationError(1, reason.partition("'")[2].rpartition("'")[0]))
    else:
        error = kind(key, OSError(None, reason))
    return error


def aiohttp_read_error(failure: str) -> Exception | None:
    """What aiohttp's protocol is to fail with: its own time-outs, an OSError of its transport, None for the end."""
    package, name, message = _parts(failure)
    kind = _kind("aiohttp", name) if package == "aiohttp" else None
    if fault(failure) in (Fault.TIMEOUT, Fault.CANCELLED):
        module = importlib.import_module("aiohttp")
        timeout = getattr(module, "SocketTimeoutError", module.ServerTimeoutError)
        kind = TimeoutError if package == "builtins" and not message else kind or timeout
        return kind(message) if message else kind()
    return socket_error(failure)


def _ssl_kind(message: str) -> type[ssl.SSLError]:
    return ssl.SSLCertVerificationError if "CERTIFICATE_VERIFY_FAILED" in message else ssl.SSLError


def _of_the_system(kind: Any, message: str, number: int | None = None) -> Exception:
    found = _ERRNO.fullmatch(message)
    if found and issubclass(kind, OSError):
        number, message = int(found[1]), found[2]
    elif issubclass(kind, ssl.SSLError):
        number = 1
    error: Exception = kind(message) if number is None else kind(number, message)
    if isinstance(error, ssl.SSLError) and (told := _SSL.match(message)):
        error.library, error.reason = told.groups()
    return error


def _parts(failure: str) -> tuple[str, str, str]:
    kind, _, message = failure.removesuffix(_CONNECTING).partition(": ")
    package, _, name = kind.strip(": ").rpartition(".")
    return package, name, message


def _kind(package: str, name: str) -> Any:
    """The exception class of that name; None for a name that is none of a transport's."""
    kind = getattr(importlib.import_module(_HOMES[package]), name, None) if package in _HOMES else None
    return kind if isinstance(kind, type) and issubclass(kind, Exception) else None
