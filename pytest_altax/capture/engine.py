"""The engine: patches every client once, and routes each LLM call to the tape that is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import AltaxError, NetworkBlocked
from ..providers.registry import ProviderRegistry
from .clients import Clients
from .differ import printable
from .hosts import Scope, endpoint, is_local
from .patching import is_live
from .redact import Redactor, kept_url
from .settings import CaptureSettings, RecordMode
from .tape import Tape
from .wall import guards

_KNOWN = "aiohttp, botocore, httpx, httpx2, requests, urllib3 and http.client"


class Engine:
    """One for a process. Tapes nest: the one pushed last gets the calls, of whatever thread or task."""

    def __init__(self, settings: CaptureSettings, providers: ProviderRegistry) -> None:
        self.settings = settings
        self.providers = providers
        self.redactor = Redactor()
        self._tapes: list[Tape] = []
        # what is a call of an LLM while no tape is open
        self._scope = Scope(providers, settings.hosts, [])
        self._clients = Clients(self)

    def install(self) -> None:
        """Patch the clients, those not imported yet as soon as they are, and put up the network wall."""
        self._clients.install()
        guards().append(self._guard)

    def uninstall(self) -> None:
        """Undo `install`."""
        guards().remove(self._guard)
        self._clients.uninstall()

    def tape(self, path: Path) -> Tape:
        """A tape for the cassette at `path`, which is read if it exists. Raises CassetteError."""
        return Tape(path, self.settings, self.providers, self.redactor)

    def push(self, tape: Tape) -> None:
        """Let a tape take the calls from here on."""
        self._tapes.append(tape)

    def pop(self, tape: Tape) -> None:
        """Take a tape away again, with any that were pushed after it and left there."""
        if tape in self._tapes:
            del self._tapes[self._tapes.index(tape) :]

    @contextmanager
    def playing(self, tape: Tape) -> Iterator[Tape]:
        """Let a tape take the calls made inside."""
        self.push(tape)
        try:
            yield tape
        finally:
            self.pop(tape)

    def is_open(self) -> bool:
        """Whether any tape takes calls now."""
        return bool(self._tapes)

    def taking(self, method: str, url: str) -> Tape | None:
        """The tape that a call belongs on; None when it is to pass untouched. Raises NetworkBlocked."""
        if is_live():
            return None
        tape = self._tapes[-1] if self._tapes else None
        if tape is None:
            if self.settings.mode is RecordMode.NONE and self._scope.covers(method, url):
                raise _without_test(method, url)
            return None
        covered = tape.scope.covers(method, url)
        if not covered and self.settings.block_network and not is_local(endpoint(url)[0]):
            raise tape.refuse(_blocked(f"{method} {kept_url(url)}", endpoint(url)[0]))
        if not (covered and tape.replaying):
            tape.scope.let_through(url)
        return tape if covered else None

    def _guard(self, host: str, port: int | None, connecting: bool) -> None:
        tape = self._tapes[-1] if self._tapes else None
        if tape is None or tape.scope.is_let_through(host, port):
            return
        if tape.replaying and tape.scope.walls_off(host, port):
            raise tape.refuse(_bypassed(host, port, tape))
        # While recording, an address may be that of an LLM host which was looked up before: names alone are refused
        if self.settings.block_network and not is_local(host) and (tape.replaying or not connecting):
            raise tape.refuse(_blocked(f"a connection to {host}", host))


def _bypassed(host: str, port: int | None, tape: Tape) -> AltaxError:
    where = printable(f"{host}:{port}" if port else host)
    return NetworkBlocked(
        f"a connection to {where} was attempted while calls are replayed; no socket was opened",
        facts=[f"cassette {tape.path}", f"what can be replayed goes through {_KNOWN}"],
        fix="make the call through one of these clients, or leave the test out with --no-altax",
    )


def _without_test(method: str, url: str) -> AltaxError:
    return NetworkBlocked(
        f"{printable(f'{method} {kept_url(url)}')} was refused: no test was running",
        facts=["calls are replayed from the cassette of a test (mode none), none goes out"],
        fix="make the call in a test or a fixture",
    )


def _blocked(what: str, host: str) -> AltaxError:
    name = printable(host)
    return NetworkBlocked(
        f"{printable(what)} was refused: block-network is on and {name} is no LLM host",
        fix=f'name it in [tool.pytest-altax] hosts = ["{name}"] if it is one, or set block-network = false',
    )
