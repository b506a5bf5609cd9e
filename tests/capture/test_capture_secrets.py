"""Nothing secret of a header or a URL reaches the tape or the file, and matching works without it."""

import gzip

import aiohttp
import openai
import pytest
import requests
from capture_asking import CHAT, CLIENT, body
from hypothesis import given
from hypothesis import strategies as st
from loopback import CANARY

from pytest_altax.capture.secrets.redact import Redactor, kept_headers, kept_url
from pytest_altax.errors import UnmatchedCall

SECRETS = {
    "Authorization": f"Bearer {CANARY}",
    "Proxy-Authorization": f"Basic {CANARY}",
    "X-API-Key": CANARY,
    "api-key": CANARY,
    "x-goog-api-key": CANARY,
    "X-Amz-Security-Token": CANARY,
    "Cookie": f"session={CANARY}",
    "OpenAI-Organization": CANARY,
    "OpenAI-Project": CANARY,
    "X-Request-Id": CANARY,
}
QUERY = f"?key={CANARY}&api-version=2024-10-21&X-Amz-Signature={CANARY}&api_key={CANARY}&token={CANARY}"


async def with_aiohttp(url):
    session = aiohttp.ClientSession(headers=SECRETS)
    async with session, session.post(url, json=body()) as response:
        return await response.text()


async def test_no_secret_of_headers_and_urls_is_kept(loopback, studio):
    url = loopback.url.replace("http://", f"http://user:{CANARY}@") + CHAT
    with studio.open("once") as tape:
        CLIENT.post(url + QUERY, json=body(), headers=SECRETS)
        requests.post(url + QUERY, json=body(), headers=SECRETS, timeout=5)
        await with_aiohttp(loopback.url + CHAT + QUERY)
        CLIENT.post(loopback.url + "/status/500" + CHAT + QUERY, json=body(), headers=SECRETS)
    assert len(tape.interactions) == 4
    assert CANARY not in repr(tape.interactions)
    assert CANARY not in studio.path.read_text()
    assert "api-version=2024-10-21" in studio.path.read_text()
    # it was there to be kept
    assert sum(CANARY in repr(one) for one in loopback.requests) == 4


def test_another_key_matches_the_same_recording(loopback, studio):
    with studio.open("once"):
        CLIENT.post(loopback.url + CHAT + "?key=one", json=body())
    with studio.open("none"):
        assert CLIENT.post(loopback.url + CHAT + "?key=another", json=body()).is_success
        client = openai.OpenAI(base_url=loopback.url + "/v1", api_key=CANARY)
        with client, pytest.raises(UnmatchedCall) as error:
            client.chat.completions.create(model="m", messages=body("else?")["messages"])
    assert CANARY not in str(error.value)


def test_live_answers_keep_their_headers(loopback, studio):
    with studio.open("once"):
        response = CLIENT.post(loopback.url + CHAT, json=body())
    assert response.headers["x-request-id"] == f"req_{CANARY}"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.test/v1?a=1", "https://a.test/v1?a=1"),
        ("https://u:p@a.test/v1#part", "https://a.test/v1"),
        ("https://a.test/?Key=x&b=%20", "https://a.test/?Key=REDACTED&b=%20"),
        ("https://a.test/?access_token=x&page_token=y", "https://a.test/?access_token=REDACTED&page_token=y"),
        ("https://a.test/?apiKey=x&max_tokens=5", "https://a.test/?apiKey=REDACTED&max_tokens=5"),
        ("https://a.test/?X-Amz-Credential=x&alt=sse", "https://a.test/?X-Amz-Credential=REDACTED&alt=sse"),
        ("http://[?key=x", "REDACTED"),
        ("https://a.test/?subscription-key=x&%6Bey=y", "https://a.test/?subscription-key=REDACTED&%6Bey=REDACTED"),
    ],
)
def test_the_secret_parameters_of_a_url_are_replaced(url, kept):
    assert kept_url(url) == kept
    assert kept_url(kept) == kept


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"])))
def test_any_url_can_be_cleaned(text):
    assert isinstance(kept_url("https://a.test/v1?" + text), str)


def test_only_listed_headers_are_kept():
    headers = [("Content-Type", "a"), ("Set-Cookie", "b"), ("x-ratelimit-remaining-tokens", "5"), ("X-New-Secret", "c")]
    assert kept_headers(headers) == (("content-type", "a"), ("x-ratelimit-remaining-tokens", "5"))
    assert Redactor().request("post", "https://a.test", headers, b"").headers == (("content-type", "a"),)


def test_a_redirect_target_is_kept_without_its_secrets():
    assert kept_headers([("Location", "https://a.test/?sig=x")]) == (("location", "https://a.test/?sig=REDACTED"),)


def test_a_compressed_request_is_kept_decoded():
    request = Redactor().request("POST", "https://a.test", [("Content-Encoding", "gzip")], gzip.compress(b"{}"))
    assert request.body == b"{}"
