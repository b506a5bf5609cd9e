"""A likely secret in what is to be written refuses the save, with its place and without itself."""

import base64
import json
import re
import string

import pytest
from capture_asking import CHAT, CLIENT, ask, body
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.secrets.place import line_of, path_of
from pytest_altax.capture.secrets.rules import SecretRules
from pytest_altax.capture.secrets.scan import entropy, scan
from pytest_altax.errors import CassetteError

RANDOM = "a9Bx7Qm2Zr5Tk8Wn1Vc4"
NONE = SecretRules()


def found(text, environment=None, rules=NONE):
    return [one.kind for one in scan(text.encode(), rules, None, environment or {})]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"API_KEY = '{RANDOM}'", "a random value under a secret name"),
        (f"export MY_SERVICE_TOKEN={RANDOM}", "a random value under a secret name"),
        (f"client_secret: {RANDOM}", "a random value under a secret name"),
        (f'"text": "set ACCESS_TOKEN=\\"{RANDOM}\\""', "a random value under a secret name"),
        (f"my API key: {RANDOM}", "a random value under a secret name"),
        # 32 hexadecimal digits, 3.3 bits each
        ("AZURE_API_KEY=77a0f7a0f1b7f3a3c0b2a7f1c7a4b1f7", "a random value under a secret name"),
        (f"curl -H 'X: Bearer {RANDOM}'", "bearer token"),
        (f"sk-proj-{RANDOM}", "API key (sk-)"),
        (f'"password": "{RANDOM}"', "field 'password'"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END RSA PRIVATE KEY-----", "private key"),
        (f"https://b.test/x?sv=1&sig={RANDOM}", "parameter 'sig'"),
        ("postgres://me:pa55w0rd77@db.test/x", "password in a URL"),
        (f'"base64": "{base64.b64encode(b"sk-proj-a9Bx7Qm2Zr5Tk8Wn1Vc4").decode()}"', "a secret in base64"),
    ],
)
def test_what_looks_like_a_secret_is_found(text, kind):
    assert found(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        '{"max_tokens": 4096, "next_page_token": "a9Bx7Qm2Zr5Tk8Wn1Vc4"}',
        'api_key = "your-api-key-here-0123"',
        'OPENAI_API_KEY="sk-xxxxxxxxxxxxxxxxxxxx"',
        "the token: antidisestablishmentarianism",
        "api_key=os.environ['OPENAI_API_KEY']",
        "api_key = settings.OPENAI_API_KEY_2024_v1_prod",
        "const apiKey = process.env.OPENAI_API_KEY_PRODUCTION2;",
        "client_secret = config.get_secret_value2('x')",
        "token=0x5Aa3c1D2e3F4a5b6C7d8e9F0a1B2c3D4e5F6a7B8",
        '"password": "REDACTED", "api_key": "REDACTED"',
        "Bearer REDACTED",
        "organization org-Zr5Tk8Wn1Vc4a9Bx7Qm2, request req_Zr5Tk8Wn1Vc4a9Bx7Qm2",
    ],
)
def test_what_is_no_secret_is_not_found(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "name", ["ACME_API_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "clientSecret"]
)
def test_the_value_of_a_secret_environment_variable_is_found(name):
    assert found("told: c4nary-value.", {name: "c4nary-value"}) == [f"the value of ${name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[
            ("AWS_REGION", "us-east-1"),
            ("API_KEY", "short1"),
            ("SECRET_FILE", "c4nary-value"),
            ("TOKEN", "placeholder"),
        ],
        *[("MAX_TOKENS", "1234567890"), ("TOKENIZERS_PARALLELISM", "c4nary-value"), ("KEY_PATH", "/etc/c4nary")],
    ],
)
def test_the_value_of_another_variable_is_not(name, value):
    assert found(f"told: {value}.", {name: value}) == []


def test_what_a_user_allows_is_no_finding():
    assert found(f"API_KEY = '{RANDOM}'", rules=SecretRules(allow=(re.compile("^a9Bx"),))) == []


def test_a_hint_gives_nothing_away():
    (one,) = scan(f"API_KEY = '{RANDOM}'".encode(), NONE, None, {})
    assert one.hint == "a9Bx… (20 characters)"
    assert RANDOM not in repr(one)


def test_entropy_is_that_of_shannon():
    assert entropy(b"aaaa") == 0
    assert entropy(b"abcd") == 2
    assert entropy(string.hexdigits.lower()[:16].encode()) == 4


JSON = st.recursive(
    st.one_of(st.integers(), st.text(max_size=5), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=6,
)


@given(JSON, JSON, st.sampled_from([None, 1, 2]))
def test_a_place_is_the_path_that_leads_to_the_value(before, after, indent):
    value = {"x": before, "items": [before, {"name": ["other", {"here": "NEEDLE"}]}, after], "y": after}
    data = json.dumps(value, indent=indent).encode()
    at = data.index(b"NEEDLE")
    assert path_of(data, at) == "items[1].name[1].here"
    assert line_of(data, at) == data[:at].count(b"\n") + 1


@pytest.mark.parametrize("text", ["", "]]}", "no json: NEEDLE", '{"a": ', "[" * 500])
def test_what_is_no_json_has_no_path(text):
    assert isinstance(path_of(text.encode(), len(text) // 2), str)


def refused(studio, loopback, text, mode="once"):
    with studio.open(mode, save=False) as tape:
        tape.note_layers({"policy": text})
        ask(loopback.url)
    with pytest.raises(CassetteError) as error:
        tape.save()
    return str(error.value)


def test_a_save_is_refused_with_the_place_and_both_ways_out(loopback, studio):
    message = refused(studio, loopback, f"Never tell: API_KEY = '{RANDOM}'")
    assert not studio.path.exists()
    assert RANDOM not in message
    assert re.search(r"layers\.policy\[0\] \(line \d+\): a random value under a secret name, a9Bx… \(20 char", message)
    assert "allow = [" in message
    assert "redact = [" in message


def test_the_old_file_stays_when_a_save_is_refused(loopback, studio):
    with studio.open("once"):
        ask(loopback.url)
    before = studio.path.read_bytes()
    assert "stays" in refused(studio, loopback, f"API_KEY = '{RANDOM}'", mode="all")
    assert studio.path.read_bytes() == before


def test_an_environment_variable_in_an_answer_refuses_the_save(loopback, studio, monkeypatch):
    monkeypatch.setenv("ACME_TOKEN", "acme c4nary 77")
    with pytest.raises(CassetteError, match=r"interactions\[0\]\.re.*the value of \$ACME_TOKEN"), studio.open("once"):
        CLIENT.post(loopback.url + CHAT, json=body("tell me acme c4nary 77"))


def test_a_cassette_with_a_secret_in_its_name_is_not_written(loopback, studio):
    studio.path = studio.path.with_name(f"test_it[sk-proj-{RANDOM}].json")
    with pytest.raises(CassetteError, match=r"its name holds a likely secret(?s:.)*id="), studio.open("once"):
        ask(loopback.url)
    assert not studio.path.exists()


def test_an_allowed_text_is_saved(loopback, studio):
    rules = SecretRules(allow=(re.compile(RANDOM),))
    with studio.open("once", secrets=rules) as tape:
        tape.note_layers({"policy": f"API_KEY = '{RANDOM}'"})
        ask(loopback.url)
    assert RANDOM in studio.path.read_text()


def test_a_value_that_turns_out_a_secret_only_later_refuses_the_save(loopback, studio):
    with studio.open("once", save=False) as tape:
        CLIENT.post(loopback.url + CHAT, json=body("is c4nary-77-late a key?"))
        CLIENT.post(loopback.url + CHAT, json=body("it is"), headers={"x-api-key": "c4nary-77-late"})
    with pytest.raises(CassetteError, match=r"a value seen as a secret, c4na… \(14 characters\)"):
        tape.save()
    assert not studio.path.exists()
