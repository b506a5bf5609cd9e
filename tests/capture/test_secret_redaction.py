"""What a redactor makes of whole requests and responses: stable, the same for live and recorded ones."""

import base64
import gzip
import json
import re
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from capture_asking import CLIENT
from hypothesis import given
from hypothesis import strategies as st
from mirror import mirroring

from pytest_altax.capture.matching.match import Matcher
from pytest_altax.capture.recording import Recording
from pytest_altax.capture.secrets.known import Known
from pytest_altax.capture.secrets.redact import Redactor, kept_url
from pytest_altax.capture.secrets.rules import SecretRules
from pytest_altax.capture.secrets.spans import Cut, resized
from pytest_altax.errors import ConfigError
from pytest_altax.records import Request, Response

SECRET = "c4nary/X7f3+aQz9=LmN2"
JSON = ("content-type", "application/json")
URL = "https://api.test/v1/chat"


def asked(redactor, *headers, url=URL, body=b"{}"):
    return redactor.request("POST", url, [JSON, *headers], body)


def answered(redactor, body, *headers, chunks=(), gaps=(), kind="application/json"):
    kept = redactor.headers([("Content-Type", kind), *headers])
    return redactor.response(Response(200, kept, body, "OK", chunks, gaps))


WAYS = {
    "bearer": [("Authorization", f"Bearer {SECRET}")],
    "basic password": [("Authorization", "Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode())],
    "basic name": [("Proxy-Authorization", "Basic " + base64.b64encode(f"{SECRET}:".encode()).decode())],
    "x-api-key": [("x-api-key", SECRET)],
    "api-key": [("api-key", SECRET)],
    "x-goog-api-key": [("x-goog-api-key", SECRET)],
    "cookie": [("Cookie", f"a=1; session={SECRET}; b=2")],
    "security token": [("X-Amz-Security-Token", SECRET)],
    "signature": [
        ("Authorization", f"AWS4-HMAC-SHA256 Credential=AKIA1/20260101/r/s/aws4_request, Signature={SECRET}")
    ],
    "organization": [("OpenAI-Organization", SECRET)],
    "project": [("OpenAI-Project", SECRET)],
    "google project": [("x-goog-user-project", SECRET)],
    "request id": [("X-Client-Request-Id", SECRET)],
    "account": [("ChatGPT-Account-Id", SECRET)],
}
SPELLINGS = {
    "plain": SECRET,
    "json": json.dumps({"a": f"key {SECRET}."}),
    "escaped slash": json.dumps({"a": SECRET}).replace("/", "\\/"),
    "percent": "x=c4nary%2FX7f3%2BaQz9%3DLmN2&y=1",
    "html": f"<b>{SECRET}</b>",
    "event": f'data: {{"delta": "{SECRET}"}}\n\n',
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("headers", WAYS.values(), ids=WAYS)
def test_what_was_seen_as_a_secret_is_taken_out_of_the_same_request_and_of_its_answer(headers, spelled):
    redactor = Redactor()
    request = asked(redactor, *headers, body=spelled.encode())
    response = answered(redactor, spelled.encode())
    for body in (request.body, response.body):
        assert b"X7f3" not in body
        assert b"REDACTED" in body
    assert "X7f3" not in repr(request.headers) + redactor.text(f"refused: {SECRET}") + redactor.url(f"{URL}/{SECRET}")


def test_basic_authentication_is_known_in_its_base64_too():
    redactor = Redactor()
    asked(redactor, url=f"https://user:{SECRET.replace('/', '%2F')}@api.test/")
    coded = base64.b64encode(f"user:{SECRET}".encode())
    assert coded not in answered(redactor, b"got " + coded).body


def test_the_signed_headers_of_a_signature_are_no_secrets():
    redactor = Redactor()
    signed = (
        "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/r/s/aws4_request, SignedHeaders=content-type;host, Signature=ab12"
    )
    assert asked(redactor, ("Authorization", signed), body=b"content-type;host").body == b"content-type;host"


@pytest.mark.parametrize("name", ["Set-Cookie", "set-cookie"])
def test_a_cookie_that_a_server_sets_is_known(name):
    redactor = Redactor()
    response = answered(redactor, SECRET.encode(), (name, f"session={SECRET}; Path=/; Secure"))
    assert response.body == b"REDACTED"
    assert response.headers == (("content-type", "application/json"),)


@pytest.mark.parametrize(
    "name", ["x-request-id", "request-id", "x-amzn-requestid", "cf-ray", "anthropic-organization-id"]
)
def test_an_id_of_a_response_is_known_but_not_within_another_id(name):
    redactor = Redactor()
    body = b'{"request_id": "8f3b9c2d1e", "id": "chatcmpl-8f3b9c2d1e"}'
    response = answered(redactor, body, (name, "8f3b9c2d1e"))
    assert response.body == b'{"request_id": "REDACTED", "id": "chatcmpl-8f3b9c2d1e"}'


def test_tokens_of_an_oauth_answer_are_known_in_later_calls():
    redactor = Redactor()
    answer = answered(redactor, b'{"access_token": "c4nary9f2e1d", "expires_in": 3600, "id_token": "idt0k3n77"}')
    assert answer.body == b'{"access_token": "REDACTED", "expires_in": 3600, "id_token": "REDACTED"}'
    assert asked(redactor, body=b'{"text": "c4nary9f2e1d idt0k3n77"}').body == b'{"text": "REDACTED REDACTED"}'


def test_a_form_of_oauth_is_kept_without_its_secrets():
    redactor = Redactor()
    body = b"grant_type=client_credentials&client_id=me&client_secret=c4nary%2F9f2e1d"
    request = redactor.request("POST", URL, [("content-type", "application/x-www-form-urlencoded")], body)
    assert request.body == b"grant_type=client_credentials&client_id=me&client_secret=REDACTED"
    assert answered(redactor, b'{"error": "bad secret c4nary/9f2e1d"}').body == b'{"error": "bad secret REDACTED"}'


def test_the_file_in_a_multipart_body_stays_as_it_is():
    redactor = Redactor()
    file = bytes(range(256))
    body = b'--b\r\nContent-Disposition: form-data; name="client_secret"\r\n\r\nc4n4ry\r\n' + (
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + file + b"\r\n--b--\r\n"
    )
    request = redactor.request("POST", URL, [("content-type", "multipart/form-data; boundary=b")], body)
    assert request.body == body.replace(b"c4n4ry", b"REDACTED")


def test_another_key_echoed_in_the_request_gives_the_same_request():
    real, dummy = "sk-proj-Zr5Tk8Wn1Vc4a9Bx7Qm2", "test-key"
    one = asked(Redactor(), ("Authorization", f"Bearer {real}"), body=b'{"text": "my key is %s"}' % real.encode())
    two = asked(Redactor(), ("Authorization", f"Bearer {dummy}"), body=b'{"text": "my key is %s"}' % dummy.encode())
    assert one == two
    assert Matcher().key(one) == Matcher().key(two)


@pytest.mark.parametrize("word", ["test", "dummy", "placeholder", "EMPTY", "REDACTED"])
def test_a_plain_word_as_a_key_takes_nothing_out_of_texts(word):
    body = json.dumps({"text": f"this is a {word}"}).encode()
    assert asked(Redactor(), ("api-key", word), body=body).body == body


def test_what_was_seen_before_does_not_change_what_has_no_secret():
    redactor = Redactor()
    before = asked(redactor, body=b'{"text": "hello"}')
    for number in range(600):
        redactor.known.learn(f"secret-{number}-{number}")
    assert asked(redactor, body=b'{"text": "hello"}') == before


def test_only_the_latest_secrets_are_remembered():
    known = Known()
    for number in range(2000):
        known.learn(f"secret-{number:06}")
        known.learn("the-key-in-use")
        known.learn_id(f"id-{number:06}")
    assert len(known._needles) < 5000
    for kept in (b"secret-001999", b"id-001999", b"the-key-in-use"):
        assert list(known.find(kept))
    for gone in (b"secret-000001", b"id-000001"):
        assert not list(known.find(gone))


def test_a_recording_goes_through_unchanged_once_it_is_clean():
    redactor = Redactor()
    recording = Recording(
        asked(redactor, ("api-key", SECRET), body=SECRET.encode()), answered(redactor, SECRET.encode()), "x.Y: refused"
    )
    assert Redactor().recording(recording) == recording


def test_error_texts_are_kept_without_secrets():
    redactor = Redactor()
    asked(redactor, url=f"https://api.test/?key={SECRET.replace('+', '%2B')}")
    assert redactor.text(f"httpx.ConnectError: to https://api.test/?key={SECRET} failed") == (
        "httpx.ConnectError: to https://api.test/?key=REDACTED failed"
    )


def test_text_that_is_no_utf_8_is_text_all_the_same():
    assert Redactor().text("\udcff key \ud800") == "\udcff key \ud800"


def test_a_gzipped_request_is_cleaned_once_it_is_decoded():
    body = gzip.compress(b'{"api_key": "c4nary77"}')
    assert asked(Redactor(), ("Content-Encoding", "gzip"), body=body).body == b'{"api_key": "REDACTED"}'


def test_a_response_is_looked_through_once(monkeypatch):
    redactor, looked = Redactor(), []
    find = redactor._find
    monkeypatch.setattr(redactor, "_find", lambda *arguments: looked.append(1) or find(*arguments))
    response = Response(200, (JSON,), b'{"api_key": "c4nary77"}')
    first = redactor.response(response)
    before = len(looked)
    assert redactor.response(response) is first
    assert len(looked) == before


STREAM = [b'data: {"a": "c4n', b'ary/9f2e"}\n\n', b'data: {"b": 1}\n\n', b'data: {"c": "c4nary/9f2e"}\n\n']


def test_a_secret_split_over_chunks_is_taken_out_and_the_chunks_stay():
    redactor = Redactor()
    asked(redactor, ("api-key", "c4nary/9f2e"))
    body = b"".join(STREAM)
    response = answered(
        redactor, body, chunks=tuple(map(len, STREAM)), gaps=(0.1, 0.2, 0.3, 0.4), kind="text/event-stream"
    )
    assert response.body == body.replace(b"c4nary/9f2e", b"REDACTED")
    assert sum(response.chunks) == len(response.body)
    pieces, at = [], 0
    for size in response.chunks:
        pieces.append(response.body[at : at + size])
        at += size
    assert pieces == [b'data: {"a": "', b'REDACTED"}\n\n', STREAM[2], b'data: {"c": "REDACTED"}\n\n']
    assert response.gaps == (0.1, 0.2, 0.3, 0.4)


def told(text, at, size=4):
    """Chat chunks, of a choice, that tell a text in small pieces."""
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    choices = ({"delta": {"content": piece}, "index": at} for piece in pieces)
    return [f"data: {json.dumps({'id': 'chatcmpl-1', 'choices': [one]})}\n\n".encode() for one in choices]


def heard(body, at):
    """What a client puts together of the chunks of a choice."""
    events = [json.loads(line[6:])["choices"][0] for line in body.decode().splitlines() if line.startswith("data: {")]
    return "".join(choice["delta"]["content"] for choice in events if choice["index"] == at)


SPLIT = {
    "seen": (f"You sent {SECRET}, didn't you?", "You sent REDACTED, didn't you?"),
    "shaped": ("Use sk-proj-a9Bx7Qm2Zr5Tk8Wn1Vc4 now", "Use REDACTED now"),
    "named": ('{"api_key": "hunter2x", "q": "\\n"}', '{"api_key": "REDACTED", "q": "\\n"}'),
    "of a user's": ("č acme-123 is customer-42", "č acme-REDACTED is customer-0"),
}


@pytest.mark.parametrize(("text", "clean"), SPLIT.values(), ids=SPLIT)
def test_a_secret_told_in_pieces_over_several_events_is_taken_out(text, clean):
    redactor = Redactor(RULES)
    asked(redactor, ("api-key", SECRET))
    pieces = [one for pair in zip(told(text, 0), told(text[::-1], 1), strict=True) for one in pair]
    response = answered(
        redactor,
        b"".join(pieces),
        chunks=tuple(map(len, pieces)),
        gaps=(0.1,) * len(pieces),
        kind="text/event-stream; charset=utf-8",
    )
    assert heard(response.body, 0) == clean
    assert heard(response.body, 1) == text[::-1]
    assert len(response.chunks) == len(pieces)
    assert answered(redactor, response.body, kind="text/event-stream").body == response.body


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.data())
def test_chunk_sizes_always_sum_up_to_the_new_body(chunks, data):
    total = sum(chunks)
    points = sorted(data.draw(st.lists(st.integers(0, total), unique=True, max_size=8)))
    cuts = [Cut(a, b, data.draw(st.integers(1, 20))) for a, b in zip(points[::2], points[1::2], strict=False)]
    sizes, gaps = resized(chunks, [0.5] * len(chunks), cuts)
    assert sum(sizes) == total + sum(cut.size - (cut.end - cut.start) for cut in cuts)
    assert all(size > 0 for size in sizes)
    assert len(gaps) == len(sizes) <= len(chunks)


def frame(payload):
    headers = b"\x0b:event-type\x07\x00\x05chunk"
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    data = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return data + struct.pack(">I", zlib.crc32(data))


def test_a_binary_event_stream_keeps_its_checksums_and_its_chunks():
    redactor = Redactor()
    asked(redactor, ("x-amz-security-token", SECRET))
    frames = [frame(b'{"p":"a"}'), frame(json.dumps({"p": SECRET}).encode()), frame(b'{"p":"b"}')]
    kind = "application/vnd.amazon.eventstream"
    response = answered(redactor, b"".join(frames), chunks=tuple(map(len, frames)), gaps=(0.0, 0.1, 0.1), kind=kind)
    clean = [frames[0], frame(b'{"p": "REDACTED"}'), frames[2]]
    assert response.body == b"".join(clean)
    assert response.chunks == tuple(map(len, clean))


def test_botocore_reads_a_binary_event_stream_that_was_cleaned():
    eventstream = pytest.importorskip("botocore.eventstream")
    redactor = Redactor()
    asked(redactor, ("x-amz-security-token", SECRET))
    kind = "application/vnd.amazon.eventstream"
    body = answered(redactor, frame(json.dumps({"p": SECRET}).encode()), kind=kind).body
    buffer = eventstream.EventStreamBuffer()
    buffer.add_data(body)
    assert [json.loads(event.payload) for event in buffer] == [{"p": "REDACTED"}]


@pytest.mark.parametrize("broken", [b"\x00" * 20, frame(b"{}")[:-3], b"\xff\xff\xff\xff" * 4, b""])
def test_a_broken_event_stream_is_cleaned_as_it_is(broken):
    redactor = Redactor()
    redactor.known.learn(SECRET)
    body = frame(SECRET.encode()) + broken + SECRET.encode()
    clean = answered(redactor, body, kind="application/vnd.amazon.eventstream").body
    assert SECRET.encode() not in clean


@pytest.mark.parametrize("kind", ["image/png", "audio/mpeg"])
def test_pixels_and_samples_are_left_alone(kind):
    body = b"\x89PNG sk-Zr5Tk8Wn1Vc4a9Bx7Qm2 \x00"
    assert answered(Redactor(), body, kind=kind).body == body


RULES = SecretRules(
    redact=(re.compile(r"acme-(?P<secret>\d+)"), re.compile("čaj-[a-z]+")),
    allow=(re.compile("sk-Test"),),
    keep_headers=frozenset({"x-my-id"}),
    functions=(lambda text: re.sub(r"customer-\d+", "customer-0", text),),
)


def test_a_users_pattern_takes_out_its_match_or_its_group():
    redactor = Redactor(RULES)
    assert asked(redactor, body="ž acme-123 čaj-secret ž".encode()).body == "ž acme-REDACTED REDACTED ž".encode()
    assert redactor.url("https://a.test/acme-55") == "https://a.test/acme-REDACTED"


def test_a_users_function_takes_out_what_it_changes_and_chunks_stay():
    body = b'data: customer-42\n\ndata: "\xc5\xbe"\n\ndata: customer-7 and customer-8\n\n'
    response = answered(Redactor(RULES), body, chunks=(19, 12, 33), gaps=(0.0, 0.1, 0.2), kind="text/event-stream")
    assert response.body == b'data: customer-0\n\ndata: "\xc5\xbe"\n\ndata: customer-0 and customer-0\n\n'
    assert sum(response.chunks) == len(response.body)
    assert response.chunks[:2] == (18, 12)


def test_a_users_function_that_gives_no_text_is_named():
    def forgets(text):
        """Return nothing."""

    with pytest.raises(ConfigError, match="forgets, given by pytest_altax_redact, gave NoneType"):
        asked(Redactor(SecretRules(functions=(forgets,))), body=b"text")


def test_what_a_user_allows_stays_but_a_value_seen_as_a_secret_goes():
    redactor = Redactor(RULES)
    body = b"sk-TestZr5Tk8Wn1Vc4a9Bx7Qm2 sk-Zr5Tk8Wn1Vc4a9Bx7Qm2"
    assert asked(redactor, body=body).body == b"sk-TestZr5Tk8Wn1Vc4a9Bx7Qm2 REDACTED"
    assert b"sk-Test" not in asked(redactor, ("api-key", "sk-TestZr5Tk8Wn1Vc4a9Bx7Qm2"), body=body).body


def test_a_header_that_a_user_wants_is_kept_cleaned():
    redactor = Redactor(RULES)
    assert ("x-my-id", "acme-REDACTED") in asked(redactor, ("X-My-Id", "acme-9")).headers
    assert ("x-my-id", "7") in redactor.headers([("X-My-Id", "7")])


def test_recordings_of_others_go_through_the_users_rules():
    recording = Recording(Request("POST", "https://a.test/acme-5", (JSON,), b'{"id": "customer-12"}'))
    cleaner = Redactor(RULES).cleaner
    assert cleaner(recording).request == Request(
        "POST", "https://a.test/acme-REDACTED", (JSON,), b'{"id": "customer-0"}'
    )
    assert Redactor().cleaner is None


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"])))
def test_a_url_cleaned_twice_is_a_url_cleaned_once(text):
    once = Redactor().url(kept_url("https://a.test/v1?" + text))
    assert Redactor().url(once) == once


def test_the_client_gets_what_the_server_sent(studio):
    with mirroring() as mirror, studio.open("once", hosts=("127.0.0.1:*",)) as tape:
        answer = CLIENT.post(mirror.url + "/v1/chat/completions?key=c4nary-one-two", json={"password": "c4nary-7"})
    assert "?key=c4nary-one-two" in answer.text
    assert "c4nary-7" in answer.text
    assert "c4nary" not in repr(tape.interactions) + studio.path.read_text()


def test_many_threads_share_a_redactor():
    redactor = Redactor()

    def use(number):
        for turn in range(20):
            secret = f"c4nary-{number}-{turn}"
            request = asked(redactor, ("api-key", secret), body=f'{{"text": "{secret}"}}'.encode())
            response = answered(redactor, secret.encode(), ("set-cookie", f"s={secret}-cookie"))
            yield request.body, response.body

    with ThreadPoolExecutor(16) as pool:
        results = [pair for pairs in pool.map(lambda number: list(use(number)), range(16)) for pair in pairs]
    assert set(results) == {(b'{"text": "REDACTED"}', b"REDACTED")}
