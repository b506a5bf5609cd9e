"""Secrets that are recognised by the name they stand under: in URLs, forms, JSON, XML and multipart bodies.

Names that only look alike stay: `max_tokens`, the `token` of a log-probability, page tokens, the `key` of a tool.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from .spans import Span, placeholder

SECRET_PARAMETER = re.compile(
    r"(?i)(?!.*(page|continuation|sentry))"
    r"((.*[-_])?(api|access|auth|client|id|refresh|session|subscription)?[-_]?(key|token|secret|password|signature)"
    r"|x-(amz|goog)-.*|(.*[-_])?(auth|code|credentials?|passwd|sig)|authorization|awsaccesskeyid|session[-_]?id"
    r"|(client_)?assertion|code_verifier|googleaccessid|key-pair-id)"
)
# Parts of names, in lower case, from which the name around is looked at.
_AUTHOR = b"author"
_PIVOTS = (b"key", b"token", b"secre", b"passw", _AUTHOR)
_NAME_ENDS = (
    *("apikey", "accesskey", "accesskeyid", "secretkey", "privatekey", "signingkey", "subscriptionkey"),
    *("secret", "password", "passwd", "passphrase", "authorization", "clientassertion"),
    *(f"{kind}token" for kind in ("access", "api", "auth", "authorization", "bearer", "id", "oauth", "refresh")),
    *(f"{kind}token" for kind in ("security", "session")),
)
_LONGEST_NAME = 64
_WORDY = re.compile(rb"(?i)(?:passw(?:or)?d|passphrase|(?<!client)[-_]?secret)$")
_LONGEST_WORD = 16
_QUOTED = re.compile(rb"[\w-]{0,32}(\\*[\"'])\s{0,8}[:=]\s{0,8}\1(?:(?:Bearer|Basic|Token|ApiKey) {1,2})?")
_PLAIN = re.compile(rb"(?:[^\"'\\\s]|\\[^\s]){1,8192}(?=[\"'])")
_ESCAPED = re.compile(rb"[^\"'\\\s]{1,8192}(?=\\)")
_TAG = re.compile(rb"[\w-]{0,32}>([^<>\s]{1,8192})</")
_PART = re.compile(rb"[\w-]{0,32}\"(?:\r\n[^\r\n]{1,200}){0,4}\r\n\r\n([^\r\n]{1,8192})\r\n--")
_HEADER = re.compile(
    rb"(?i)authorization[\"'\\]{0,2}\s{0,4}[:=]\s{0,4}[\"'\\]{0,2}(?:bearer|basic|token) ([\w.~+/=-]{8,8192})"
)
# the key of Azure's data sources and of others that name the kind beside it
_BESIDE = re.compile(rb"(?i)key\"\s{0,4},\s{0,8}\"key\"\s{0,4}:\s{0,4}\"([^\"\\\s]{1,8192})\"")
# a variable or a header with its name beside it: {"name": "API_KEY", "value": "..."}
_VALUE = re.compile(rb"[\w-]{0,32}\"\s{0,4},\s{0,8}\"value\"\s{0,4}:\s{0,4}\"([^\"\\\s]{1,8192})\"")
_AFTER_NAME = re.compile(rb"[a-z0-9_-]{0,32}(?:\\*[\"'][\s:=,]|>)").match
_RANDOM = re.compile(rb"(?=(?:[^0-9]*[0-9]){3})(?=[^A-Za-z]*[A-Za-z])[\w.+/=-]{20,}")

_PARAMETER = re.compile(rb"(?:[?&;]|\\u0026|&amp;)([A-Za-z][\w%-]{0,40})=([^&;\s\"'\\<>#)\]]{8,8192})")
_PARAMETER_HINTS = (
    b"sig=",
    b"ignature=",
    b"redential=",
    b"oken=",
    b"key=",
    b"Key=",
    b"KeyId=",
    b"AccessId=",
)
_SIGNED = re.compile(
    r"(?i)x-(amz|goog)-(signature|credential|security-token)|sig|signature|awsaccesskeyid|googleaccessid|key-pair-id"
    r"|(api|access|subscription)[-_]?key|(access|auth|id|refresh|session)[-_]token"
)
_LIKELY = re.compile(r"(?i)key|token|secret|code|password")


@functools.lru_cache(maxsize=1024)
def is_secret_name(name: bytes) -> bool:
    """Whether the value of a field of that name is a secret, in whichever way the name is written."""
    plain = name.decode("latin-1").lower().replace("-", "").replace("_", "").replace(".", "")
    return plain.endswith(_NAME_ENDS)


@functools.lru_cache(maxsize=1024)
def is_secret_parameter(name: str) -> bool:
    """Whether the value of a parameter of a URL or a form, its name as it is written there, is a secret."""
    return SECRET_PARAMETER.fullmatch(unquote_plus(name)) is not None


def find(data: bytes) -> list[Span]:
    """The secrets of named fields: JSON, in strings of JSON too, other literals, XML, multipart, header lines."""
    found: list[Span] = []
    lower = data.lower()
    for pivot in _PIVOTS:
        at = lower.find(pivot)
        while at >= 0:
            if _AFTER_NAME(lower, at):
                found += _field(data, at)
            elif pivot == _AUTHOR and (match := _HEADER.match(data, at)):
                found.append(Span(*match.span(1), "authorization", placeholder(match[1]), named=True))
            at = lower.find(pivot, at + len(pivot))
    return found


def _field(data: bytes, at: int) -> Iterator[Span]:
    """The field whose name has a pivot at this place, if that is what stands there and it is a secret one."""
    match = _QUOTED.match(data, at)
    if match:
        name = _name(data, at, match.start(1), b"\"'")
        value = (_PLAIN if len(match[1]) == 1 else _ESCAPED).match(data, match.end())
        if value and _is_secret(name, value[0]):
            yield Span(*value.span(), _kind(name), placeholder(value[0]), named=True)
        return
    beside = _BESIDE.match(data, at)
    if beside and data[max(0, at - 4) : at].lower().endswith((b"api_", b"api")):
        yield Span(*beside.span(1), "field 'key'", placeholder(beside[1]), named=True)
    for pattern, opening in ((_TAG, b"<"), (_PART, b'"'), (_VALUE, b'"')):
        match = pattern.match(data, at)
        if match:
            end = data.index(b">" if opening == b"<" else b'"', at)
            name = _name(data, at, end, opening)
            if _is_secret(name, match[1]):
                yield Span(*match.span(1), _kind(name), placeholder(match[1]), named=True)


def _is_secret(name: bytes, value: bytes) -> bool:
    if not is_secret_name(name):
        return name.lower() == b"token" and _RANDOM.fullmatch(value) is not None
    # the password that a model gives to a tool in a game is a word, and the game must go on when it is replayed
    return not (_WORDY.search(name) and value.isalpha() and len(value) < _LONGEST_WORD)


def _name(data: bytes, at: int, end: int, openings: bytes) -> bytes:
    before = data[max(0, at - _LONGEST_NAME) : at]
    start = at - len(before) + 1 + max(before.rfind(bytes([opening])) for opening in openings)
    return data[start:end]


def _kind(name: bytes) -> str:
    return f"field '{name.decode('ascii', 'replace')[:40]}'"


def find_form(data: bytes) -> Iterator[Span]:
    """The secrets of a form (application/x-www-form-urlencoded), OAuth's among them."""
    at = 0
    for parameter in data.split(b"&"):
        name, equals, value = parameter.partition(b"=")
        if equals and value and is_secret_parameter(name.decode("latin-1")):
            yield Span(at + len(name) + 1, at + len(parameter), _kind(name), placeholder(value), named=True)
        at += len(parameter) + 1


def find_parameters(data: bytes, runs: bytes) -> Iterator[Span]:
    """The secrets of URLs that stand in a text, such as signatures of presigned ones; `runs` as for shapes."""
    if not any(hint in runs for hint in _PARAMETER_HINTS):
        return
    for match in _PARAMETER.finditer(data):
        name = unquote_plus(match[1].decode("latin-1"))
        random = _LIKELY.search(name) and is_secret_parameter(name) and _RANDOM.fullmatch(match[2])
        if _SIGNED.fullmatch(name) or random:
            yield Span(*match.span(2), f"parameter {name!r}", placeholder(match[2]))
