"""One small recording in each format: whatever project wrote it, the same call comes out."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pytest_altax.capture.storage import formats, store
from pytest_altax.errors import CassetteError
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction

DATA = Path(__file__).parent / "data"
URL = "https://api.openai.com/v1/chat/completions"
NAMES = sorted(path.name for path in DATA.iterdir())
ANSWERED = [name for name in NAMES if name != "llama_stack_error.json"]


def recordings(name):
    return store.read(DATA / name).recordings


def call(recording):
    return ProviderRegistry().read(Interaction(recording.request, recording.response))


@pytest.mark.parametrize("name", ANSWERED)
def test_the_same_call_is_found_in_each_format(name):
    found = call(recordings(name)[0])
    assert (found.model, found.messages[-1].text) == ("gpt-4o-mini", "How tall is the lighthouse?")
    assert found.choices[0].text == "Forty metres – and ünusually bright."
    assert (found.usage.input, found.usage.output, found.usage.total) == (11, 8, 19)
    assert found.status == 200


@pytest.mark.parametrize("name", NAMES)
def test_the_request_is_the_same_in_each_format(name):
    request = recordings(name)[0].request
    assert request.method == "POST"
    assert request.url.replace(":443/", "/").partition("?")[0] == URL
    assert json.loads(request.body)["messages"] == [{"role": "user", "content": "How tall is the lighthouse?"}]


@pytest.mark.parametrize("name", NAMES)
def test_each_format_looks_like_a_cassette(name):
    assert formats.looks_like_cassette(DATA / name)


def test_secrets_of_other_peoples_cassettes_are_left_out():
    first = recordings("vcrpy.yaml")[0]
    assert first.request.headers == (("content-type", "application/json"),)
    assert first.request.url == f"{URL}?api_key=REDACTED"
    assert first.response.headers == (("content-type", "application/json"),)


def test_a_request_without_a_body_has_an_empty_one():
    assert recordings("vcrpy.yaml")[1].request.body == b""
    assert recordings("r_vcr.yml")[1].request.body == b""


def test_a_response_without_a_body_has_an_empty_one():
    assert recordings("r_vcr.yml")[1].response.body == b""


def test_a_parsed_body_is_spelled_as_the_sdk_spells_it():
    body = recordings("pydantic_ai.yaml")[0].request.body
    assert body == b'{"messages":[{"content":"How tall is the lighthouse?","role":"user"}],"model":"gpt-4o-mini"}'


def test_a_request_that_a_browser_could_not_make_is_a_failure():
    blocked = recordings("browser.har")[1]
    assert blocked.response is None
    assert "ERR_CONNECTION_REFUSED" in blocked.failure


def test_the_pieces_of_an_encoded_answer_of_nock_are_put_together():
    plain, encoded = recordings("nock.json")
    assert json.loads(plain.response.body) == json.loads(encoded.response.body)


def test_chunks_of_llama_stack_are_the_stream_that_the_provider_sent():
    response = recordings("llama_stack_stream.json")[0].response
    assert response.header("content-type") == "text/event-stream"
    events = response.body.decode().split("\n\n")
    assert [event[:6] for event in events[:-1]] == ["data: "] * 5
    assert events[-2:] == ["data: [DONE]", ""]
    assert response.chunks == ()


def test_an_error_of_llama_stack_is_the_http_error_that_it_was_raised_for():
    response = recordings("llama_stack_error.json")[0].response
    assert response.status == 400
    assert json.loads(response.body)["error"]["message"] == "no such lighthouse"


def llama_stack(tmp_path, response, url="http://localhost:11434/api/chat"):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"request": {"method": "POST", "url": url, "body": {}}, "response": response}))
    return store.read(path).recordings[0]


def test_a_pair_that_is_not_of_llama_stack_is_not_taken_for_it(tmp_path):
    with pytest.raises(CassetteError, match="a mapping with request, response"):
        llama_stack(tmp_path, {"status": 404, "body": "no"})


def test_an_error_of_llama_stack_without_a_status_is_a_failure(tmp_path):
    told = {"is_exception": True, "exception_message": "it broke", "exception_data": {"type": "APIConnectionError"}}
    assert llama_stack(tmp_path, told).failure == "builtins.APIConnectionError: it broke"


def test_chunks_of_ollama_are_lines(tmp_path):
    chunks = [{"__type__": "ollama._types.ChatResponse", "__data__": {"done": done}} for done in (False, True)]
    response = llama_stack(tmp_path, {"body": chunks, "is_streaming": True}).response
    assert response.header("content-type") == "application/x-ndjson"
    assert response.body == b'{"done":false}\n{"done":true}\n'


def test_chunks_with_a_type_are_named_events(tmp_path):
    chunks = [{"__type__": "anthropic.types.X", "__data__": {"type": "message_stop"}}]
    response = llama_stack(tmp_path, {"body": chunks, "is_streaming": True}, "https://a.test/v1/messages").response
    assert response.body == b'event: message_stop\ndata: {"type":"message_stop"}\n\n'


def test_a_page_of_a_list_is_a_list_of_the_api(tmp_path):
    models = [{"__type__": "openai.types.model.Model", "__data__": {"id": "a"}}]
    response = llama_stack(tmp_path, {"body": models, "is_streaming": False}, "https://a.test/v1/models").response
    assert response.body == b'{"object":"list","data":[{"id":"a"}]}'


def har(tmp_path, sent):
    response = {"status": 200, "headers": [], "content": {"mimeType": "text/plain", "text": "yes"}}
    request = {"method": "POST", "url": "https://a.test/", "headers": [], "postData": sent}
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"entries": [{"request": request, "response": response}]}}))
    return store.read(path).recordings[0]


def test_the_fields_of_a_form_are_what_was_posted(tmp_path):
    fields = [{"name": "tower", "value": "a b"}, {"name": "tall"}]
    assert har(tmp_path, {"mimeType": "application/x-www-form-urlencoded", "params": fields}).request.body == (
        b"tower=a+b&tall="
    )


def test_the_media_type_of_an_archive_stands_for_a_content_type(tmp_path):
    assert har(tmp_path, {"text": "x"}).response.header("content-type") == "text/plain"


def test_a_binary_answer_of_nock_is_its_hex_digits(tmp_path):
    path = tmp_path / "a.json"
    answer = {"status": 200, "response": "00ff", "responseIsBinary": True, "headers": {"content-type": "image/png"}}
    path.write_text(json.dumps([{"scope": "https://a.test:443", "path": "/x", "method": "GET", "body": ""} | answer]))
    recording = store.read(path).recordings[0]
    assert (recording.response.body, recording.request.body) == (b"\x00\xff", b"")
    assert recording.response.header("content-type") == "image/png"


def test_a_form_that_nock_took_apart_is_put_together(tmp_path):
    path = tmp_path / "a.json"
    kind = {"reqheaders": {"content-type": "application/x-www-form-urlencoded"}}
    answer = {"status": 200, "response": "yes", "rawHeaders": []}
    asked = {"scope": "https://a.test:443", "path": "/x", "method": "POST", "body": {"a": "b c"}}
    path.write_text(json.dumps([asked | kind | answer]))
    assert store.read(path).recordings[0].request.body == b"a=b+c"


@pytest.mark.parametrize(("body", "sent"), [("6162", b"6162"), ("00ff", b"\x00\xff"), ("tower", b"tower")])
def test_hex_digits_in_a_request_of_nock_are_bytes_where_text_would_be_text(body, sent, tmp_path):
    path = tmp_path / "a.json"
    asked = {"scope": "https://a.test:443", "path": "/x", "method": "POST", "body": body}
    path.write_text(json.dumps([asked | {"status": 200, "response": "yes", "rawHeaders": []}]))
    assert store.read(path).recordings[0].request.body == sent


def test_nock_that_recorded_nothing_is_an_empty_cassette(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[]")
    assert list(store.read(path).recordings) == []


def test_lists_of_requests_and_responses_must_pair():
    with pytest.raises(CassetteError, match="1 requests and 0 responses"):
        formats.read(b"requests:\n- {method: GET, uri: x}\nresponses: []\n", "a.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version: 1\ninteractions:\n- {kind: message, direction: received, data: {}}\n", "kind, direction, data"),
        (b"interactions:\n  42ba: [{token: 1}]\n", "interactions is no list: it is a mapping with 42ba"),
        (b'{"id": "x", "choices": [], "usage": {}}', "id, choices, usage, and holds no requests"),
        (b'{"a": 1}\n{"b": 2}\n', "several JSON values in one file"),
        (b"[1, 2]", "a list, and holds no requests"),
        (b"", "empty"),
        (b"just words", "just words"),
    ],
)
def test_what_is_no_cassette_is_refused_and_told_what_it_is(content, said):
    with pytest.raises(CassetteError, match=said):
        formats.read(content, "a.yaml")


def test_an_unknown_file_is_told_what_is_read():
    with pytest.raises(CassetteError) as error:
        formats.read(b"{}", "a.json")
    for name in ("vcrpy", "Ruby", "HAR", "nock", "llama-stack"):
        assert name in str(error.value)


@pytest.mark.parametrize("name", [name for name in ANSWERED if name != "llama_stack_stream.json"])
def test_a_client_is_answered_from_each_format(name, studio):
    studio.path = studio.path.parent / name
    studio.path.parent.mkdir()
    studio.path.write_bytes((DATA / name).read_bytes())
    asked = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "How tall is the lighthouse?"}]}
    url = URL + "?api_key=another" if name == "vcrpy.yaml" else URL
    with studio.open("none"):
        answer = httpx.post(url, json=asked)
    assert answer.json()["choices"][0]["message"]["content"] == "Forty metres – and ünusually bright."


def test_reading_loads_no_client_no_vcrpy_and_no_yaml_for_json():
    path = DATA / "vcrpy.json"
    code = (
        "import sys; from pathlib import Path; from pytest_altax.capture.storage import store;"
        f"store.read(Path({str(path)!r}))"
    )
    loaded = "sorted({'vcr', 'yaml', 'httpx', 'requests', 'aiohttp', 'urllib3'} & sys.modules.keys())"
    run = subprocess.run([sys.executable, "-c", f"{code}; print({loaded})"], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_what_only_has_the_name_of_a_cassette_does_not_look_like_one(tmp_path):
    (tmp_path / "package.json").write_text('{"name": "tower", "version": "1.0"}')
    (tmp_path / "notes.txt").write_text("interactions: []")
    (tmp_path / "broken.json.gz").write_bytes(b"\x1f\x8bxx")
    assert not any(formats.looks_like_cassette(path) for path in tmp_path.iterdir())
    assert not formats.looks_like_cassette(tmp_path / "missing.yaml")
