import json

import pytest
from exchanges import answered, call, chunk, plain

from pytest_altax.records import Usage

HELLO = "Hello."


@pytest.mark.parametrize(
    ("name", "text", "stop", "usage"),
    [
        ("bedrock_claude", "Hi.", "end_turn", Usage(903, 4, cached=900)),
        ("bedrock_claude_stream", "Hello there.", "end_turn", Usage(12, 7)),
        ("bedrock_claude_legacy_stream", " Hello.", "stop_sequence", Usage(10, 4)),
        ("bedrock_titan", "This is a test", "FINISH", Usage(5, 6)),
        ("bedrock_titan_stream", "This is a test", "LENGTH", Usage(5, 6)),
        ("bedrock_llama", " world.", "stop", Usage(2, 3)),
        ("bedrock_llama_stream", " world.", "length", Usage(2, 3)),
        ("bedrock_mistral", " Hello.", "stop", Usage(6, 4)),
        ("bedrock_mistral_stream", HELLO, "stop", Usage(6, 4)),
        ("bedrock_cohere", "This is a test.", "COMPLETE", Usage(6, 4)),
        ("bedrock_cohere_command_stream", " Hello.", "COMPLETE", Usage(6, 4)),
        ("bedrock_jamba", HELLO, "stop", Usage(16, 4, total=20)),
        ("bedrock_deepseek", HELLO, "length", Usage(6, 4)),
        ("bedrock_nova", HELLO, "end_turn", Usage(8, 3, total=11)),
    ],
)
def test_the_answer_of_each_family_is_read(name, text, stop, usage):
    read = call(name)
    assert [(choice.text, choice.stop_reason) for choice in read.choices] == [(text, stop)]
    assert (read.usage, read.error, read.kind, read.endpoint) == (usage, None, "generation", "invoke")


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("bedrock_claude", ["system", "user"]),
        ("bedrock_titan", ["user"]),
        ("bedrock_llama", ["user"]),
        ("bedrock_cohere", ["system", "user", "assistant", "user"]),
        ("bedrock_jamba", ["system", "user"]),
        ("bedrock_nova", ["system", "user"]),
        ("bedrock_embed", ["user", "user"]),
    ],
)
def test_the_request_of_each_family_is_read(name, roles):
    assert [message.role for message in call(name).messages] == roles


@pytest.mark.parametrize(("name", "tools"), [("bedrock_claude", ["f"]), ("bedrock_jamba", ["f"])])
def test_tools_are_read_in_the_form_of_the_family(name, tools):
    assert [tool.name for tool in call(name).tools] == tools


def test_the_body_decides_not_the_models_name():
    titan = plain("bedrock_titan")
    read = call("bedrock_nova", sent=titan["request"], got=json.dumps(titan["response"]).encode())
    assert (read.choices[0].text, read.usage, len(read.messages)) == ("This is a test", Usage(5, 6), 1)


def test_headers_tell_the_usage_where_a_body_tells_none():
    body = {**plain("bedrock_claude")["response"], "usage": None}
    assert call("bedrock_claude", got=json.dumps(body).encode()).usage is None
    assert call("bedrock_mistral", got=json.dumps(body).encode()).usage == Usage(6, 4)


def test_settings_of_titan_and_nova_stand_by_their_own_names():
    assert call("bedrock_titan").settings == {"maxTokenCount": 10, "temperature": 0.8}
    assert call("bedrock_nova").settings == {"max_new_tokens": 10}
    assert call("bedrock_llama").settings == {"max_gen_len": 10, "temperature": 0.5}


def test_embeddings_report_their_input_and_answer_nothing():
    read = call("bedrock_embed")
    assert (read.kind, read.usage, read.choices) == ("embedding", Usage(4, 0), ())
    assert [message.text for message in read.messages] == ["one", "two"]


def test_a_torn_stream_says_so():
    whole = answered(plain("bedrock_titan_stream"))
    read = call("bedrock_titan_stream", got=whole[: len(whole) // 2])
    assert (read.error, read.choices[0].text) == ("the stream ended early", "This is")


def test_what_titan_filtered_is_a_refusal():
    body = {"inputTextTokenCount": 5, "results": [{"outputText": "", "completionReason": "CONTENT_FILTERED"}]}
    assert call("bedrock_titan", got=json.dumps(body).encode()).choices[0].signal == "CONTENT_FILTERED"


def test_a_guardrail_in_the_body_of_a_family_is_a_signal():
    body = {**plain("bedrock_llama")["response"], "amazon-bedrock-guardrailAction": "INTERVENED"}
    assert call("bedrock_llama", got=json.dumps(body).encode()).choices[0].signal == "guardrail_intervened"
    body["amazon-bedrock-trace"] = {"guardrail": {"input": {"g": {"topicPolicy": {"topics": [{"action": "BLOCKED"}]}}}}}
    assert call("bedrock_llama", got=json.dumps(body).encode()).choices[0].signal == "blocked"


def test_pictures_and_rankings_are_no_answers():
    assert call("bedrock_nova", sent={"taskType": "TEXT_IMAGE"}).kind == "other"
    assert call("bedrock_nova", sent={"query": "q", "documents": ["a"]}).kind == "other"


def test_a_stream_of_claude_that_lost_its_start_keeps_its_text():
    pieces = plain("bedrock_claude_stream")["chunks"][2:]
    read = call("bedrock_claude_stream", got=b"".join(map(chunk, pieces)))
    assert [(choice.text, choice.stop_reason) for choice in read.choices] == [("Hello there.", "end_turn")]
