"""What the installed vcrpy writes, we read as vcrpy itself does: its serializers over any content, and real clients."""

import contextlib
import urllib.request

import pytest
import vcr
from hypothesis import assume, given
from hypothesis import strategies as st
from loopback import serving
from vcr.request import Request
from vcr.serialize import deserialize, serialize
from vcr.serializers import jsonserializer, yamlserializer

from pytest_altax.capture.storage import formats

SERIALIZERS = {"yaml": yamlserializer, "json": jsonserializer}
CHAT = b'{"model": "m", "messages": [{"role": "user", "content": "How t\xc3\xa4ll?"}]}'
KIND = {"content-type": "application/json"}

bodies = (
    st.none()
    | st.binary()
    | st.text()
    | st.sampled_from(["", "null", "5", "2026-06-02", "a: b", "- \n\n", "<<", "\x85"])
)
kinds = st.sampled_from(["text/plain", "application/octet-stream", "text/event-stream"])


@st.composite
def pairs(draw):
    """A request and a response as vcrpy holds them."""
    headers = {"content-type": draw(kinds)}
    uri = draw(st.sampled_from(["http://a.test/", "https://a.test:8443/v1?b=c%20d", "http://ä.test/ö"]))
    request = Request(draw(st.sampled_from(["GET", "POST"])), uri, draw(bodies), headers)
    answer = {"status": {"code": draw(st.integers(100, 599)), "message": draw(st.sampled_from(["", "OK"]))}}
    answer |= {"headers": {name: [value] for name, value in headers.items()}}
    return request, answer | {"body": {"string": draw(st.binary() | st.text().map(str.encode))}}


def agree(text, serializer):
    """How many recordings vcrpy and we find in the same text, each the same to the byte."""
    requests, responses, *_ = deserialize(text, serializer)
    ours = formats.read(text.encode(), "a.yaml").recordings
    for request, response, recording in zip(requests, responses, ours, strict=True):
        assert (recording.request.method, recording.request.url) == (request.method, request.uri)
        assert recording.request.body == (request.body or b"")
        assert recording.response.status == response["status"]["code"]
        assert recording.response.reason == (response["status"]["message"] or "")
        assert recording.response.body == response["body"]["string"]
        told = next((values for name, values in response["headers"].items() if name.lower() == "content-type"), [None])
        assert recording.response.header("content-type") == (told if isinstance(told, str) else told[0])
    return len(ours)


@pytest.mark.parametrize("name", SERIALIZERS)
@given(made=st.lists(pairs(), min_size=1, max_size=3))
def test_whatever_vcrpy_writes_is_read_as_vcrpy_reads_it(name, made):
    serializer = SERIALIZERS[name]
    # bytes that start like gzip are taken for it where their type says text
    assume(not any(response["body"]["string"].startswith(b"\x1f\x8b") for _, response in made))
    requests, responses = ([pair[part] for pair in made] for part in (0, 1))
    try:
        text = serialize({"requests": requests, "responses": responses}, serializer)
    except (UnicodeDecodeError, TypeError):
        # binary bodies do not go into vcrpy's JSON
        assume(False)
    assert agree(text, serializer) == len(made)


def by_httpx(url):
    httpx = pytest.importorskip("httpx")
    return httpx.post(url, content=CHAT, headers=KIND).content


def by_requests(url):
    return pytest.importorskip("requests").post(url, data=CHAT, headers=KIND).content


def by_requests_json(url):
    return pytest.importorskip("requests").post(url, json={"model": "m", "messages": []}).content


def by_requests_form(url):
    return pytest.importorskip("requests").post(url, data={"a": "b c"}, files={"f": b"\x00\xff"}).content


def by_urllib3(url):
    return pytest.importorskip("urllib3").request("POST", url, body=CHAT, headers=KIND).data


def by_urllib(url):
    with contextlib.closing(urllib.request.urlopen(urllib.request.Request(url, CHAT, KIND))) as response:
        return response.read()


CLIENTS = (by_httpx, by_requests, by_requests_json, by_requests_form, by_urllib3, by_urllib)
PATHS = ("/v1/chat/completions", "/status/429/v1/chat/completions", "/gzip/v1/chat/completions")
# binary bodies do not go into vcrpy's JSON
CASES = [("yaml", use, path) for use in CLIENTS for path in PATHS]
CASES += [("json", use, path) for use in CLIENTS if use is not by_requests_form for path in PATHS[:2]]


@pytest.mark.parametrize(("name", "use", "path"), CASES)
def test_what_vcrpy_records_of_a_client_is_read_alike(name, use, path, tmp_path):
    file = tmp_path / "a.cassette"
    with serving() as server, vcr.use_cassette(str(file), serializer=name), contextlib.suppress(OSError):
        use(server.url + path)
    text = file.read_text(encoding="utf-8")
    (recording,) = formats.read(text.encode(), "a").recordings
    requests, responses, *_ = deserialize(text, SERIALIZERS[name])
    assert recording.request.body == (requests[0].body or b"")
    assert recording.response.status == responses[0]["status"]["code"]
    if "gzip" in path:
        assert recording.response.body.startswith(b"{")
    else:
        assert recording.response.body == responses[0]["body"]["string"]
