"""Which calls are calls of an LLM, by their URL: only these are recorded, replayed and walled off."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from ..providers.registry import ProviderRegistry
from ..records import Request
from .secrets.redact import clean_url

Endpoint = tuple[str, int | None]

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Scope:
    """The calls that belong on a tape: those a provider module claims, those to LLM hosts, those it holds already.

    LLM hosts are the known ones and the `patterns` of the settings. `recorded` are the method and URL of recordings: a
    call to one of these places is replayed too, whatever it is for. Any other call passes, and its host with it.
    """

    def __init__(
        self, providers: ProviderRegistry, patterns: Sequence[str], recorded: Iterable[tuple[str, str]]
    ) -> None:
        self._providers = providers
        self._patterns = [pattern.lower() for pattern in patterns]
        self._places = {(method, _place(url)) for method, url in recorded}
        self._endpoints = {place for _, (place, _) in self._places}
        self._let_through: set[Endpoint] = set()
        self._known: dict[tuple[str, str], bool] = {}

    def covers(self, method: str, url: str) -> bool:
        """Whether a call belongs on the tape."""
        key = (method, url)
        if key not in self._known:
            self._known[key] = self._covers(method, url)
        return self._known[key]

    def _covers(self, method: str, url: str) -> bool:
        claimed = self._providers.find(Request(method, url)) is not None
        return claimed or self._is_llm_host(*endpoint(url)) or (method, _place(clean_url(url))) in self._places

    def let_through(self, url: str) -> None:
        """A call to this URL goes out: connections to its host are no attempt to get around the tape."""
        self._let_through.add(endpoint(url))

    def walls_off(self, host: str, port: int | None) -> bool:
        """Whether a connection goes to an LLM host or a recorded one; of one on this machine only the port counts."""
        if is_local(host) or is_address(host):
            return (host, port) in self._endpoints or self._is_llm_host(host, port)
        return self._is_llm_host(host, port) or any(host == known for known, _ in self._endpoints)

    def is_let_through(self, host: str, port: int | None) -> bool:
        """Whether a call to this host went out before."""
        return (host, port) in self._let_through

    def _is_llm_host(self, host: str, port: int | None) -> bool:
        matches = any(self._matches(pattern, host, port) for pattern in self._patterns)
        return matches or self._providers.is_llm_host(host)

    def _matches(self, pattern: str, host: str, port: int | None) -> bool:
        return fnmatchcase(host, pattern) or fnmatchcase(f"{host}:{port}", pattern)


def _place(url: str) -> tuple[Endpoint, str]:
    """Host, port and path: some recorders write the port that goes without saying."""
    address = url.partition("?")[0]
    return endpoint(address), address.partition("://")[2].partition("/")[2]


def endpoint(url: str) -> Endpoint:
    """The host in lower case and the port of a URL, the default port of its scheme where it names none."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None


def is_local(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def is_address(host: str) -> bool:
    """Whether a host is an IP address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
