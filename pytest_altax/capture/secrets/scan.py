"""What may still be a secret in a file that is to be written, or that lies in a repository.

Known shapes and names, values that look random beside a secret name (as in gitleaks' generic rule: Shannon entropy of
at least 3.5 bits a character), and the very values of the environment variables that hold secrets.
"""

from __future__ import annotations

import base64
import binascii
import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import fields, shapes
from .known import Known
from .rules import SecretRules
from .spans import Span, joined

_ENTROPY = 3.5
# 32 random hexadecimal digits have less than 3.5 bits each in one case of five, less than 3 in none
_ENTROPY_HEX = 3.0
_SHOWN = 4
_SHORTEST = 8
_VARIABLE = re.compile(
    r"(?i)(?!.*(_file|_path|_dir|_url|_uri|_host|_endpoint)$|tokenizers?_|.*max_)"
    r".*(api_?key|token|secret|passw(or)?d|passphrase|credential|private_?key|access_?key|signing_?key).*"
)
_PIVOTS = (b"key", b"token", b"secre", b"passw", b"credential")
_ASSIGNED = re.compile(
    rb"[a-z]{0,8}[\w-]{0,20}\\{0,3}[\"']?[ \t]{0,3}(?:=>|:=|=|:)[ \t]{0,3}\\{0,3}[\"']?([\w+/.=-]{16,256})"
)
_BEARER = re.compile(rb"earer ([\w.~+/=-]{20,4096})")
_BASE64 = re.compile(rb"\"base64\": \"([A-Za-z0-9+/=]{12,})\"")
# What others write in place of a secret: <filtered>, ${TOKEN}, OPENAI_API_KEY, your-key-here, sk-xxxx
_DUMMY = re.compile(
    rb"(?i)your|example|dummy|fake|mock|sample|placeholder|redacted|filtered|scrubbed|masked|changeme|secret_here"
    rb"|x{4}|\*{3}|0{6}|123456|abcdef|\.\.\.|^[<\[{(%$]|^(?-i:[A-Z][A-Z_]*_(?:KEY|TOKEN|SECRET|PASSWORD)|(?:test|invalid)[a-z_-]+)$"
)
# code that names where a secret is kept, and the address of a contract
_NAMED = re.compile(rb"[A-Za-z]+[0-9]{0,4}(?:[._](?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4}))+|0x[0-9A-Fa-f]{40}")
_HEX = re.compile(rb"[0-9a-f]{32,}|[0-9A-F]{32,}")
_SPACED = (b"api ", b"access ", b"secret ", b"private ")
_SAME = re.compile(rb"(.)\1{5}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A likely secret at `start` to `end` of some bytes: its kind, and a hint that does not give it away."""

    start: int
    end: int
    kind: str
    hint: str


def scan(
    data: bytes, rules: SecretRules, known: Known | None = None, environment: Mapping[str, str] | None = None
) -> list[Finding]:
    """What may be a secret in the bytes of a file, in order. `environment` is that of this process by default."""
    spans = list(_spans(data, known, os.environ if environment is None else environment))
    found = [_finding(data, span) for span in joined(spans, data) if not rules.allows(data[span.start : span.end])]
    for match in _BASE64.finditer(data):
        if any(scan(_decoded(match[1]), rules, known, environment)):
            found.append(Finding(*match.span(1), "a secret in base64", f"{len(match[1])} characters"))
    return sorted(found, key=lambda one: one.start)


def _spans(data: bytes, known: Known | None, environment: Mapping[str, str]) -> Iterator[Span]:
    yield from environment_values(data, environment)
    if known is not None:
        yield from known.find(data)
    for span in shapes.find(data, shapes.long_runs(data)):
        if span.kind not in shapes.IDENTIFIERS and not _SAME.search(data, span.start, span.end):
            yield span
    for span in (*fields.find(data), *fields.find_parameters(data, shapes.long_runs(data))):
        if span.end - span.start >= _SHORTEST and not is_dummy(data[span.start : span.end]):
            yield span
    yield from _assignments(data)


def _finding(data: bytes, span: Span) -> Finding:
    text = data[span.start : span.end].decode("utf-8", "replace")
    shown = "".join(character if character.isalnum() or character in "-_" else "?" for character in text[:_SHOWN])
    return Finding(span.start, span.end, span.kind, f"{shown}… ({len(text)} characters)")


def _assignments(data: bytes) -> Iterator[Span]:
    """Values that look random beside a secret name, `api_key = "..."`, or behind `Bearer`."""
    lower = data.lower()
    for pivot in _PIVOTS:
        at = lower.find(pivot)
        while at >= 0:
            match = _ASSIGNED.match(data, at)
            if match and _is_secret(data, at, match) and _is_random(match[1]):
                yield Span(*match.span(1), "a random value under a secret name")
            at = lower.find(pivot, at + len(pivot))
    for match in _BEARER.finditer(data):
        if _is_random(match[1]):
            yield Span(*match.span(1), "bearer token")


def _is_secret(data: bytes, at: int, match: re.Match[bytes]) -> bool:
    before = re.search(rb"[\w.-]*$", data[max(0, at - 40) : at])
    name = (before[0] if before else b"") + re.split(rb"[^\w-]", match[0], maxsplit=1)[0]
    spaced = name.lower() == b"key" and data[max(0, at - 8) : at].lower().endswith(_SPACED)
    return spaced or fields.is_secret_name(name) or name.lower() == b"token" or name.endswith(b"_TOKEN")


def _is_random(value: bytes) -> bool:
    mixed = any(48 <= byte <= 57 for byte in value) and any(byte > 64 for byte in value)
    least = _ENTROPY_HEX if _HEX.fullmatch(value) else _ENTROPY
    return mixed and not is_dummy(value) and not _NAMED.fullmatch(value) and entropy(value) >= least


def is_dummy(value: bytes) -> bool:
    """Whether a value says that it stands for another."""
    return _DUMMY.search(value) is not None


def entropy(value: bytes) -> float:
    """Shannon entropy in bits a byte."""
    total = len(value)
    return -sum(count / total * math.log2(count / total) for count in Counter(value).values())


def environment_values(data: bytes, environment: Mapping[str, str]) -> Iterator[Span]:
    """Where the values of environment variables stand whose names say that they are secret."""
    for name, value in environment.items():
        if _VARIABLE.fullmatch(name) and _is_value(value):
            one = Known()
            one.learn_id(value)
            for span in one.find(data):
                yield span._replace(kind=f"the value of ${name}")


def _is_value(value: str) -> bool:
    # a path or an address names where a secret is, it is none
    return (
        len(value) >= _SHORTEST and not value.isdigit() and not value.startswith(("http:", "https:", "./", "~/", "/"))
    )


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
