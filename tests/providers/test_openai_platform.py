import json

import pytest
from exchanges import call

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, Request, Response, Usage

OPENAI = "https://api.openai.com/v1"
FORM = b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ngpt-4o-transcribe\r\n--b--\r\n'


def read(method: str, url: str, sent: bytes = b"{}", got: bytes = b"{}", kind: str = "application/json", status=200):
    response = Response(status, (("content-type", kind),), got)
    return ProviderRegistry().read(Interaction(Request(method, url, (), sent), response))


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [
        ("GET", "/models", "models"),
        ("GET", "/models/gpt-4o", "models"),
        ("POST", "/files", "files"),
        ("DELETE", "/files/file-1a", "files.delete"),
        ("GET", "/files/file-1a/content", "files.content"),
        ("POST", "/batches", "batches"),
        ("POST", "/uploads/upload_1/parts", "uploads.parts"),
        ("POST", "/audio/speech", "audio.speech"),
        ("POST", "/vector_stores/vs_1/files", "vector_stores.files"),
        ("POST", "/conversations/conv_1/items", "conversations.items"),
        ("GET", "/chat/completions/chatcmpl-1", "chat.completions"),
        ("GET", "/organization/usage/completions", "organization.usage.completions"),
    ],
)
def test_an_endpoint_is_named_by_the_words_of_its_path(method, path, endpoint):
    found = read(method, OPENAI + path)
    assert (found.provider, found.endpoint, found.kind, found.usage) == ("openai", endpoint, "other", None)


@pytest.mark.parametrize(
    "url",
    [
        "https://r.openai.azure.com/openai/files?api-version=1",
        "https://r.openai.azure.com/openai/v1/files",
        "https://openrouter.ai/api/v1/files",
    ],
)
def test_hosts_that_do_as_openai_does_are_read_alike(url):
    assert (read("GET", url).provider, read("GET", url).endpoint) == ("openai", "files")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/v1/files",
        "https://api.anthropic.com/v1/files/file_1",
        "https://generativelanguage.googleapis.com/v1beta/files",
        "https://api.openai.com/",
        "http://localhost:8000/v1/files",
        "http://localhost:8000/images/edits",
    ],
)
def test_what_is_anothers_is_not_read_as_openais(url):
    found = ProviderRegistry().find(Request("GET", url))
    assert found is None or found.name != "openai"


@pytest.mark.parametrize(("client", "claimed"), [("AsyncOpenAI/Python 3.1.0", True), ("python-httpx/1.0", False)])
def test_on_a_host_of_ones_own_the_client_decides(client, claimed):
    found = ProviderRegistry().find(Request("GET", "http://localhost:8000/v1/models", (("User-Agent", client),)))
    assert (found is not None) is claimed


def test_an_image_is_billed_by_the_token():
    made = call("platform_image")
    assert (made.endpoint, made.model, made.messages[0].text) == ("images.generations", "gpt-image-1", "A cat")
    assert made.usage == Usage(8, 272, total=280)


def test_what_a_stream_tells_at_its_end_is_what_is_billed():
    events = [{"type": "transcript.text.delta", "delta": "Hi"}, {"type": "transcript.text.done", "usage": None}]
    events[1]["usage"] = {"type": "tokens", "input_tokens": 14, "output_tokens": 3, "total_tokens": 17}
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    made = read("POST", f"{OPENAI}/audio/transcriptions", FORM, body, "text/event-stream")
    assert (made.model, made.usage) == ("gpt-4o-transcribe", Usage(14, 3, total=17))


def test_a_deployment_is_the_model_where_nothing_else_names_it():
    made = read("POST", "https://r.openai.azure.com/openai/deployments/my-whisper/audio/transcriptions", b"--b")
    assert (made.endpoint, made.model) == ("audio.transcriptions", "my-whisper")


def test_a_file_that_comes_back_is_no_error():
    assert read("POST", f"{OPENAI}/audio/speech", got=b"\xff\xfb\x90", kind="audio/mpeg").error is None


def test_an_error_is_told():
    told = read("GET", f"{OPENAI}/files/x", got=b'{"error":{"message":"No such File object: x"}}', status=404)
    assert (told.status, told.error) == (404, "No such File object: x")


@pytest.mark.parametrize(("given", "count"), [([15339, 1917], 1), ([[15339], [1917, 2]], 2), (["a", "b"], 2)])
def test_texts_to_embed_that_come_as_tokens_are_counted_as_texts(given, count):
    body = json.dumps({"model": "text-embedding-3-small", "input": given}).encode()
    assert len(read("POST", f"{OPENAI}/embeddings", body).messages) == count


def test_a_deployment_that_embeds_is_the_model():
    made = read("POST", "https://r.openai.azure.com/openai/deployments/ada/embeddings", b'{"input":"a"}')
    assert (made.endpoint, made.model) == ("embeddings", "ada")
