"""http.client and urllib: a call is decided when its request is complete, however it is put together."""

import http.client
import json
import socket
import urllib.error
import urllib.request

import pytest
from capture_asking import CHAT, body

from pytest_altax.errors import NetworkBlocked, UnmatchedCall

DATA = json.dumps(body()).encode()
HEADERS = {"content-type": "application/json"}


def connected(url):
    host, port = url.removeprefix("http://").split(":")
    return http.client.HTTPConnection(host, int(port), timeout=5)


def whole(connection):
    connection.request("POST", CHAT, DATA, HEADERS)


def told_first(connection):
    connection.connect()
    connection.request("POST", CHAT, DATA, HEADERS)


def piece_by_piece(connection):
    connection.putrequest("POST", CHAT)
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", str(len(DATA)))
    connection.endheaders()
    connection.send(DATA[:20])
    connection.send(DATA[20:])


def framed_by_itself(connection):
    connection.putrequest("POST", CHAT)
    connection.putheader("content-type", "application/json")
    connection.putheader("transfer-encoding", "chunked")
    connection.endheaders()
    for piece in (DATA[:20], DATA[20:], b""):
        connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))


def in_chunks(connection):
    connection.request("POST", CHAT, iter([DATA[:20], DATA[20:]]), HEADERS, encode_chunked=True)


SENDERS = (whole, told_first, piece_by_piece, framed_by_itself, in_chunks)


@pytest.mark.parametrize("send", SENDERS, ids=lambda send: send.__name__)
def test_a_request_is_kept_as_it_was_sent(send, loopback, studio):
    def use():
        connection = connected(loopback.url)
        send(connection)
        with connection.getresponse() as response:
            seen = response.status, response.reason, response.read(), response.getheader("connection")
        connection.close()
        return seen

    with studio.open("once") as tape:
        recorded = use()
    loopback.stop()
    assert tape.interactions[0].request.body == loopback.requests[0][3] == DATA
    with studio.open("none") as again:
        assert use() == recorded
    assert not again.errors


def test_a_connection_is_used_for_several_calls(loopback, studio):
    def use():
        connection, seen = connected(loopback.url), []
        for question in ("one?", "two?", "one?"):
            connection.request("POST", CHAT, json.dumps(body(question)), HEADERS)
            seen.append(connection.getresponse().read())
        connection.close()
        return seen

    with studio.open("once"):
        recorded = use()
    loopback.stop()
    with studio.open("none"):
        assert use() == recorded


def test_an_error_status_is_raised_by_urllib_with_its_body(loopback, studio):
    def use():
        request = urllib.request.Request(f"{loopback.url}/status/503{CHAT}", DATA, HEADERS)
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(request, timeout=5)
        with error.value as response:
            return response.code, response.reason, response.read()

    with studio.open("once"):
        recorded = use()
    with studio.open("none"):
        assert use() == recorded


def test_a_call_through_a_tunnel_is_replayed_without_reaching_the_proxy(loopback, studio):
    with studio.open("once"):
        connection = connected(loopback.url)
        whole(connection)
        recorded = connection.getresponse().read()
        connection.close()
    with studio.open("none") as tape:
        tunnel = http.client.HTTPSConnection("proxy.invalid", 3128)
        tunnel.set_tunnel("model.test", 443)
        whole(tunnel)
        assert tunnel.getresponse().read() == recorded
    assert tape.interactions[0].request.url == "https://model.test" + CHAT


def test_a_call_outside_a_test_is_refused(installed):
    with installed("none"):
        connection = http.client.HTTPSConnection("api.openai.com")
        with pytest.raises(NetworkBlocked, match="no test was running"):
            whole(connection)


def test_a_class_of_its_own_is_intercepted_too(loopback, studio):
    class Unix(http.client.HTTPConnection):
        def connect(self):
            self.sock = socket.create_connection(("127.0.0.1", int(loopback.url.rpartition(":")[2])))

    def use():
        connection = Unix("model.test")
        whole(connection)
        seen = connection.getresponse().read()
        connection.close()
        return seen

    with studio.open("once"):
        recorded = use()
    loopback.stop()
    with studio.open("none"):
        assert use() == recorded
        with pytest.raises(UnmatchedCall):
            use()
