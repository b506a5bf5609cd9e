"""SDKs over clients that fail: their own errors and retries on replay, without their waits."""

import time

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


FAILING = {
    "openai time-out": (with_openai, "/hang", {"timeout": 0.05}, openai.APITimeoutError),
    "openai disconnect": (with_openai, "/gone", {}, openai.APIConnectionError),
    "openai stream": (with_openai_stream, "/hang", {"timeout": 0.05}, openai.APITimeoutError),
    "openai 503": (with_openai, "/status/503", {}, openai.InternalServerError),
    "anthropic time-out": (with_anthropic, "/hang", {"timeout": 0.05}, anthropic.APITimeoutError),
    "anthropic disconnect": (with_anthropic, "/gone", {}, anthropic.APIConnectionError),
    "anthropic 429": (with_anthropic, "/status/429", {}, anthropic.RateLimitError),
}


@pytest.mark.parametrize(("ask", "prefix", "options", "error"), FAILING.values(), ids=FAILING)
def test_every_attempt_is_recorded_and_fails_again_without_waiting(
    ask, prefix, options, error, loopback, studio, monkeypatch
):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with studio.open("once") as tape, pytest.raises(error) as recorded:
        ask(loopback.url + prefix, max_retries=2, **options)
    assert len(tape.interactions) == 3
    assert max(slept) > 0.3
    slept.clear()
    loopback.stop()
    with studio.open("none") as again, pytest.raises(error) as replayed:
        ask(loopback.url + prefix, max_retries=2, **options)
    assert type(replayed.value) is type(recorded.value)
    assert str(replayed.value) == str(recorded.value)
    assert not again.errors
    assert not again.unused
    assert sum(slept) < 0.01


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
