"""What usage tells beside input and output: audio, caches kept for an hour, and the tier of a call."""

import json

import pytest
from exchanges import call, frame, plain
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.providers import billing
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call, Interaction, Request, Response, Usage

count = st.none() | st.integers(0, 50)


def answered(url: str, body: object, *headers: tuple[str, str]) -> Call:
    """A call with that answer, whatever was asked."""
    told = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(200, (("content-type", "application/json"), *headers), told)
    return ProviderRegistry().read(Interaction(Request("POST", url, (), b"{}"), response))


def audio(read: Call) -> tuple[int, int, int]:
    assert read.usage is not None
    return read.usage.audio_input, read.usage.audio_cached, read.usage.audio_output


OPENAI = "https://api.openai.com/v1/"
GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent"
BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova-lite-v1%3A0/"
MESSAGES = "https://api.anthropic.com/v1/messages"


def test_a_chat_tells_audio_of_each_side_and_of_the_cache():
    details = {"cached_tokens": 20, "audio_tokens": 30, "cached_tokens_details": {"audio_tokens": 8}}
    usage = {"prompt_tokens": 50, "completion_tokens": 9, "prompt_tokens_details": details}
    usage["completion_tokens_details"] = {"audio_tokens": 7}
    assert audio(answered(OPENAI + "chat/completions", {"choices": [], "usage": usage})) == (30, 8, 7)


def test_a_response_tells_audio_of_each_side():
    usage = {"input_tokens": 50, "output_tokens": 9, "input_tokens_details": {"audio_tokens": 30}}
    usage["output_tokens_details"] = {"audio_tokens": 7}
    assert audio(answered(OPENAI + "responses", {"output": [], "usage": usage})) == (30, 0, 7)


def test_a_transcription_tells_what_it_heard():
    usage = {"type": "tokens", "input_tokens": 14, "input_token_details": {"text_tokens": 0, "audio_tokens": 14}}
    read = answered(OPENAI + "audio/transcriptions", {"text": "Hi", "usage": {**usage, "output_tokens": 3}})
    assert audio(read) == (14, 0, 0)


@pytest.mark.parametrize("modality", ["AUDIO", 4])
def test_gemini_tells_audio_among_the_modalities(modality: object):
    def told(number: int) -> list[dict]:
        return [{"modality": "TEXT", "tokenCount": 5}, {"modality": modality, "tokenCount": number}]

    usage = {"promptTokenCount": 50, "candidatesTokenCount": 9, "cachedContentTokenCount": 20}
    usage |= {"promptTokensDetails": told(30), "cacheTokensDetails": told(8), "candidatesTokensDetails": told(4)}
    assert audio(answered(GEMINI, {"candidates": [], "usageMetadata": usage})) == (30, 8, 4)


def test_an_interaction_of_googles_tells_audio_among_the_modalities():
    usage = {"total_input_tokens": 50, "total_output_tokens": 9}
    usage["input_tokens_by_modality"] = [{"modality": "text", "tokens": 5}, {"modality": "audio", "tokens": 45}]
    url = "https://generativelanguage.googleapis.com/v1beta/interactions"
    assert audio(answered(url, {"status": "completed", "steps": [], "usage": usage})) == (45, 0, 0)


def test_a_message_tells_what_it_cached_for_an_hour():
    usage = {"input_tokens": 5, "output_tokens": 2, "cache_creation_input_tokens": 90}
    usage["cache_creation"] = {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 30}
    assert answered(MESSAGES, {"content": [], "usage": usage}).usage == Usage(95, 2, cache_write=90, cache_write_1h=30)


def test_converse_tells_what_it_cached_for_an_hour():
    usage = {"inputTokens": 5, "outputTokens": 2, "cacheWriteInputTokens": 90}
    usage["cacheDetails"] = [{"ttl": "5m", "inputTokens": 60}, {"ttl": "1h", "inputTokens": 30}]
    read = answered(BEDROCK + "converse", {"output": {}, "usage": usage})
    assert read.usage == Usage(95, 2, cache_write=90, cache_write_1h=30)


@pytest.mark.parametrize(
    ("url", "body", "tier"),
    [
        (OPENAI + "chat/completions", {"choices": [], "service_tier": "flex"}, "flex"),
        (OPENAI + "responses", {"output": [], "service_tier": "priority"}, "priority"),
        (OPENAI + "chat/completions", {"choices": [], "service_tier": None}, None),
        (OPENAI + "chat/completions", {"choices": []}, None),
        (MESSAGES, {"content": [], "usage": {"service_tier": "batch"}}, "batch"),
        (MESSAGES, {"content": [], "usage": {"service_tier": "standard", "speed": "fast"}}, "fast"),
        (MESSAGES, {"content": [], "usage": {"service_tier": "standard", "speed": "standard"}}, "standard"),
        (GEMINI, {"candidates": [], "usageMetadata": {"trafficType": "ON_DEMAND_FLEX"}}, "flex"),
        (GEMINI, {"candidates": [], "usageMetadata": {"trafficType": "ON_DEMAND"}}, "on_demand"),
        (GEMINI, {"candidates": [], "usageMetadata": {"trafficType": 2}}, "provisioned_throughput"),
        (GEMINI, {"candidates": [], "usageMetadata": {"trafficType": 9}}, None),
        (GEMINI, {"candidates": [], "usageMetadata": {"serviceTier": "priority"}}, "priority"),
        (BEDROCK + "converse", {"output": {}, "serviceTier": {"type": "reserved"}}, "reserved"),
    ],
)
def test_the_tier_is_the_one_that_the_answer_names(url: str, body: dict, tier: str | None):
    assert answered(url, body).tier == tier


def test_a_streamed_chat_tells_its_tier():
    events = [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "service_tier": "flex"}]
    stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    response = Response(200, (("content-type", "text/event-stream"),), stream)
    read = ProviderRegistry().read(Interaction(Request("POST", OPENAI + "chat/completions", (), b"{}"), response))
    assert read.tier == "flex"


def test_a_streamed_converse_tells_its_tier():
    told = {"usage": {"inputTokens": 1, "outputTokens": 1}, "serviceTier": {"type": "priority"}}
    body = frame("messageStop", {"stopReason": "end_turn"}) + frame("metadata", told)
    response = Response(200, (("content-type", "application/vnd.amazon.eventstream"),), body)
    request = Request("POST", BEDROCK + "converse-stream", (), b"{}")
    assert ProviderRegistry().read(Interaction(request, response)).tier == "priority"


def test_a_header_tells_the_tier_of_an_invoked_model():
    assert answered(BEDROCK + "invoke", {}, ("X-Amzn-Bedrock-Service-Tier", "flex")).tier == "flex"


def test_the_tier_that_was_asked_for_is_not_the_one_that_was_had():
    sent = {**plain("chat_plain")["request"], "service_tier": "flex"}
    assert call("chat_plain", sent=sent).tier is None


@given(count, count, count, count, count, count, count)
def test_parts_stay_within_their_wholes(given, answered, cached, write, hour, heard, said):
    read = billing.inclusive(
        given, answered, cached=cached, cache_write=write, cache_write_1h=hour,
        audio_input=heard, audio_cached=heard, audio_output=said,
    )  # fmt: skip
    if read is None:
        assert given is None
        assert answered is None
        return
    assert read.cache_write_1h <= read.cache_write <= read.input
    assert read.audio_cached <= min(read.cached, read.audio_input)
    assert read.audio_input <= read.input
    assert read.audio_output <= read.output
