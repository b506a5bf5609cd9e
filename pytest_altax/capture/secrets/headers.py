"""Which headers are kept, and what the others tell of secrets that may come again elsewhere."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .known import Known

# Headers that tell how a message is to be read, and what a provider needs to be recognised; all others are dropped.
REQUEST_HEADERS = frozenset(
    {"accept", "anthropic-beta", "anthropic-version", "content-type", "openai-beta", "x-stainless-retry-count"}
)
RESPONSE_HEADERS = frozenset(
    {"content-language", "content-type", "location", "openai-model", "openai-processing-ms", "openai-version"}
    | {"retry-after", "retry-after-ms", "x-should-retry"}
    # without these botocore cannot tell an error, nor anyone what some models of invoke_model used
    | {"x-amzn-errortype", "x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count"}
)
_LIMITS = re.compile(r"(anthropic|x)-ratelimit-[a-z-]+")
_SECRET = re.compile(
    r"(?!access-control-)(.*[-_])?(authorization|cookie2?|token|secret|api-?key|password|signature|credentials?|access-?key|auth)"
    r"|(?!.*idempotency).*[-_]key|x-amz-security-token|set-cookie2?"
)
_ID = re.compile(
    r".*(organi[sz]ation|project|account|tenant|subscription|(request|correlation|trace|session|amz|user)-?id|cf-ray).*"
)
_PART = re.compile(r"(?i)(?:credential|signature|response|token|key|cnonce)=\"?([^\s,;\"]+)")


def is_kept_of_response(name: str) -> bool:
    """Whether a header of a response, its name in lower case, is kept."""
    return name in RESPONSE_HEADERS or _LIMITS.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def kind_of(name: str) -> str | None:
    """What a header that is not kept holds: `secret`, `id`, or None for neither. The name is in lower case."""
    if name in REQUEST_HEADERS or is_kept_of_response(name):
        return None
    return "secret" if _SECRET.fullmatch(name) else "id" if _ID.fullmatch(name) else None


def learn(pairs: Iterable[tuple[str, str]], known: Known) -> None:
    """Learn the secret values of headers, names in lower case: whole, and the parts that may stand alone elsewhere."""
    for name, value in pairs:
        kind = kind_of(name)
        if kind == "id":
            known.learn_id(value)
        elif kind:
            brief = name.startswith("set-") or "signature=" in value.lower()
            for part in parts(name, value):
                known.learn(part, brief=brief)


def parts(name: str, value: str) -> Iterator[str]:
    """What of a secret header may come again: a token without its scheme, both halves of Basic, values of cookies."""
    if "cookie" in name:
        pairs = value.split(";")[:1] if name.startswith("set-") else value.split(";")
        yield from (pair.partition("=")[2].strip().strip('"') for pair in pairs)
        return
    scheme, _, token = value.strip().rpartition(" ")
    if "=" in scheme or "," in value:
        # SigV4 and Digest: Credential=AKIA.../20260101/us-east-1/bedrock/aws4_request, Signature=...
        for part in _PART.findall(value):
            yield part
            yield part.partition("/")[0]
        return
    if "auth" not in name:
        yield value
    yield token
    if scheme.lower() == "basic":
        yield from basic(token)


def basic(token: str) -> Iterator[str]:
    """The password, and name and password together, of a value of Basic authentication; a key may be the name, too."""
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    name, _, password = text.partition(":")
    yield text
    yield password
    if not name.isalpha():
        yield name
