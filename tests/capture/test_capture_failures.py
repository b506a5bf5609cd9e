"""A transport error in a cassette is data: each client makes an error of its own of any, and nothing else happens."""

import http.client
import types

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.clients.failures import (
    Fault,
    aiohttp_connect_error,
    aiohttp_read_error,
    describe,
    fault,
    httpx_error,
    is_connecting,
    missing,
    socket_error,
    urllib3_error,
)

KEY = types.SimpleNamespace(host="a.test", port=443, ssl=True, is_ssl=True)
POOL = types.SimpleNamespace(host="a.test")
REQUEST = httpx.Request("POST", "https://a.test")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        ("httpx.ConnectTimeout: slow", Fault.CONNECT_TIMEOUT),
        ("builtins.TimeoutError: timed out (connecting)", Fault.CONNECT_TIMEOUT),
        ("builtins.TimeoutError: timed out", Fault.TIMEOUT),
        ("aiohttp.SocketTimeoutError: Timeout on reading data from socket", Fault.TIMEOUT),
        ("socket.gaierror: [Errno -2] Name or service not known", Fault.LOOKUP),
        ("aiohttp.ClientConnectorDNSError: no", Fault.LOOKUP),
        ("httpx.ConnectError: [SSL: WRONG_VERSION_NUMBER] wrong version number", Fault.TLS),
        ("urllib3.SSLError: no", Fault.TLS),
        ("builtins.OSError: [Errno 113] No route to host (connecting)", Fault.CONNECT),
        ("urllib3.NewConnectionError: no", Fault.CONNECT),
        ("http.RemoteDisconnected: gone", Fault.GONE),
        ("httpx2.RemoteProtocolError: cut", Fault.CUT),
        ("builtins.ConnectionResetError: [Errno 104] Connection reset by peer", Fault.RESET),
        ("httpx.ReadError: ", Fault.RESET),
        ("os.system: true", Fault.RESET),
    ],
)
def test_what_went_wrong_is_read_off_the_error_of_any_client(failure, expected):
    assert fault(failure) is expected


@pytest.mark.parametrize(
    ("failure", "of_httpx", "of_a_socket"),
    [
        ("httpx2.ConnectTimeout: slow", httpx.ConnectTimeout, TimeoutError),
        ("builtins.TimeoutError: timed out", httpx.ReadTimeout, TimeoutError),
        ("aiohttp.ClientConnectorError: no", httpx.ConnectError, ConnectionRefusedError),
        ("http.IncompleteRead: IncompleteRead(3 bytes read, 9 more expected)", httpx.RemoteProtocolError, type(None)),
        ("http.RemoteDisconnected: gone", httpx.RemoteProtocolError, type(None)),
        ("httpx.ReadError: reset", httpx.ReadError, ConnectionResetError),
        ("http.BadStatusLine: x", httpx.ReadError, http.client.BadStatusLine),
    ],
)
def test_a_failure_recorded_through_one_client_is_raised_by_another(failure, of_httpx, of_a_socket):
    assert type(httpx_error(failure, httpx, REQUEST)) is of_httpx
    assert type(socket_error(failure)) is of_a_socket


def test_what_was_still_expected_is_told():
    assert missing("http.IncompleteRead: IncompleteRead(3 bytes read, 9 more expected)") == 9
    assert missing("http.IncompleteRead: IncompleteRead(3 bytes read)") == 0
    assert missing("builtins.TimeoutError: 9 more expected") == 0


def test_the_text_of_the_operating_system_comes_back_with_its_number():
    error = ConnectionResetError(104, "Connection reset by peer")
    again = socket_error(describe(error))
    assert (type(again), again.errno, str(again)) == (type(error), 104, str(error))


# every class that a cassette could name, and some that are none
NAMES = sorted(
    {
        f"{package}.{name}"
        for package, module in (
            ("aiohttp", aiohttp),
            ("builtins", __import__("builtins")),
            ("http", http.client),
            ("httpx", httpx),
            ("httpx2", httpx2),
            ("requests", requests),
            ("urllib3", urllib3.exceptions),
        )
        for name in dir(module)
        if isinstance(getattr(module, name), type)
    }
    | {"os.system", "builtins.exec", "a.b", "", "..", "ssl.SSLError", "socket.gaierror", "subprocess.Popen"}
)


@given(st.sampled_from(NAMES), st.text(max_size=30), st.sampled_from(["", " (connecting)"]))
def test_any_text_in_a_cassette_becomes_an_error_of_the_client(name, message, mark):
    failure = f"{name}: {message}{mark}"
    for library in (httpx, httpx2):
        assert isinstance(httpx_error(failure, library, REQUEST), library.TransportError)
    transport = OSError | http.client.HTTPException | None
    assert isinstance(socket_error(failure), transport)
    assert isinstance(aiohttp_read_error(failure), transport)
    if is_connecting(failure):
        assert isinstance(aiohttp_connect_error(failure, KEY), aiohttp.ClientError | TimeoutError)
        assert isinstance(urllib3_error(failure, POOL, object()), urllib3.exceptions.HTTPError)
    assert missing(failure) >= 0
