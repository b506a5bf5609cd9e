"""Canaries: a secret of its own for every way in which one travels, through real clients, looked for everywhere."""

import asyncio
import base64
import contextlib
import io
import itertools
import json
import logging
import urllib.request

import aiohttp
import httpx
import pytest
import requests
from capture_asking import CLIENT
from mirror import MODES, Mirror, mirroring

from pytest_altax.errors import UnmatchedCall

CHAT = "/v1/chat/completions"
_numbers = itertools.count(1)


def canary() -> str:
    """A secret that no other test has."""
    return f"C4nary-{next(_numbers):04}x7f3aQz"


def basic(text: str) -> str:
    """The value of Basic authentication."""
    return "Basic " + base64.b64encode(text.encode()).decode()


SIGNED = "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature={}"
HEADERS = {
    "authorization bearer": lambda c: {"Authorization": f"Bearer {c}"},
    "authorization basic password": lambda c: {"Authorization": basic(f"user:{c}")},
    "authorization basic name": lambda c: {"Authorization": basic(f"{c}:")},
    "authorization without a scheme": lambda c: {"Authorization": c},
    "proxy-authorization": lambda c: {"Proxy-Authorization": f"Bearer {c}"},
    "x-api-key": lambda c: {"x-api-key": c},
    "api-key": lambda c: {"api-key": c},
    "x-goog-api-key": lambda c: {"x-goog-api-key": c},
    "subscription key": lambda c: {"Ocp-Apim-Subscription-Key": c},
    "x-auth-token": lambda c: {"X-Auth-Token": c},
    "gateway authorization": lambda c: {"cf-aig-authorization": f"Bearer {c}"},
    "helicone-auth": lambda c: {"Helicone-Auth": f"Bearer {c}"},
    "cookie": lambda c: {"Cookie": f"a=1; session={c}"},
    "sigv4 credential": lambda c: {"Authorization": SIGNED.format(c, "0" * 64)},
    "sigv4 signature": lambda c: {"Authorization": SIGNED.format("AKIA1", c)},
    "sigv4 session token": lambda c: {"X-Amz-Security-Token": c},
    "openai-organization": lambda c: {"OpenAI-Organization": c},
    "openai-project": lambda c: {"OpenAI-Project": c},
    "google user project": lambda c: {"x-goog-user-project": c},
    "account id": lambda c: {"ChatGPT-Account-Id": c},
    "client request id": lambda c: {"X-Client-Request-Id": c},
}
QUERIES = {
    "?key=": "key={}",
    "?api_key=": "a=1&api_key={}",
    "?access_token=": "access_token={}",
    "?token=": "token={}",
    "presigned aws signature": "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={}",
    "presigned aws credential": "X-Amz-Credential={}%2F20260101%2Fr%2Fs3%2Faws4_request",
    "presigned aws token": "X-Amz-Security-Token={}",
    "presigned google signature": "X-Goog-Signature={}",
    "presigned azure sig": "sv=2024&sig={}",
    "presigned cloudfront signature": "Expires=1&Signature={}&Key-Pair-Id=K1",
}
FORMS = {name: name + "={}" for name in ("client_secret", "refresh_token", "code", "assertion", "client_assertion")}
FORMS["password"] = "grant_type=password&username=me&password={}"
FIELDS = {
    "api_key": '{{"api_key": "{}"}}',
    "mcp authorization": '{{"tools": [{{"type": "mcp", "authorization": "{}"}}]}}',
    "mcp headers": '{{"tools": [{{"type": "mcp", "headers": {{"Authorization": "Bearer {}"}}}}]}}',
    "mcp authorization_token": '{{"mcp_servers": [{{"authorization_token": "{}"}}]}}',
    "data source key": '{{"data_sources": [{{"authentication": {{"type": "api_key", "key": "{}"}}}}]}}',
    "password in arguments": '{{"arguments": "{{\\"password\\": \\"{}\\"}}"}}',
    "secret access key": '{{"aws": {{"secretAccessKey": "{}"}}}}',
}
SERVED = {
    "set-cookie": "session={}; Path=/; HttpOnly",
    "x-request-id": "{}",
    "request-id": "{}",
    "x-amzn-RequestId": "{}",
    "apim-request-id": "{}",
    "cf-ray": "{}",
    "openai-organization": "{}",
    "openai-project": "{}",
    "anthropic-organization-id": "{}",
    "x-account-id": "{}",
}
ANSWERED = {
    "oauth access token": '{{"access_token": "{}", "token_type": "bearer"}}',
    "oauth id token": '{{"id_token": "{}"}}',
    "sts xml": "<Credentials><SecretAccessKey>{}</SecretAccessKey></Credentials>",
    "presigned url": "get https://b.s3.test/x?X-Amz-Date=1&X-Amz-Signature={}",
    "url password": "at postgres://me:{}@db.test/x",
    "openai key": "Incorrect API key provided: sk-proj-{}",
    "masked key": "Incorrect API key provided: {}********wxyz.",
    "groq key": "gsk_{}",
    "organization": "Rate limit reached in organization org-{}",
    "request id": "Please include the request ID req_{} in your message.",
    "jwt": "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.{}",
    "private key": "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----",
}


class Watch:
    """A cassette and all that could leak: each canary planted is looked for in all of it."""

    def __init__(self, studio, mirror: Mirror, caplog, cache) -> None:
        self.studio, self.mirror, self.caplog, self.cache = studio, mirror, caplog, cache
        self.planted: list[str] = []
        self.said: list[str] = []
        caplog.set_level(logging.DEBUG)

    def plant(self) -> str:
        """Another canary."""
        self.planted.append(canary())
        return self.planted[-1]

    def told(self) -> str:
        """Whatever of ours was written, shown or logged. What the clients log is theirs."""
        logs = [one.getMessage() for one in self.caplog.records if one.name.startswith(("pytest_altax", "vcr"))]
        files = [
            path for folder in (self.studio.path.parent, self.cache) for path in folder.rglob("*") if path.is_file()
        ]
        return "\n".join([*self.said, *logs, *(path.read_bytes().decode("latin-1") for path in files)])

    def run(self, call) -> None:
        """Record with a canary a call, replay with others, fail with others; none may be told anywhere."""
        settings = {"hosts": ("127.0.0.1:*", "localhost:*"), "cache": self.cache}
        with self.studio.open("once", **settings) as tape:
            for mode in MODES:
                call(self.mirror.url + mode, self.plant(), "what?")
        # every one was on its way, and came back to the client
        assert [one for one in self.planted if one not in self.mirror.seen + self.decoded()] == []
        self.said += [repr(tape.interactions), repr(tape._recordings)]
        with self.studio.open("none", **settings) as tape:
            for mode in MODES:
                call(self.mirror.url + mode, self.plant(), "what?")
            with pytest.raises(UnmatchedCall) as error:
                call(self.mirror.url + "/v1/unheard", self.plant(), "else?")
        self.said += [repr(tape.interactions), str(error.value), *map(str, tape.errors)]
        assert [one for one in self.planted if one in self.told()] == []
        assert [one for one in self.planted if base64.b64encode(f"user:{one}".encode()).decode() in self.told()] == []

    def decoded(self) -> str:
        """What of the requests was in base64."""
        words = [word for line in self.mirror.seen.splitlines() for word in line.split() if len(word) % 4 == 0]
        return "\n".join(_unbase64(word) for word in words)


def _unbase64(word: str) -> str:
    try:
        return base64.b64decode(word, validate=True).decode("latin-1")
    except ValueError:
        return ""


@pytest.fixture
def watch(studio, caplog, tmp_path):
    """A mirror, and a watch over everything."""
    (tmp_path / "cache").mkdir()
    with mirroring() as mirror:
        yield Watch(studio, mirror, caplog, tmp_path / "cache")


def chat(question: str, **fields) -> dict:
    """A chat request."""
    return {"model": "m", "messages": [{"role": "user", "content": question}], **fields}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_a_header(watch, headers):
    watch.run(lambda url, c, question: CLIENT.post(url + CHAT, json=chat(question), headers=headers(c)))


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_parameter(watch, query):
    watch.run(lambda url, c, question: CLIENT.post(f"{url}{CHAT}?{query.format(c)}", json=chat(question)))


def test_the_password_of_a_url(watch):
    def call(url, c, question):
        CLIENT.post(url.replace("http://", f"http://me:{c}@") + CHAT, json=chat(question))

    watch.run(call)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_of_oauth(watch, form):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    watch.run(lambda url, c, q: CLIENT.post(url + "/token", content=form.format(c) + f"&scope={q}", headers=kind))


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_field_of_json(watch, field):
    watch.run(lambda url, c, q: CLIENT.post(url + CHAT, json=chat(q, extra=json.loads(field.format(c)))))


def test_a_part_of_a_multipart_body(watch):
    def call(url, c, question):
        files = {"file": ("a.txt", io.BytesIO(b"\xff\x00binary"))}
        CLIENT.post(url + "/v1/audio/transcriptions", data={"api_key": c, "prompt": question}, files=files)

    watch.run(call)


@pytest.mark.parametrize("name", SERVED)
def test_a_header_of_an_answer(watch, name):
    def call(url, c, question):
        watch.mirror.own = {name: SERVED[name].format(c)}
        watch.mirror.seen += c
        CLIENT.post(url + CHAT, json=chat(question))
        CLIENT.cookies.clear()

    watch.run(call)


@pytest.mark.parametrize("name", ANSWERED)
def test_a_secret_in_the_body_of_an_answer(watch, name):
    def call(url, c, question):
        watch.mirror.text = ANSWERED[name].format(c.replace("-", "x") if name in PACKED else c)
        watch.mirror.seen += c
        CLIENT.post(url + CHAT, json=chat(question))

    watch.run(call)
    assert "C4nary" not in watch.told()


PACKED = ("groq key", "organization", "request id")


def test_a_redirect(watch):
    def call(url, c, question):
        watch.mirror.own = {"location": f"https://b.test/x?sig={c}"}
        watch.mirror.seen += c
        CLIENT.post(url + CHAT, json=chat(question))

    watch.run(call)


def test_requests_with_basic_authentication(watch):
    watch.run(lambda url, c, q: requests.post(url + CHAT, json=chat(q), auth=("user", c), timeout=5))


def test_requests_with_cookies(watch):
    watch.run(lambda url, c, q: requests.post(url + CHAT, json=chat(q), cookies={"session": c}, timeout=5))


def test_urllib(watch):
    def call(url, c, question):
        headers = {"Authorization": f"Bearer {c}", "content-type": "application/json"}
        request = urllib.request.Request(url + CHAT, json.dumps(chat(question)).encode(), headers)
        try:
            urllib.request.urlopen(request).read()
        except urllib.error.HTTPError as error:
            error.read()

    watch.run(call)


def test_aiohttp(watch):
    async def ask(url, c, question):
        session = aiohttp.ClientSession(headers={"x-api-key": c})
        async with session, session.post(f"{url}{CHAT}?key={c}", json=chat(question)) as response:
            await response.read()

    watch.run(lambda *arguments: asyncio.run(ask(*arguments)))


def test_the_text_of_a_transport_error(watch, studio):
    with studio.open("once", hosts=("127.0.0.1:*",)) as tape:
        c = canary()
        headers = {"Authorization": f"Bearer {c}"}

        def refuse(*_):
            raise httpx.ConnectError(f"cannot connect with Bearer {c}")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("httpcore.ConnectionPool.handle_request", refuse)
            with pytest.raises(httpx.ConnectError, match=c):
                CLIENT.post(watch.mirror.url + CHAT, json=chat("what?"), headers=headers)
    assert "cannot connect with Bearer REDACTED" in studio.path.read_text()
    assert c not in repr(tape.interactions) + studio.path.read_text()


def test_openai(watch):
    openai = pytest.importorskip("openai")

    def call(url, c, question):
        with (
            openai.OpenAI(
                base_url=url + "/v1", api_key=c, organization=c + "o", project=c + "p", max_retries=0
            ) as client,
            contextlib.suppress(openai.AuthenticationError),
        ):
            client.chat.completions.create(model="m", messages=chat(question)["messages"], stream="/sse" in url)

    watch.run(call)


def test_anthropic(watch):
    anthropic = pytest.importorskip("anthropic")

    def call(url, c, question):
        if "/sse" in url:
            url = url.replace("/sse", "")
        client = anthropic.Anthropic(base_url=url, api_key=c, max_retries=0)
        with client, contextlib.suppress(anthropic.AuthenticationError):
            client.messages.create(model="m", max_tokens=5, messages=chat(question)["messages"])

    watch.run(call)


def test_google_genai(watch):
    genai = pytest.importorskip("google.genai")

    def call(url, c, question):
        client = genai.Client(api_key=c, http_options={"base_url": url.replace("/sse", "")})
        with contextlib.suppress(genai.errors.ClientError):
            client.models.generate_content(model="m", contents=question)

    watch.run(call)


def test_boto3_with_a_session_token(watch):
    boto3 = pytest.importorskip("boto3")
    config = pytest.importorskip("botocore.config").Config(retries={"total_max_attempts": 1})

    def call(url, c, question):
        keys = {"aws_access_key_id": c + "i", "aws_secret_access_key": c + "s", "aws_session_token": c}
        client = boto3.client(
            "bedrock-runtime", region_name="us-east-1", endpoint_url=url.replace("/sse", ""), config=config, **keys
        )
        messages = [{"role": "user", "content": [{"text": question}]}]
        with contextlib.closing(client), contextlib.suppress(client.exceptions.ClientError):
            client.converse(modelId="arn:aws:bedrock:us-east-1:123456789012:inference-profile/x", messages=messages)

    watch.run(call)
    assert "123456789012" not in watch.told()
