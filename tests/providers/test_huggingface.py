import json

import pytest
from exchanges import answered, call, interaction, plain

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, Logprobs, Request, Response, Usage

HUB = "https://api-inference.huggingface.co"
INPUTS = b'{"inputs": "Hi"}'


def read(url: str, body: object, status: int = 200):
    return ProviderRegistry().read(
        Interaction(Request("POST", url, (), INPUTS), Response(status, (), json.dumps(body).encode()))
    )


def test_a_generated_text_is_the_answer():
    found = call("huggingface_generate")
    (choice,) = found.choices
    assert (choice.text, choice.stop_reason, choice.logprobs) == (" world.", "eos_token", Logprobs((-0.5,), ((),)))
    assert (found.model, found.seed, found.usage) == ("acme/chat-7b", 3, Usage(2, 3))
    assert found.messages[0].text == "Hello"


def test_a_stream_ends_with_the_whole_text_and_its_details():
    found = call("huggingface_stream")
    (choice,) = found.choices
    assert (choice.text, choice.stop_reason, found.streaming) == (" world.", "eos_token", True)
    assert (found.usage, found.error) == (Usage(2, 3), None)


def test_a_torn_stream_says_so_and_keeps_what_came():
    whole = answered(plain("huggingface_stream"))
    found = call("huggingface_stream", got=whole[: whole.index(b"</s>")])
    assert (found.error, found.choices[0].text, found.usage) == ("the stream ended early", " world.", None)


def test_without_the_input_there_is_no_usage():
    request = interaction("huggingface_generate").request
    body = json.dumps(plain("huggingface_generate")["response"]).encode()
    assert ProviderRegistry().read(Interaction(request, Response(200, (), body))).usage is None


def test_a_model_that_still_loads_is_an_error_without_a_choice():
    found = read(
        f"{HUB}/models/acme/chat", {"error": "Model acme/chat is currently loading", "estimated_time": 20}, 503
    )
    assert (found.error, found.choices) == ("Model acme/chat is currently loading", ())


def test_errors_may_be_several():
    assert read(f"{HUB}/models/acme/chat", {"error": ["Too long", "Too slow"]}, 422).error == "Too long; Too slow"


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/models/acme/chat", [{"generated_text": "x"}], "generation"),
        ("/models/acme/classes", [[{"label": "good", "score": 0.9}]], "other"),
        ("/pipeline/feature-extraction/acme/vectors", [[0.1, 0.2]], "embedding"),
    ],
)
def test_what_is_no_generated_text_is_no_generation(path, body, kind):
    found = read(HUB + path, body)
    assert (found.kind, found.error, len(found.choices)) == (kind, None, int(kind == "generation"))


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        (f"{HUB}/models/gpt2", "huggingface"),
        ("https://abc.us-east-1.aws.endpoints.huggingface.cloud", "huggingface"),
        ("http://localhost:8080/generate", "huggingface"),
        ("http://localhost:11434/api/generate", "unknown or another's"),
        ("https://router.huggingface.co/v1/chat/completions", "openai"),
    ],
)
def test_calls_are_claimed_by_host_or_path(url, provider):
    found = ProviderRegistry().read(Interaction(Request("POST", url, (), INPUTS)))
    assert found.provider == provider or (provider.startswith("unknown") and found.provider != "huggingface")


def test_a_path_of_that_name_without_inputs_is_not_claimed():
    found = ProviderRegistry().read(Interaction(Request("POST", "http://app.test/generate", (), b"{}")))
    assert found.provider == "unknown"


@pytest.mark.parametrize("agent", ["unknown/None; hf_hub/2.4.0; python/3.11.7", "@huggingface/inference/4.1.0"])
def test_calls_of_its_clients_are_claimed_on_any_host(agent):
    request = Request("POST", "http://localhost:8080/", (("User-Agent", agent),), INPUTS)
    assert ProviderRegistry().read(Interaction(request)).provider == "huggingface"
