import dataclasses
import json
import subprocess
import sys

import pytest
from exchanges import NAMES, call, interaction

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call, Interaction, Request, Response

REGISTRY = ProviderRegistry()


def test_each_recording_is_read_by_the_provider_of_its_name():
    first = {name: name.partition("_")[0] for name in NAMES}
    openai = ("chat", "completions", "embeddings", "moderation", "platform", "responses")
    assert {name: call(name).provider for name in NAMES} == {
        name: "openai" if word in openai else word for name, word in first.items()
    }


def test_a_request_of_no_known_format_is_an_unknown_call():
    exchange = Interaction(Request("GET", "https://example.com/data"), Response(503))
    assert REGISTRY.read(exchange) == Call("unknown", "other", kind="other", status=503, error="HTTP 503")


def test_a_provider_that_is_given_is_asked_first():
    class Mine:
        name = "mine"

        def claims(self, request):
            return True

        def read(self, interaction):
            return Call("mine", "chat")

    assert ProviderRegistry([Mine()]).read(interaction("chat_plain")).provider == "mine"


def test_a_call_carries_what_the_test_knows_of_its_interaction():
    exchange = dataclasses.replace(interaction("chat_plain"), tag="guard", session="s", started=3, ended=8, recording=2)
    read = REGISTRY.read(exchange)
    assert (read.tag, read.session, read.started, read.ended, read.recording) == ("guard", "s", 3, 8, 2)


def test_a_failure_of_transport_is_the_calls_error():
    exchange = dataclasses.replace(interaction("chat_plain"), response=None, failure="ReadTimeout")
    read = REGISTRY.read(exchange)
    assert (read.error, read.status, read.choices) == ("ReadTimeout", None, ())


def replayed(**changed):
    """A call whose answer was recorded for the request before `changed` came into it."""
    old = interaction("chat_plain")
    body = json.loads(old.request.body) | changed
    live = dataclasses.replace(old.request, body=json.dumps(body).encode())
    return REGISTRY.read(dataclasses.replace(old, request=live, recorded=old.request, replayed=True))


def test_a_stale_call_knows_what_changed_and_what_it_was():
    read = replayed(temperature=1)
    assert read.stale == ("settings: temperature 0.2 → 1",)
    assert (read.was.settings, read.was.stale) == ({"temperature": 0.2}, ())
    assert read.was.choices == read.choices


def test_a_change_of_a_field_that_means_nothing_is_named():
    assert replayed(user="u2", metadata={"a": "b"}).stale == ("request fields changed: metadata, user",)


def test_a_stale_call_is_never_without_a_reason():
    assert replayed().stale == ("request changed",)


@pytest.mark.parametrize("name", NAMES)
def test_every_call_travels_as_json(name):
    assert Call.from_json(json.loads(json.dumps(call(name).to_json(), allow_nan=False))) == call(name)


@pytest.mark.parametrize(
    "host",
    ["api.openai.com", "API.OpenAI.com:443", "acme.openai.azure.com", "us.api.openai.com", "api.anthropic.com",
     "generativelanguage.googleapis.com", "europe-west1-aiplatform.googleapis.com",
     "bedrock-runtime.us-east-1.amazonaws.com", "openrouter.ai", "api.mistral.ai"],
)  # fmt: skip
def test_well_known_hosts_are_llm_hosts(host):
    assert REGISTRY.is_llm_host(host)


@pytest.mark.parametrize("host", ["example.com", "localhost", "127.0.0.1:8080", "[::1]:80", "openai.com.evil.test", ""])
def test_other_hosts_are_not(host):
    assert not REGISTRY.is_llm_host(host)


def test_a_moderation_reads_its_input_and_has_no_choice():
    read = call("moderation")
    assert (read.kind, read.choices, read.usage, read.error) == ("moderation", (), None, None)
    assert [part.text for part in read.messages[0].parts] == ["Is this fine?", ""]


def test_embeddings_report_their_input():
    read = call("embeddings")
    assert (read.kind, read.usage.input, read.usage.output) == ("embedding", 2, 0)
    assert [message.text for message in read.messages] == ["one", "two"]


def test_reading_loads_no_third_party():
    code = "import sys, pytest_altax.providers.registry as r; r.ProviderRegistry(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "openai", "anthropic", "tiktoken", "vcr", "pytest", "jsonschema"} & set(loaded)
