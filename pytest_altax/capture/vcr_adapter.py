"""The only contact with vcrpy: its stubs for aiohttp, urllib3 (and so requests), botocore and http.client, its readers.

vcrpy opens a cassette by replacing classes and puts all of them back, process-wide, around each call it lets through,
so that calls of other threads leak meanwhile. Here its stubs are put in once, with a cassette that asks the current
tape, and nothing is ever put back: only pool classes are replaced, so that the real ones stay reachable by their names.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import vcr.patch  # type: ignore[import-untyped]
import vcr.stubs  # type: ignore[import-untyped]
import yaml
from vcr.cassette import Cassette  # type: ignore[import-untyped]
from vcr.serialize import deserialize  # type: ignore[import-untyped]
from vcr.serializers import jsonserializer, yamlserializer  # type: ignore[import-untyped]

from .exchange import Exchange
from .failures import aiohttp_error, connection_error, describe, is_transport
from .patching import Router, put
from .recording import Recording
from .vcr_plain import from_response, to_recording, to_request, told_headers, with_plain_body

# What we rely on of vcrpy, by module; a test holds each against the installed version.
RELIED_ON: Mapping[str, tuple[str, ...]] = {
    "vcr.cassette": (
        "Cassette.can_play_response_for",
        "Cassette.play_response",
        "Cassette.append",
        "Cassette.filter_request",
        "Cassette.write_protected",
        "Cassette.find_requests_with_most_matches",
    ),
    "vcr.patch": (
        "force_reset",
        "CassettePatcherBuilder._urllib3",
        "CassettePatcherBuilder._boto3",
        "CassettePatcherBuilder._build_cassette_subclass",
        "CassettePatcherBuilder._build_patcher",
        "CassettePatcherBuilder._patched_get_conn",
        "CassettePatcherBuilder._patched_new_conn",
    ),
    "vcr.stubs": (
        "VCRConnection.request",
        "VCRConnection.putrequest",
        "VCRConnection.putheader",
        "VCRConnection.endheaders",
        "VCRConnection.send",
        "VCRConnection.getresponse",
        "VCRConnection.connect",
        "VCRConnection._uri",
        "VCRHTTPConnection._baseclass",
        "VCRHTTPSConnection._baseclass",
    ),
    "vcr.stubs.aiohttp_stubs": ("vcr_request",),
    "vcr.serialize": ("deserialize",),
    "vcr.serializers.yamlserializer": ("deserialize",),
    "vcr.serializers.jsonserializer": ("deserialize",),
}


# What a reader may stumble over in a file of the right outline with wrong values in it.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class CassetteUnreadable(Exception):
    """A vcrpy cassette that its readers refuse, with their reason."""


class _Failed(Exception):
    """The recording is of a transport error, to be raised as one of the client's own."""


class TapeCassette(Cassette):  # type: ignore[misc]
    """A vcrpy cassette that holds nothing: each request is asked of the current tape, once, when first seen."""

    def __init__(self, router: Router) -> None:
        super().__init__("altax")
        self.router = router
        self.latest: Exchange | None = None

    @property
    def write_protected(self) -> bool:
        """Never: a call that must not go out has raised UnmatchedCall before this is asked."""
        return False

    def can_play_response_for(self, request: Any) -> bool:
        """Whether the call is replayed. Raises UnmatchedCall."""
        exchange = self.exchange(request)
        if exchange is None or exchange.recording is None:
            return False
        if exchange.recording.response is None:
            raise _Failed(exchange.recording.failure)
        return True

    def play_response(self, request: Any) -> dict[str, Any]:
        """The recorded response as vcrpy's stubs want it; they change it, so it is made anew."""
        exchange = self.exchange(request)
        response = exchange.response() if exchange else None
        assert response is not None
        return from_response(response)

    def append(self, request: Any, response: Mapping[str, Any]) -> None:
        """A live call has been answered."""
        exchange = self.exchange(request)
        if exchange is not None and exchange.live:
            status, body = response["status"], response["body"].get("string") or b""
            exchange.answered(status["code"], told_headers(response["headers"], body), status["message"] or "")
            exchange.chunk(body)
            exchange.finish()

    def filter_request(self, request: Any) -> Any:
        """The request if its call is to be recorded."""
        return request if self.exchange(request) is not None else None

    def exchange(self, request: Any) -> Exchange | None:
        """The exchange of a request of vcrpy's, which carries it from the first time it is asked for."""
        if not hasattr(request, "altax_exchange"):
            tape = self.router.taking(request.method, request.uri)
            request.altax_exchange = tape.ask(to_request(request, tape.redactor)) if tape is not None else None
        self.latest = request.altax_exchange
        return self.latest


class _Gate:
    """In front of a connection stub of vcrpy's: requests that are not for a tape go to the real connection, untouched.

    vcrpy would hold back the whole body of every response, and wait for ever on an endless one.
    """

    cassette: TapeCassette
    real_connection: Any
    altax_passing = True

    def _passes(self, method: str, url: str) -> bool:
        uri = self._uri(url)  # type: ignore[attr-defined]
        self.__dict__["altax_passing"] = self.cassette.router.taking(method, uri) is None
        return bool(self.__dict__["altax_passing"])

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, *rest: Any, **options: Any) -> None:
        """Begin and send a request."""
        target: Any = self.real_connection if self._passes(method, url) else super()
        target.request(method, url, body, headers or {}, *rest, **options)

    def putrequest(self, method: str, url: str, *rest: Any, **options: Any) -> None:
        """Begin a request that is told piece by piece."""
        target: Any = self.real_connection if self._passes(method, url) else super()
        target.putrequest(method, url, *rest, **options)

    def putheader(self, *arguments: Any) -> None:
        """A header of it."""
        target: Any = self.real_connection if self.altax_passing else super()
        target.putheader(*arguments)

    def endheaders(self, *arguments: Any, **options: Any) -> None:
        """The end of its headers."""
        target: Any = self.real_connection if self.altax_passing else super()
        target.endheaders(*arguments, **(options if self.altax_passing else {}))

    def send(self, data: Any) -> None:
        """A piece of its body."""
        target: Any = self.real_connection if self.altax_passing else super()
        target.send(data)

    def connect(self, *arguments: Any, **options: Any) -> None:
        """Nothing while a tape is open: whether a request goes out is not known yet, and one that does connects."""
        if not self.cassette.router.is_open():
            self.real_connection.connect(*arguments, **options)

    def getresponse(self, *arguments: Any, **options: Any) -> Any:
        """The response: the real one, the recorded one, or the real one recorded."""
        if self.altax_passing:
            return self.real_connection.getresponse(*arguments, **options)
        try:
            response = super().getresponse(*arguments, **options)  # type: ignore[misc]
            # the body is read; vcrpy before 9.4 never gives the connection back, so that it would be left open
            self.real_connection.close()
            return response
        except _Failed as failed:
            raise connection_error(str(failed), self) from None
        except Exception as error:
            exchange = self.cassette.exchange(self._vcr_request)  # type: ignore[attr-defined]
            if exchange is not None and is_transport(error):
                exchange.fail(describe(error))
            raise


class _Patches(vcr.patch.CassettePatcherBuilder):  # type: ignore[misc]
    """vcrpy's patches with our gate before its stubs, without what is meant for a cassette that closes again."""

    # the connections that urllib3 itself makes
    kinds: tuple[type, ...] = ()

    def _build_cassette_subclass(self, base_class: type) -> type:
        bases = (_Gate, base_class) if issubclass(base_class, vcr.stubs.VCRConnection) else (base_class,)
        return type(base_class.__name__, bases, {"cassette": self._cassette})

    def _build_patcher(self, obj: Any, patched_attribute: str, replacement_class: Any) -> Any:
        # The classes of urllib3.connection stay: the real connections beneath the stubs are found by their names
        if isinstance(obj, ModuleType) and isinstance(replacement_class, type):
            return None
        return super()._build_patcher(obj, patched_attribute, replacement_class)

    def _patched_get_conn(self, connection_pool_class: Any, connection_class_getter: Any) -> Any:  # noqa: ARG002 - vcrpy's
        get_conn, kinds = connection_pool_class._get_conn, self.kinds

        def patched(pool: Any, *arguments: Any, **options: Any) -> Any:
            connection = get_conn(pool, *arguments, **options)
            # One left from before is replaced. A pool may make a kind of its own: there vcrpy would try for ever
            left = type(connection) in kinds or isinstance(connection, _Gate)
            if not left or not issubclass(pool.ConnectionCls, _Gate) or isinstance(connection, pool.ConnectionCls):
                return connection
            connection.close()
            return pool._new_conn()

        return patched

    def _patched_new_conn(self, connection_pool_class: Any, connection_remover: Any) -> Any:  # noqa: ARG002 - vcrpy's
        # its own would keep every connection until the cassette closes
        return connection_pool_class._new_conn


class Adapter:
    """The stubs of vcrpy, put in when a client is first used on a tape."""

    def __init__(self, router: Router) -> None:
        self._cassette = TapeCassette(router)
        self._router = router
        self._undo = ExitStack()
        self._lock = threading.Lock()
        self._pools_patched = False
        put(self._undo, vcr.patch, "force_reset", contextlib.nullcontext)
        self._stubs = {
            http.client.HTTPConnection: self._stub(http.client.HTTPConnection, vcr.stubs.VCRHTTPConnection),
            http.client.HTTPSConnection: self._stub(http.client.HTTPSConnection, vcr.stubs.VCRHTTPSConnection),
        }

    def close(self) -> None:
        """Take the stubs out again."""
        self._undo.close()

    def urllib3(self, module: ModuleType) -> None:
        """Let the pools of urllib3 (`module`) and botocore make stub connections from now on."""
        with self._lock:
            if not self._pools_patched:
                patches = _Patches(self._cassette)
                patches.kinds = (module.connection.HTTPConnection, module.connection.HTTPSConnection)
                for patcher in (*patches._urllib3(), *patches._boto3()):
                    self._undo.enter_context(patcher)
                self._pools_patched = True

    def http_client(self, kind: type, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """A stub for a connection of http.client, in place of one of class `kind`."""
        return self._stubs[kind](*arguments, **options)

    def _stub(self, kind: type, stub: type) -> Any:
        # A class of its own: the real connection beneath a stub must not become a stub again
        real = type(kind.__name__, (kind,), {})
        return type(stub.__name__, (_Gate, stub), {"cassette": self._cassette, "_baseclass": real})

    async def aiohttp(self, real: Any, session: Any, method: str, url: str, options: dict[str, Any]) -> Any:
        """A request of an aiohttp session that belongs on a tape; `url` is absolute, `options` are the session's."""
        from vcr.stubs.aiohttp_stubs import vcr_request  # type: ignore[import-untyped]

        cassette = TapeCassette(self._router)
        options = await with_plain_body(session, options)
        try:
            return await vcr_request(cassette, real)(session, method, url, **options)
        except _Failed as failed:
            raise aiohttp_error(str(failed), url) from None
        except Exception as error:
            if cassette.latest is not None and is_transport(error):
                cassette.latest.fail(describe(error))
            raise


def read_cassette(text: str) -> list[Recording]:
    """The recordings of a vcrpy cassette, YAML or JSON. Raises CassetteUnreadable; nothing in it is executed."""
    serializer = jsonserializer if text.lstrip()[:1] == "{" else yamlserializer
    try:
        requests, responses, *_ = deserialize(text, serializer)
        return [to_recording(request, response) for request, response in zip(requests, responses, strict=True)]
    except (*_UNREADABLE, yaml.YAMLError) as error:
        raise CassetteUnreadable(f"{type(error).__name__}: {error}") from error
