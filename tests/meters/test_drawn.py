"""Why answers are no samples, in whatever way a provider's request says so."""

import dataclasses
import json

import pytest
from meter_makers import call, message, user

from pytest_altax.meters.drawn import not_drawn
from pytest_altax.meters.sessions import request_key
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call, Interaction, Request

BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com/model"
GOOGLE = "https://generativelanguage.googleapis.com/v1beta"
VERTEX = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers"
MESSAGES = {"messages": [{"role": "user", "content": "Red or blue?"}]}
BLOCKS = {"messages": [{"role": "user", "content": [{"text": "Red or blue?"}]}]}
CLAUDE = {**MESSAGES, "max_tokens": 9, "anthropic_version": "bedrock-2023-05-31"}
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "Red or blue?"}]}]}
# How each API is asked: the address, the request, and what stands for the settings in it
APIS: dict[str, tuple[str, dict[str, object], tuple[str, ...]]] = {
    "OpenAI chat": ("https://api.openai.com/v1/chat/completions", {"model": "gpt-4o", **MESSAGES}, ()),
    "OpenAI completions": ("https://api.openai.com/v1/completions", {"model": "m", "prompt": "Red or blue?"}, ()),
    "OpenAI responses": ("https://api.openai.com/v1/responses", {"model": "gpt-4o", "input": "Red or blue?"}, ()),
    "Azure": ("https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1", MESSAGES, ()),
    "Mistral": ("https://api.mistral.ai/v1/chat/completions", {"model": "mistral-small", **MESSAGES}, ()),
    "vLLM": ("http://localhost:8000/v1/chat/completions", {"model": "qwen", **MESSAGES}, ()),
    "Anthropic": ("https://api.anthropic.com/v1/messages", {"model": "claude", "max_tokens": 9, **MESSAGES}, ()),
    "Gemini": (f"{GOOGLE}/models/gemini-2.5-flash:generateContent", CONTENTS, ("generationConfig",)),
    "Gemini in snake case": (f"{GOOGLE}/models/gemini-2.5-flash:generateContent", CONTENTS, ("generation_config",)),
    "Google interactions": (f"{GOOGLE}/interactions", {"model": "gemini", "input": "Red?"}, ("generation_config",)),
    "Vertex": (f"{VERTEX}/google/models/gemini-2.5-flash:generateContent", CONTENTS, ("generationConfig",)),
    "Claude on Vertex": (f"{VERTEX}/anthropic/models/claude@1:rawPredict", {"max_tokens": 9, **MESSAGES}, ()),
    "Mistral on Vertex": (f"{VERTEX}/mistralai/models/mistral@1:rawPredict", MESSAGES, ()),
    "Bedrock converse": (f"{BEDROCK}/m/converse", BLOCKS, ("inferenceConfig",)),
    "Bedrock converse, further fields": (f"{BEDROCK}/m/converse", BLOCKS, ("additionalModelRequestFields",)),
    "Claude on Bedrock": (f"{BEDROCK}/m/invoke", CLAUDE, ()),
    "Nova on Bedrock": (f"{BEDROCK}/m/invoke", {"schemaVersion": "messages-v1", **BLOCKS}, ("inferenceConfig",)),
    "Titan on Bedrock": (f"{BEDROCK}/m/invoke", {"inputText": "Red or blue?"}, ("textGenerationConfig",)),
    "Llama on Bedrock": (f"{BEDROCK}/m/invoke", {"prompt": "Red or blue?"}, ()),
    "Cohere": ("https://api.cohere.com/v2/chat", {"model": "command-a", **MESSAGES}, ()),
    "Cohere, version 1": ("https://api.cohere.com/v1/chat", {"message": "Red or blue?"}, ()),
    "Ollama": ("http://localhost:11434/api/chat", {"model": "qwen3", **MESSAGES}, ("options",)),
    "Ollama generate": ("http://localhost:11434/api/generate", {"model": "qwen3", "prompt": "Red?"}, ("options",)),
    "Hugging Face": ("http://tgi.test:8080/generate", {"inputs": "Red or blue?"}, ("parameters",)),
    "watsonx chat": ("https://us-south.ml.cloud.ibm.com/ml/v1/text/chat", {"model_id": "granite", **MESSAGES}, ()),
    "watsonx": (
        "https://us-south.ml.cloud.ibm.com/ml/v1/text/generation",
        {"model_id": "granite", "input": "Red or blue?"},
        ("parameters",),
    ),
}
SEEDS = {
    "OpenAI chat": "seed", "OpenAI completions": "seed", "Azure": "seed", "Mistral": "random_seed", "vLLM": "seed",
    "Gemini": "seed", "Gemini in snake case": "seed", "Google interactions": "seed", "Vertex": "seed",
    "Mistral on Vertex": "random_seed", "Bedrock converse, further fields": "seed", "Llama on Bedrock": "seed",
    "Cohere": "seed", "Cohere, version 1": "seed", "Ollama": "seed", "Ollama generate": "seed", "Hugging Face": "seed",
    "watsonx chat": "seed", "watsonx": "random_seed",
}  # fmt: skip
TOP_1 = {
    "Anthropic": {"top_k": 1}, "Gemini": {"topK": 1}, "Gemini in snake case": {"top_k": 1},
    "Nova on Bedrock": {"topK": 1}, "Cohere": {"k": 1}, "Ollama": {"top_k": 1}, "vLLM": {"top_k": 1},
    "Hugging Face": {"top_k": 1}, "Bedrock converse, further fields": {"top_k": 1},
}  # fmt: skip


def asked(api: str, **settings: object) -> Call:
    """A call of an API with these settings, in the place where it has them."""
    url, body, place = APIS[api]
    sent = {**body, **({place[0]: settings} if place else settings)}
    return ProviderRegistry().read(Interaction(Request("POST", url, (), json.dumps(sent).encode())))


def times(number: int, api: str, **settings: object) -> list[Call]:
    return [asked(api, **settings) for _ in range(number)]


@pytest.mark.parametrize("api", APIS)
def test_a_temperature_of_0_is_seen_wherever_it_stands(api):
    for cold in (0, 0.0, 1e-9):
        assert not_drawn(times(5, api, temperature=cold)) == "temperature 0"


@pytest.mark.parametrize("api", APIS)
def test_without_a_temperature_or_with_one_above_0_answers_are_samples(api):
    assert not_drawn(times(5, api)) is None
    assert not_drawn(times(5, api, temperature=0.2)) is None


@pytest.mark.parametrize("api", SEEDS)
def test_a_fixed_seed_is_seen_wherever_it_stands(api):
    assert not_drawn(times(5, api, **{SEEDS[api]: 7})) == "fixed seed"


@pytest.mark.parametrize("api", SEEDS)
def test_other_seeds_are_samples_of_one_prompt(api):
    calls = [asked(api, **{SEEDS[api]: number}) for number in range(1, 6)]
    assert not_drawn(calls) is None
    assert len({request_key(one) for one in calls}) == 1


@pytest.mark.parametrize("api", ["vLLM", "Ollama", "Ollama generate"])
def test_a_seed_of_minus_1_is_none(api):
    assert not_drawn(times(5, api, seed=-1)) is None


@pytest.mark.parametrize("api", ["OpenAI chat", "Azure"])
def test_to_openai_it_is_a_seed_like_any_other(api):
    assert not_drawn(times(5, api, seed=-1)) == "fixed seed"


@pytest.mark.parametrize("api", TOP_1)
def test_the_likeliest_token_alone_is_no_sampling(api):
    assert not_drawn(times(5, api, **TOP_1[api])) == "top_k 1"


@pytest.mark.parametrize(
    ("api", "settings", "reason"),
    [
        ("OpenAI chat", {"top_p": 0}, "top_p 0"),
        ("Gemini", {"topP": 0}, "top_p 0"),
        ("Hugging Face", {"do_sample": False}, "greedy decoding"),
        ("watsonx", {"decoding_method": "greedy"}, "greedy decoding"),
    ],
)
def test_other_ways_of_greedy_decoding_are_told(api, settings, reason):
    assert not_drawn(times(5, api, **settings)) == reason


@pytest.mark.parametrize("settings", [{"top_p": 1}, {"top_k": 40}, {"do_sample": True}, {"reasoning_effort": "high"}])
def test_other_settings_are_no_reason(settings):
    assert not_drawn([call(user("q"), settings=settings)] * 5) is None


@pytest.mark.parametrize("model", ["o3", "gpt-5-mini"])
def test_a_reasoning_model_takes_no_temperature_and_samples(model):
    assert not_drawn([call(user("q"), model=model, settings={"max_completion_tokens": 9})] * 5) is None


def test_few_seeds_among_many_calls_repeat_answers():
    assert not_drawn([call(user("q"), seed=number % 2) for number in range(10)]) == "fixed seed"
    assert not_drawn([call(user("q"), seed=number % 9) for number in range(10)]) is None


def test_calls_without_a_seed_among_those_with_one_are_samples():
    assert not_drawn([call(user("q"), seed=seed) for seed in (7, 7, None, None, 7)]) is None


def test_one_recording_that_was_played_again_is_one_sample():
    one = call(user("q"), recording=3)
    assert not_drawn([one] * 5) == "one recording played again"
    assert not_drawn([dataclasses.replace(one, recording=number) for number in range(5)]) is None
    assert not_drawn([dataclasses.replace(one, recording=None)] * 5) is None


def test_several_prompts_of_one_legacy_request_are_no_samples_of_one():
    asks = (message("user", "Red?"), message("user", "Blue?"))
    assert not_drawn([dataclasses.replace(call(*asks), endpoint="completions")]) == "several prompts in one request"
    assert not_drawn([call(*asks)]) is None
