"""Errors by which filters answer, as each API words them; the bodies are made up after their documentation."""

import pytest

from pytest_altax.providers.failures import filtered

CODE = {"message": "The response was filtered.", "type": None, "param": "prompt", "code": "content_filter"}
INNER = {"code": "ResponsibleAIPolicyViolation"}
POLICY = {"type": "invalid_request_error", "message": "Output blocked by content filtering policy"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"error": {**CODE, "status": 400, "innererror": INNER}}, id="azure"),
        pytest.param({"error": {**CODE, "code": "content_policy_violation"}}, id="openai"),
        pytest.param({"error": {**CODE, "code": "moderation_blocked"}}, id="openai-images"),
        pytest.param(
            {"error": {"code": "invalid_prompt", "message": "It was flagged as potentially violating our policy."}},
            id="openai-reasoning",
        ),
        pytest.param({"type": "error", "error": POLICY}, id="anthropic"),
        pytest.param({"message": "blocked output: please try again with a different prompt"}, id="cohere"),
        pytest.param({"error": {"message": "Content Exists Risk", "code": "invalid_request_error"}}, id="deepseek"),
        pytest.param({"error": {"code": "data_inspection_failed", "message": "Input data rejected"}}, id="dashscope"),
        pytest.param({"code": "Failed", "message": "Output data may contain inappropriate content."}, id="qwen"),
        pytest.param({"error": {"code": 403, "message": "Sorry, your input was flagged"}}, id="openrouter"),
        pytest.param({"message": "This request has been blocked by our content filters."}, id="titan"),
        pytest.param({"error": "Content violates usage guidelines.", "code": "permission"}, id="xai"),
    ],
)
def test_an_error_of_a_filter_is_a_refused_choice(body: object):
    found = filtered(body)
    assert found is not None
    assert found.signal == "content_filter"


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "rate_limit_exceeded", "message": "Rate limit reached"}},
        {"error": {"code": "context_length_exceeded", "message": "This model's maximum context length is 8192"}},
        {"message": "Too many requests, please wait"},
        {"message": {"role": "assistant", "content": "blocked input: please"}},
        {"choices": [{"message": {"content": "your input was flagged"}}]},
        None,
    ],
)
def test_any_other_body_is_none(body: object):
    assert filtered(body) is None
