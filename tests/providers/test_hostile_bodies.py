import json

import pytest
from exchanges import EVENTSTREAM, NAMES, chunk, content_type, frame, interaction, plain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_altax.providers import drift
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call, Interaction, Request, Response

REGISTRY = ProviderRegistry()
WORDS = (
    "model messages input system tools choices content usage message role parts type text output delta error index "
    "tool_calls function name arguments id input_tokens prompt_tokens logprobs top_logprobs properties items enum "
    "finish_reason stop_reason incomplete_details stream response item output_index iterations $ref default "
    "toolConfig toolSpec toolUse toolResult toolUseId inputSchema json cachePoint guardContent reasoningContent "
    "reasoningText citationsContent stopReason contentBlockIndex start document image source trace bytes inputTokens "
    "inputText results outputText generation outputs generations completions data finishReason texts headers "
    "chat_history preamble documents tool_results parameters tool_plan meta tokens billed_units event_type "
    "inputs generated_text details token prefill special error errors model_id system warnings id params method "
    "contents parts systemInstruction generationConfig functionDeclarations functionCall functionResponse response "
    "inlineData thought candidates usageMetadata promptTokenCount finishReason promptFeedback blockReason partialArgs "
    "jsonPath logprobsResult topCandidates chosenCandidates requests instances predictions embeddings statistics "
    "token_count executableCode toolCall mcpServers seed options images thinking done eval_count prompt_eval_count "
    "steps outputs summary event_type interaction step system_instruction generation_config arguments_delta"
)
KEYS = st.sampled_from(WORDS.split())
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["text", "function", "tool_use", "tool_result", "message_start", "json_schema", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
URLS = st.sampled_from([plain(name)["url"] for name in NAMES] + ["http://[::1", "", "https://x/v1/responses/compact"])


def check(sent: bytes, got: bytes, url: str, kind: str = "application/json") -> None:
    """Whatever came, there is a call, and it survives JSON."""
    exchange = Interaction(Request("POST", url, (), sent), Response(200, (("content-type", kind),), got))
    call = REGISTRY.read(exchange)
    written = json.dumps(call.to_json(), allow_nan=False)
    written.encode()
    assert Call.from_json(json.loads(written)) == call
    drift.task_key(call)


@given(VALUES, VALUES, URLS)
@settings(max_examples=150, deadline=None)
def test_json_of_any_shape_is_read(sent, got, url):
    check(json.dumps(sent).encode(), json.dumps(got).encode(), url)


@given(st.binary(max_size=80), st.binary(max_size=80), URLS)
@settings(max_examples=60, deadline=None)
def test_bytes_of_any_kind_are_read(sent, got, url):
    check(sent, got, url)


@given(VALUES, st.lists(VALUES, max_size=6), URLS)
@settings(max_examples=100, deadline=None)
def test_streams_of_any_shape_are_read(sent, events, url):
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    check(json.dumps(sent).encode(), body, url, "text/event-stream")


@given(VALUES, st.lists(VALUES, max_size=6), URLS, st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_binary_streams_of_any_shape_are_read(sent, events, url, torn):
    pieces = [event if isinstance(event, dict) else {"delta": event} for event in events]
    names = ("contentBlockStart", "contentBlockDelta", "messageStop", "metadata")
    frames = [frame(names[number % 4], piece) for number, piece in enumerate(map(_encodable, pieces))]
    body = b"".join([*frames, *map(chunk, pieces)])
    check(json.dumps(sent).encode(), body[: len(body) - torn], url, EVENTSTREAM)
    check(json.dumps(sent).encode(), body[torn:], url, EVENTSTREAM)


def _encodable(value):
    """The same value without lone surrogates, which UTF-8 cannot hold."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_recordings_cut_or_with_a_value_replaced_are_read(name, data):
    made = plain(name)
    sent = _mutated(made["request"], data)
    got = interaction(name).response.body
    if "response" in made:
        got = json.dumps(_mutated(made["response"], data)).encode()
    cut = data.draw(st.integers(0, len(got)))
    kind = content_type(made)
    check(json.dumps(sent).encode(), got[:cut] if data.draw(st.booleans()) else got, made["url"], kind)


def _mutated(value, data):
    """The same value with one place in it replaced."""
    if data.draw(st.integers(0, 3)) == 0 or not isinstance(value, dict | list) or not value:
        return data.draw(VALUES)
    place = data.draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
    changed = value.copy()
    changed[place] = _mutated(value[place], data)
    return changed


def test_a_body_nested_a_hundred_thousand_deep_is_no_json():
    check(b"[" * 100_000, b'{"a":' * 100_000, plain("chat_plain")["url"])


def test_settings_and_schemas_nested_too_deeply_are_cut():
    deep = json.loads("[" * 500 + "]" * 500)
    sent = {"stop": deep, "tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": deep}}}]}
    check(json.dumps(sent).encode(), b"{}", plain("chat_plain")["url"])


def test_a_schema_that_refers_to_itself_ends():
    node = {"$ref": "#/$defs/node"}
    parameters = {"properties": {"a": node}, "$defs": {"node": {"type": "object", "properties": {"b": node}}}}
    sent = {"tools": [{"type": "function", "function": {"name": "f", "parameters": parameters}}]}
    check(json.dumps(sent).encode(), b"{}", plain("chat_plain")["url"])


def test_references_that_double_at_every_step_end():
    kinds = {
        str(step): {"type": "object", "properties": {key: {"$ref": f"#/$defs/{step + 1}"} for key in "abcd"}}
        for step in range(40)
    }
    parameters = {"properties": {"a": {"$ref": "#/$defs/0"}}, "$defs": kinds}
    sent = {"tools": [{"type": "function", "function": {"name": "f", "parameters": parameters}}]}
    check(json.dumps(sent).encode(), b"{}", plain("chat_plain")["url"])
