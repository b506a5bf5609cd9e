"""urllib3 and what stands on it, on replay: the real pools and responses, reading from no socket."""

import io
import json
import warnings

import pytest
import requests
import urllib3
from capture_asking import CHAT, body

from pytest_altax.errors import UnmatchedCall

HEADERS = {"content-type": "application/json"}
DATA = json.dumps(body(stream=True))


def same(studio, loopback, use):
    """What a use gives while recording, which it must give again with the server gone."""
    with studio.open("once") as tape:
        recorded = use()
    loopback.stop()
    with studio.open("none") as again:
        assert use() == recorded
    assert not again.errors
    assert not again.unused
    return recorded, tape


def opened(loopback, prefix="", **options):
    with urllib3.PoolManager(retries=False) as pool:
        return pool.request("POST", loopback.url + prefix + CHAT, body=DATA, headers=HEADERS, **options)


READERS = {
    "stream": lambda response: list(response.stream(50, decode_content=True)),
    "read_chunked": lambda response: list(response.read_chunked(decode_content=True)),
    "read": lambda response: [response.read(10), response.read()],
    "lines": lambda response: list(response),
    "readinto": lambda response: [response.readinto(bytearray(20)), response.read()],
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_stream_is_read_as_it_would_be(read, loopback, studio):
    def use():
        response = opened(loopback, preload_content=False)
        try:
            return read(response)
        finally:
            response.close()

    same(studio, loopback, use)


def test_a_response_looks_as_it_would(loopback, studio):
    def use():
        response = opened(loopback)
        seen = [response.status, response.reason, response.version, response.data, response.headers["content-type"]]
        return [*seen, "connection" in response.headers, response.isclosed() if hasattr(response, "isclosed") else None]

    same(studio, loopback, use)


def test_a_body_of_any_kind_is_kept_as_it_was_sent(loopback, studio, tmp_path):
    file = tmp_path / "body.json"
    file.write_text(DATA)

    def use():
        with requests.Session() as session, file.open("rb") as data:
            pieces = iter([DATA[:20].encode(), DATA[20:].encode()])
            return [
                session.post(loopback.url + CHAT, data=one, headers=HEADERS, timeout=5).text
                for one in (DATA, DATA.encode(), io.BytesIO(DATA.encode()), data, pieces)
            ]

    _, tape = same(studio, loopback, use)
    assert [one.request.body.decode() for one in tape.interactions] == [DATA] * 5
    assert [sent[3].decode() for sent in loopback.requests] == [DATA] * 5


TEXT = json.dumps(body("Où est la porte\u202f?"), ensure_ascii=False)
TEXTS = {
    "file": lambda: io.TextIOWrapper(io.BytesIO(TEXT.encode()), encoding="utf-8"),
    "strings": lambda: iter([TEXT[:20], TEXT[20:]]),
    "view": lambda: memoryview(TEXT.encode()),
}


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS)
def test_text_is_sent_in_the_encoding_and_framing_of_the_client(make, loopback, studio):
    def use():
        with urllib3.PoolManager(retries=False, timeout=5) as pool:
            return pool.request("POST", loopback.url + CHAT, body=make(), headers=HEADERS).status

    _, tape = same(studio, loopback, use)
    assert tape.interactions[0].request.body.decode() == TEXT
    _, _, headers, sent = loopback.requests[0]
    assert sent.decode() == TEXT
    assert ("content-length" in {name.lower() for name in headers}) is isinstance(make(), memoryview)


def test_an_error_status_is_not_tried_again_because_it_was_recorded(loopback, studio):
    def use():
        with urllib3.PoolManager() as pool:
            return pool.request("GET", f"{loopback.url}/status/503").status

    with studio.open("once", hosts=(loopback.url.removeprefix("http://"),)):
        recorded = use()
    with studio.open("none", hosts=(loopback.url.removeprefix("http://"),)) as tape:
        assert use() == recorded
    assert not tape.errors


def test_retries_of_a_session_are_replayed_without_their_waits(loopback, studio):
    retry = urllib3.Retry(total=2, status_forcelist=[503], allowed_methods=None, backoff_factor=0.05)

    def use():
        with requests.Session() as session:
            session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
            with pytest.raises(requests.exceptions.RetryError) as error:
                session.post(f"{loopback.url}/status/503{CHAT}", json=body(), timeout=5)
        return str(error.value)

    # the server asks to wait for half a minute, urllib3 to be told to ignore that
    retry.respect_retry_after_header = False
    _, tape = same(studio, loopback, use)
    assert len(tape.interactions) == 3


@pytest.mark.parametrize("verify", [True, False])
def test_a_call_over_tls_warns_only_where_it_would_live(verify, loopback, studio):
    with studio.open("once"):
        opened(loopback)
    with studio.open("none"), warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        requests.post("https://model.test" + CHAT, data=DATA, headers=HEADERS, timeout=5, verify=verify)
    warned = [one for one in seen if one.category is urllib3.exceptions.InsecureRequestWarning]
    assert bool(warned) is not verify


def test_a_call_through_a_proxy_is_replayed_without_reaching_it(loopback, studio):
    with studio.open("once"):
        opened(loopback)
    proxies = {"http": "http://proxy.invalid:3128", "https": "http://proxy.invalid:3128"}
    for scheme in ("http", "https"):
        with studio.open("none") as tape:
            response = requests.post(
                f"{scheme}://model.test{CHAT}", data=DATA, headers=HEADERS, timeout=5, proxies=proxies
            )
            assert response.ok
        assert not tape.errors
        assert tape.interactions[0].request.url == f"{scheme}://model.test{CHAT}"


def test_a_session_with_open_connections_works_across_tapes(loopback, studio):
    with requests.Session() as session:

        def post():
            return session.post(loopback.url + CHAT, data=DATA, headers=HEADERS, timeout=5).text

        post()
        with studio.open("once"):
            first = post()
        with studio.open("none"):
            assert post() == first
            with pytest.raises(UnmatchedCall):
                post()
        assert post() != first
    assert loopback.count == 3


def test_a_call_of_no_llm_uses_the_same_pool_while_a_tape_is_open(loopback, studio):
    with studio.open("once"):
        opened(loopback)
    with studio.open("none") as tape, requests.Session() as session:
        recorded = session.post(loopback.url + CHAT, data=DATA, headers=HEADERS, timeout=5)
        plain = session.get(loopback.url + "/health", timeout=5).json()
    assert recorded.ok
    assert plain["path"] == "/health"
    assert len(tape.interactions) == 1
