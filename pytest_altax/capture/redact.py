"""What of a request and a response may be kept: headers by allow-list, URLs without their secrets.

Every request and response goes through here before anything of ours holds it, so that no secret of a header or a URL
can reach a cassette, a result or a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from ..records import Headers, Request, Response
from .coding import decode_body

PLACEHOLDER = "REDACTED"

# Headers that tell how a message is to be read, and what a provider needs to be recognised; all others are dropped.
REQUEST_HEADERS = frozenset(
    {"accept", "anthropic-beta", "anthropic-version", "content-type", "openai-beta", "x-stainless-retry-count"}
)
RESPONSE_HEADERS = frozenset(
    {"content-language", "content-type", "location", "openai-model", "openai-processing-ms", "openai-version"}
    | {"retry-after", "retry-after-ms", "x-should-retry"}
)
_LIMITS = re.compile(r"(anthropic|x)-ratelimit-[a-z-]+")

_SECRET_PARAMETER = re.compile(
    r"(?i)(?!.*(page|continuation))"
    r"((.*[-_])?(api|access|auth|client|id|refresh|session|subscription)?[-_]?(key|token|secret|password|signature)"
    r"|x-(amz|goog)-.*|(.*[-_])?(auth|code|credentials?|passwd|sig)|authorization|awsaccesskeyid|session[-_]?id)"
)


class Redactor:
    """Takes out of requests, responses and error texts what no cassette, result or message may hold."""

    def request(self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Request:
        """A request as it may be kept, `headers` and `body` as the client sends them."""
        return kept_request(method, url, headers, body)

    def response(self, response: Response) -> Response:
        """A live response as it may be kept; its headers have been through `kept_headers`."""
        return response

    def text(self, text: str) -> str:
        """The text of an error as it may be kept."""
        return text


def kept_request(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Request:
    """A live or recorded request as it may be kept; its body is decoded where it was compressed."""
    pairs = [(name.lower(), value) for name, value in headers]
    encoding = next((value for name, value in pairs if name == "content-encoding"), "")
    kept = tuple(pair for pair in pairs if pair[0] in REQUEST_HEADERS)
    return Request(method.upper(), kept_url(url), kept, decode_body(body, encoding))


def kept_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers of a response that may be kept, names in lower case. Length and encodings belong to the wire."""
    pairs = ((name.lower(), value) for name, value in headers)
    return tuple(
        (name, kept_url(value) if name == "location" else value)
        for name, value in pairs
        if name in RESPONSE_HEADERS or _LIMITS.fullmatch(name)
    )


def kept_url(url: str) -> str:
    """A URL without user name, password and fragment, the values of its secret parameters replaced.

    Nothing else changes, not even the spelling. The placeholder is the same for every secret: another key matches too.
    """
    if "?" not in url and "@" not in url and "#" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        # no URL that a client could call, such as http://[ in a cassette: nothing of it can be told apart
        return PLACEHOLDER
    query = "&".join(_kept_parameter(parameter) for parameter in parts.query.split("&")) if parts.query else ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query, fragment=""))


def _kept_parameter(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    secret = equals and value and _SECRET_PARAMETER.fullmatch(unquote_plus(name))
    return f"{name}={PLACEHOLDER}" if secret else parameter
