"""SDKs over clients that fail: their own errors and retries on replay, without their waits."""

import asyncio
import contextlib
import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import anthropic
import openai
import pytest
from capture_asking import body

QUESTION = [{"role": "user", "content": "what?"}]


def with_openai(url, **options):
    with openai.OpenAI(base_url=url + "/v1", api_key="k", **options) as client:
        return client.chat.completions.create(model="m", messages=QUESTION).choices[0].message.content


def with_openai_stream(url, **options):
    with openai.OpenAI(base_url=url + "/v1", api_key="k", **options) as client:
        return list(client.chat.completions.create(model="m", messages=QUESTION, stream=True))


def with_anthropic(url, **options):
    with anthropic.Anthropic(base_url=url, api_key="k", **options) as client:
        return client.messages.create(model="m", max_tokens=9, messages=QUESTION).content[0].text


def with_boto(url, mode):
    boto3 = pytest.importorskip("boto3")
    config = pytest.importorskip("botocore.config").Config(retries={"mode": mode, "total_max_attempts": 3})
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    client = boto3.client("bedrock-runtime", endpoint_url=url, config=config, **keys)
    try:
        return client.converse(modelId="m", messages=[{"role": "user", "content": [{"text": "what?"}]}])
    finally:
        client.close()


def with_google(url, **_):
    genai = pytest.importorskip("google.genai")
    again = {"attempts": 3, "initial_delay": 0.4, "max_delay": 0.5}
    options = {"base_url": url, "api_version": "v1", "retry_options": again}
    with genai.Client(api_key="k", http_options=options) as client:
        return client.models.generate_content(model="m", contents="what?").text


async def with_google_async(url):
    genai = pytest.importorskip("google.genai")
    options = {"base_url": url, "api_version": "v1", "retry_options": {"attempts": 2, "initial_delay": 0.4}}
    async with genai.Client(api_key="k", http_options=options).aio as client:
        return await client.models.generate_content(model="m", contents="what?")


FAILING = {
    "openai time-out": (with_openai, "/hang", {"timeout": 0.05}, openai.APITimeoutError),
    "openai disconnect": (with_openai, "/gone", {}, openai.APIConnectionError),
    "openai stream": (with_openai_stream, "/hang", {"timeout": 0.05}, openai.APITimeoutError),
    "openai 503": (with_openai, "/status/503", {}, openai.InternalServerError),
    "anthropic time-out": (with_anthropic, "/hang", {"timeout": 0.05}, anthropic.APITimeoutError),
    "anthropic disconnect": (with_anthropic, "/gone", {}, anthropic.APIConnectionError),
    "anthropic 429": (with_anthropic, "/status/429", {}, anthropic.RateLimitError),
    "google 503": (with_google, "/status/503", {}, Exception),
}


@pytest.mark.parametrize(("ask", "prefix", "options", "error"), FAILING.values(), ids=FAILING)
def test_every_attempt_is_recorded_and_fails_again_without_waiting(
    ask, prefix, options, error, loopback, studio, monkeypatch
):
    hosts, slept = (loopback.url.removeprefix("http://"),), []
    monkeypatch.setattr(time, "sleep", slept.append)
    with studio.open("once", hosts=hosts) as tape, pytest.raises(error) as recorded:
        ask(loopback.url + prefix, max_retries=2, **options)
    assert len(tape.interactions) == 3
    assert max(slept) > 0.3
    slept.clear()
    loopback.stop()
    with studio.open("none", hosts=hosts) as again, pytest.raises(error) as replayed:
        ask(loopback.url + prefix, max_retries=2, **options)
    assert type(replayed.value) is type(recorded.value)
    assert str(replayed.value) == str(recorded.value)
    assert not again.errors
    assert not again.unused
    assert sum(slept) < 0.01


@pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")
def test_google_waits_no_more_in_a_task(loopback, studio, monkeypatch):
    hosts, slept, real = (loopback.url.removeprefix("http://"),), [], asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds, *_: slept.append(seconds) or real(0))
    for mode in ("once", "none"):
        slept.clear()
        with studio.open(mode, hosts=hosts) as tape, pytest.raises(Exception, match="503"):
            asyncio.run(with_google_async(loopback.url + "/status/503"))
        assert len(tape.interactions) == 2
        assert (max(slept, default=0) > 0.3) is (mode == "once")


class _Runs(BaseHTTPRequestHandler):
    """A run of an assistant that goes on at first."""

    def do_GET(self):
        number = next(self.server.numbers)
        data = json.dumps({"id": "run_1", "status": "in_progress" if number % 3 else "completed"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def serving_runs():
    with HTTPServer(("127.0.0.1", 0), _Runs) as server:
        server.numbers = itertools.count(1)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_run_is_polled_without_waiting(studio, monkeypatch):
    def polled(url):
        with openai.OpenAI(base_url=url + "/v1", api_key="k", max_retries=0) as client:
            return client.beta.threads.runs.poll(thread_id="thread_1", run_id="run_1").status

    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with serving_runs() as url:
        hosts = (url.removeprefix("http://"),)
        with studio.open("once", hosts=hosts) as tape:
            assert polled(url) == "completed"
    assert len(tape.interactions) == 3
    assert max(slept) >= 1
    slept.clear()
    with studio.open("none", hosts=hosts) as again:
        assert polled(url) == "completed"
    assert not again.unused
    assert sum(slept) == 0


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_botocore_tries_again_without_waiting(mode, loopback, studio, monkeypatch):
    hosts, slept = (loopback.url.removeprefix("http://"),), []
    url = loopback.url
    loopback.stop()
    monkeypatch.setattr(time, "sleep", slept.append)
    with studio.open("once", hosts=hosts) as tape, pytest.raises(Exception, match="Could not connect") as recorded:
        with_boto(url, mode)
    assert len(tape.interactions) == 3
    assert sum(slept) > 0
    slept.clear()
    with studio.open("none", hosts=hosts) as again, pytest.raises(type(recorded.value)) as replayed:
        with_boto(url, mode)
    assert str(replayed.value) == str(recorded.value)
    assert sum(slept) == 0
    assert not again.errors


def test_a_question_of_another_client_is_answered_with_what_one_of_them_recorded(loopback, studio):
    requests = pytest.importorskip("requests")
    with studio.open("once") as tape, pytest.raises(requests.ReadTimeout):
        requests.post(loopback.url + "/hang/v1/chat/completions", json=body(), timeout=0.05)
    assert tape.interactions[0].failure == "builtins.TimeoutError: timed out"
    with (
        studio.open("none"),
        pytest.raises(openai.APITimeoutError),
        openai.OpenAI(base_url=loopback.url + "/hang/v1", api_key="k", max_retries=0) as client,
    ):
        client.chat.completions.create(**body())
