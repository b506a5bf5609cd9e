"""Secrets are recognised by their shape and by the name they stand under; what only looks alike stays."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.secrets.redact import Redactor, find_unknown
from pytest_altax.capture.secrets.spans import replaced

TAIL = "C4naryX7f3aQz9LmN2bVt5Rw8Yk1Ps6Dg0Hj3"
KEYS = {
    "openai": f"sk-{TAIL}",
    "openai project": f"sk-proj-{TAIL}_-{TAIL}",
    "openai service account": f"sk-svcacct-{TAIL}",
    "openai admin": f"sk-admin-{TAIL}",
    "anthropic": f"sk-ant-api03-{TAIL}-{TAIL}AA",
    "openrouter": f"sk-or-v1-{TAIL}",
    "langfuse": f"pk-lf-{TAIL}",
    "google": f"AIza{TAIL[:35]}",
    "gemini": f"AQ.Ab8{TAIL}",
    "google access": f"ya29.a0{TAIL}",
    "google refresh": f"1//0{TAIL}",
    "google client": f"GOCSPX-{TAIL}",
    "groq": f"gsk_{TAIL}",
    "hugging face": f"hf_{TAIL}",
    "xai": f"xai-{TAIL}",
    "perplexity": f"pplx-{TAIL}",
    "replicate": f"r8_{TAIL}",
    "cerebras": f"csk-{TAIL.lower()}",
    "nvidia": f"nvapi-{TAIL}",
    "fireworks": f"fw_{TAIL}",
    "together": f"tgp_v1_{TAIL}",
    "voyage": f"pa-{TAIL}{TAIL[:6]}",
    "jina": f"jina_{TAIL}",
    "tavily": f"tvly-{TAIL}",
    "langsmith": f"lsv2_pt_{TAIL}",
    "logfire": f"pylf_v1_{TAIL}",
    "pinecone": f"pcsk_{TAIL}_{TAIL}",
    "aws id": "AKIAC4NARYX7F3AQZ9LM",
    "aws session id": "ASIAC4NARYX7F3AQZ9LM",
    "bedrock": f"ABSK{TAIL}{TAIL}==",
    "bedrock short": f"bedrock-api-key-{TAIL}",
    "github": f"ghp_{TAIL}",
    "github fine": f"github_pat_{TAIL}_{TAIL}",
    "gitlab": f"glpat-{TAIL}",
    "slack": f"xoxb-123456789012-{TAIL}",
    "stripe": f"sk_live_{TAIL}",
    "npm": f"npm_{TAIL}",
    "sendgrid": f"SG.{TAIL}.{TAIL}",
    "jwt": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{TAIL}",
    "openai realtime": f"ek_{TAIL}",
    "openai session": f"sess-{TAIL}{TAIL}",
    "databricks": "dapi0c4a9f1e2b3d4c5f60718293a4b5c6d7",
    "linear": f"lin_api_{TAIL}",
    "shopify": "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",
    "atlassian": f"ATATT3x{TAIL}{TAIL}",
    "vault": f"hvs.{TAIL}",
    "doppler": f"dp.pt.{TAIL}",
    "figma": f"figd_{TAIL}",
    "firecrawl": "fc-0c4a9f1e2b3d4c5f60718293a4b5c6d7",
    "aws session token": f"IQoJb3JpZ2luX2Vj{TAIL}/{TAIL}+{TAIL}==",
    "azure": f"{TAIL}{TAIL[:15]}JQQJ99BAACYeBjFX{TAIL[:14]}",
    "organization": f"org-{TAIL}",
    "project": f"proj_{TAIL}",
    "request id": f"req_{TAIL}",
    "masked": "sk-proj-****************abcd",
}
# alone, in a sentence, in JSON, after an escaped newline, in JSON in JSON, percent-encoded, assigned, in an event
AROUND = (
    "{}",
    "use {}, please.",
    '{{"text": "{}"}}',
    '{{"text": "the key:\\n{}\\n"}}',
    '{{"text": "{{\\"k\\": \\"{}\\"}}"}}',
    "a=1&next=%20{}%20",
    "OPENAI_API_KEY={}\n",
    'data: {{"d": "{}"}}\n\n',
)


def clean(data: bytes, kind: str = "") -> bytes:
    return Redactor().body(data, kind)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_key_of_a_known_shape_is_taken_out(key):
    for around in AROUND:
        result = clean(around.format(key).encode())
        assert key.encode() not in result
        assert TAIL.encode() not in result
        assert b"REDACTED" in result
        assert clean(result) == result


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("123456789012", "User: arn:aws:iam::123456789012:user/me is not authorized"),
        ("123456789012", "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aprompt/x"),
        ("my-project", "/v1/projects/my-project/locations/us/publishers/google/models/g"),
        ("0123456789abcdef0123456789abcdef", "/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/run"),
        ("123456789", '{"consumer": "projects/123456789"}'),
        ("0a1b2c3d", "/subscriptions/0a1b2c3d-1111-2222-3333-0123456789ab/resourceGroups/x"),
        ("Zr5Tk8Wn1Vc4a9Bx7Qm2", "post to https://hooks.slack.com/services/T01/B02/Zr5Tk8Wn1Vc4a9Bx7Qm2"),
        ("a9Bx7Qm2", f"https://discord.com/api/webhooks/123456/a9Bx7Qm2{'Zr5-' * 12}"),
        ("a9Bx7Qm2", f"AccountName=x;AccountKey=a9Bx7Qm2{'Zr5/' * 20}==;EndpointSuffix=y"),
        ("c1d2e3", '{"env": [{"name": "MCP_API_KEY", "value": "c1d2e3"}]}'),
        ("pa55w0rd", "postgres://me:pa55w0rd@db.test/x"),
        ("f1d2d2f924e986ac", "https://s3.test/a?X-Amz-Date=1&X-Amz-Signature=f1d2d2f924e986ac"),
        ("f1d2d2f924e986ac", '{"url": "https://b.test/a?sv=1\\u0026sig=f1d2d2f924e986ac\\u0026x=1"}'),
        ("f1d2d2f924e986ac", "https://g.test/a?X-Goog-Signature=f1d2d2f924e986ac"),
        ("f1d2d2f924e986ac", "https://c.test/a?Expires=1&Signature=f1d2d2f924e986ac&Key-Pair-Id=K1"),
        ("hunter2", '{"password": "hunter2"}'),
        ("hunter2", '{"arguments": "{\\"db_password\\": \\"hunter2\\"}"}'),
        ("hunter2", "{'password': 'hunter2'}"),
        ("c1d2e3", '{"client_secret":"c1d2e3","grant_type":"x"}'),
        ("c1d2e3", '{"clientSecret" : "c1d2e3"}'),
        ("c1d2e3", "<SecretAccessKey>c1d2e3</SecretAccessKey>"),
        ("c1d2e3", '{"authorization": "Bearer c1d2e3"}'),
        ("c1d2e3", '{"authorization_token": "c1d2e3"}'),
        ("c1d2e3", '{"headers": {"x-api-key": "c1d2e3"}}'),
        ("c1d2e3", '{"authentication": {"type": "api_key", "key": "c1d2e3"}}'),
        ("c1d2e3", '--b\r\nContent-Disposition: form-data; name="api_key"\r\n\r\nc1d2e3\r\n--b--'),
        ("c1d2e3f4", "curl -H 'Authorization: Bearer c1d2e3f4'"),
        ("a9Bx7Qm2Zr5Tk8Wn1Vc4", '{"token": "a9Bx7Qm2Zr5Tk8Wn1Vc4"}'),
        ("MIIEvQ", "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\\n-----END PRIVATE KEY-----\\n"),
        ("ab***yz", "Incorrect API key provided: my-key-ab***yz. You can find"),
    ],
)
def test_a_secret_is_known_by_where_it_stands(secret, text):
    result = clean(text.encode())
    assert secret.encode() not in result
    assert clean(result) == result


@pytest.mark.parametrize(
    "text",
    [
        '{"max_tokens": 5, "usage": {"prompt_tokens": 1, "completion_tokens": 2}}',
        '{"token": "Hello", "logprob": -0.1, "bytes": [72]}',
        '{"next_page_token": "a9Bx7Qm2Zr5Tk8Wn1Vc4", "nextPageToken": "a9Bx7Qm2Zr5Tk8Wn1Vc4"}',
        '{"properties": {"key": {"type": "string"}, "password": {"type": "string"}}, "required": ["key", "password"]}',
        '{"key": "value of a key", "prompt_cache_key": "user-1"}',
        '{"previous_response_id": "resp_0a1b2c3d4e5f60718293a4b5c6d7e8f9", "id": "msg_01XFDUDYJgAACzvnptvVoYEL"}',
        '{"tool_call_id": "call_Yb0Ht2xQ5v8Z1n4M7k3J6p9S", "file_id": "file-abc123DEF456ghi789JKL012"}',
        '{"id": "chatcmpl-B7x2k9Qm4Zr5Tk8Wn1Vc4", "system_fingerprint": "fp_44709d6fcb"}',
        '{"signature": "EqoBCkgIARABGAIiQL8tYl0Zr5Tk8Wn1Vc4a9Bx7Qm2Zr5Tk8Wn1Vc4a9Bx7Qm2Zr5Tk8W=="}',
        '{"thoughtSignature": "CpQCAVSoXO6nQm2sk-Zr5Tk8Wn1Vc4a9Bx7Qm2Zr5Tk8Wn1Vc4"}',
        '{"encrypted_content": "gAAAAABo-sk-9Bx7Qm2Zr5Tk8Wn1Vc4_a9Bx7QAIzam2Zr5Tk8Wn1Vc4a9Bx7Qm2Zr5Tk8W"}',
        "The key ***takeaway***, the token: ***x***",
        "***Important***: a **bold** word, ****stars****",
        "The sk-learn library, ask-me-anything-about-risk-management, task-queue-based-design-pattern.",
        "#sk-container-id-1 div.sk-toggleable__content-arrow2, sk-learn-contrib-2023-packages",
        "xai-methods-of-2024-an-overview",
        '{"name": "max_tokens", "value": "4096"}, {"name": "page_token", "value": "p2"}',
        "Basic understanding of authorization: bearer bonds are bonds. author: Jane",
        "an org-mode file, org-structure-overview, proj_name, req_count_per_second",
        "see https://docs.test/keys?key=name&page=2&sort=asc and me@example.com",
        '{"password_reset_url": "https://a.test/reset", "token_type": "bearer", "secret_santa": "no"}',
        '{"model": "gpt-4o", "messages": [{"role": "user", "content": "what is my password? it is a secret"}]}',
    ],
)
def test_what_is_no_secret_stays(text):
    assert clean(text.encode()) == text.encode()


def test_a_form_is_cleaned_by_its_names():
    body = b"grant_type=refresh_token&refresh_token=r1&client_id=me&client_secret=s1&code=c1&assertion=a1&scope=x"
    result = clean(body, "application/x-www-form-urlencoded")
    assert result == (
        b"grant_type=refresh_token&refresh_token=REDACTED&client_id=me&client_secret=REDACTED&code=REDACTED"
        b"&assertion=REDACTED&scope=x"
    )


def test_a_token_that_a_client_parses_stays_a_token():
    result = json.loads(clean(json.dumps({"id_token": KEYS["jwt"]}).encode()))
    header, claims, _ = result["id_token"].split(".")
    import base64

    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "none"}
    assert json.loads(base64.urlsafe_b64decode(claims + "==")) == {}


PIECES = st.sampled_from(
    [*KEYS.values(), '"password": "x1"', "REDACTED", "sk-", '"', "\\", "&key=", "Bearer ", "://a:b@", "arn:aws", "\n"]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=8), st.binary(max_size=8)), max_size=12))
def test_cleaning_twice_is_cleaning_once(pieces):
    data = b"".join(one if isinstance(one, bytes) else one.encode("utf-8", "surrogatepass") for one in pieces)
    once = clean(data)
    assert clean(once) == once


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from([*KEYS.values(), 'a "quoted" sk-'])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["password", "api_key", "token", "text", "key", "url"]), inner, max_size=4),
    ),
    max_leaves=8,
)


@given(JSON, st.booleans())
def test_json_stays_json_of_the_same_outline(value, ascii_only):
    def outline(value):
        if isinstance(value, dict):
            return {key: outline(item) for key, item in value.items()}
        return [outline(item) for item in value] if isinstance(value, list) else type(value)

    result = json.loads(clean(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")))
    assert outline(result) == outline(value)


HOSTILE = [
    b"sk-",
    b'key":"',
    b"eyJaaaaaaaa.",
    b"://a:",
    b"password",
    b"-----BEGIN PRIVATE KEY-----",
    b"api_key***",
    b"?key=a&",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_work_grows_with_the_size_of_a_hostile_body_alone(piece):
    class Counted(bytes):
        pass

    counts = []
    for size in (20_000, 80_000):
        data = piece * (size // len(piece))
        found = find_unknown(data)
        counts.append(len(found))
        assert sum(span.end - span.start for span in found) <= 4 * len(data)
    assert counts[1] <= 5 * counts[0] + 5


def test_a_body_of_random_base64_is_left_alone():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    data = "".join(random.Random(7).choices(letters, k=200_000)).encode()
    assert replaced(data, find_unknown) == (data, [], [])
