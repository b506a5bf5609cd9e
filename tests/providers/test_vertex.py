import json

import pytest
from exchanges import call, interaction, plain

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, Request, Usage


def test_claude_is_read_as_a_message_whose_model_stands_in_the_path():
    read = call("anthropic_vertex")
    assert (read.provider, read.endpoint, read.model) == ("anthropic", "messages", "claude-sonnet-4-5")
    assert [message.text for message in read.messages] == ["Be brief.", "Hello"]
    assert (read.choices[0].text, read.usage) == ("Hi!", Usage(40, 4, cached=30))


def test_others_speak_chat_completions():
    read = call("chat_vertex_stream")
    assert (read.provider, read.endpoint, read.streaming) == ("openai", "chat", True)
    assert (read.choices[0].text, read.usage, read.error) == ("Salut", Usage(5, 2, total=7), None)


def test_a_torn_stream_says_so():
    whole = interaction("chat_vertex_stream").response.body
    read = call("chat_vertex_stream", got=whole[: whole.index(b"lut")])
    assert (read.choices[0].text, read.error) == ("Sa", "the stream ended early")


def test_counting_is_a_model_of_its_own_and_bills_nothing():
    made = plain("anthropic_vertex")
    url = made["url"].replace("claude-sonnet-4-5@20250929", "count-tokens")
    sent = {**made["request"], "model": "claude-sonnet-4-5"}
    read = ProviderRegistry().read(Interaction(Request("POST", url, (), json.dumps(sent).encode())))
    assert (read.endpoint, read.kind, read.model) == ("messages.count_tokens", "count", "claude-sonnet-4-5")
    assert read.usage is None


@pytest.mark.parametrize("method", ["predict", "generateContent"])
def test_other_methods_of_a_maker_are_not_read_as_its_format(method):
    url = f"https://aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/m:{method}"
    found = ProviderRegistry().find(Request("POST", url))
    assert found is None or found.name == "google"
