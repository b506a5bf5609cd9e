"""The engine: patches every client once, and routes each LLM call to the tape that is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import AltaxError, NetworkBlocked
from ..providers.registry import ProviderRegistry
from .clients.callers import library
from .clients.patches import Clients
from .clients.patching import is_live
from .clients.wall import guards
from .hosts import Scope, endpoint, is_local
from .matching.differ import printable
from .secrets.redact import Redactor
from .settings import CaptureSettings, RecordMode
from .tape import Tape

_KNOWN = "aiohttp, botocore, httpx, httpx2, requests, urllib3 and http.client"


class Engine:
    """One for a process. Tapes nest: the one pushed last gets the calls, of whatever thread or task.

    `raised` makes of an error what is raised in its place, an error of the same kind.
    """

    def __init__(
        self,
        settings: CaptureSettings,
        providers: ProviderRegistry,
        raised: Callable[[AltaxError], AltaxError] = lambda error: error,
    ) -> None:
        self.settings = settings
        self.providers = providers
        self.redactor = Redactor(settings.secrets)
        self._raised = raised
        self._tapes: list[Tape] = []
        # what is a call of an LLM while no tape is open
        self._scope = Scope(providers, settings.hosts, [])
        self._clients = Clients(self)

    def install(self) -> None:
        """Patch the clients, those not imported yet as soon as they are, and put up the network wall."""
        self._clients.install()
        guards().append(self)

    def uninstall(self) -> None:
        """Undo `install`."""
        guards().remove(self)
        self._clients.uninstall()

    def tape(self, path: Path, settings: CaptureSettings | None = None, more: Sequence[Path] = ()) -> Tape:
        """A tape for the cassette at `path`, which is read if it exists, under other settings than all where given.

        `more` are further cassettes, which are only read. Raises CassetteError.
        """
        chosen = self.settings if settings is None else settings
        known = chosen.secrets == self.settings.secrets
        redactor = self.redactor if known else self.redactor.under(chosen.secrets)
        return Tape(path, chosen, self.providers, redactor, more, self._raised)

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

    @contextmanager
    def alone(self, tape: Tape) -> Iterator[None]:
        """Let a tape take the calls made inside, whatever tapes are open."""
        open_, self._tapes = self._tapes, [tape]
        try:
            yield
        finally:
            self._tapes = open_

    def is_open(self) -> bool:
        """Whether any tape takes calls now."""
        return bool(self._tapes)

    def is_replaying(self) -> bool:
        """Whether the tape that takes calls now lets none of an LLM out."""
        return bool(self._tapes) and self._tapes[-1].replaying

    def taking(self, method: str, url: str) -> Tape | None:
        """The tape that a call belongs on; None when it is to pass untouched. Raises NetworkBlocked."""
        if is_live():
            return None
        tape = self._tapes[-1] if self._tapes else None
        if tape is None:
            if self.settings.mode is RecordMode.NONE and self._scope.covers(method, url):
                raise self._raised(_without_test(f"{method} {self.redactor.url(url)}"))
            return None
        covered = tape.scope.covers(method, url)
        if not covered and tape.settings.block_network and not is_local(endpoint(url)[0]):
            raise tape.refuse(_blocked(f"{method} {self.redactor.url(url)}", endpoint(url)[0]))
        if not (covered and tape.replaying):
            tape.scope.let_through(url)
        return tape if covered else None

    def connecting(self, host: str, port: int | None, *, looked_up: bool) -> None:
        """A connection is about to be made, or (not `looked_up`) a host looked up for one. Raises NetworkBlocked."""
        tape = self._tapes[-1] if self._tapes else None
        if tape is None:
            if self.settings.mode is RecordMode.NONE and self._scope.walls_off(host, port):
                raise self._raised(_without_test(_attempt(host, port)))
            return
        if tape.scope.is_let_through(host, port):
            return
        if tape.replaying and tape.scope.walls_off(host, port):
            raise tape.refuse(_bypassed(host, port, tape))
        # While recording, an address may be that of an LLM host which was looked up before: names alone are refused
        if tape.settings.block_network and not is_local(host) and (tape.replaying or not looked_up):
            raise tape.refuse(_blocked(_attempt(host, port), host))

    def starting(self, program: str) -> None:
        """A process is about to be started: the tape notes it."""
        if self._tapes:
            self._tapes[-1].note(f"started {printable(program)}: calls that it makes are not seen")


def _attempt(host: str, port: int | None) -> str:
    by = library()
    return f"a connection{f' by {by}' if by else ''} to {f'{host}:{port}' if port else host}"


def _bypassed(host: str, port: int | None, tape: Tape) -> AltaxError:
    return NetworkBlocked(
        f"{printable(_attempt(host, port))} was attempted while calls are replayed; no packet left this machine",
        facts=[f"cassette {tape.path}", f"what can be replayed goes through {_KNOWN}"],
        fix="make the call through one of these clients, or leave the test out with --no-altax",
    )


def _without_test(what: str) -> AltaxError:
    return NetworkBlocked(
        f"{printable(what)} was refused: no test was running",
        facts=["calls are replayed from the cassette of a test (mode none), none goes out"],
        fix="make the call in a test or a fixture",
    )


def _blocked(what: str, host: str) -> AltaxError:
    name = printable(host)
    return NetworkBlocked(
        f"{printable(what)} was refused: block-network is on and {name} is no LLM host",
        fix=f'name it in [tool.pytest-altax] hosts = ["{name}"] if it is one, or set block-network = false',
    )
