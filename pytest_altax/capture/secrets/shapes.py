"""Secrets that are recognised by how they look, whoever wrote them where.

The shapes are those that the providers document and that the rule sets of gitleaks and of GitHub's secret scanning
list. Each begins with a literal, so that a body without it is never searched; every pattern is linear in its input.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .spans import ACCOUNT_PLACEHOLDER, Span, placeholder

_SHORTEST_RUN = 14
_RUN = b"a" * _SHORTEST_RUN
# Whatever a key, a token or a URL is made of becomes `a`: a body without a long run of it holds none of them.
_CLASSES = bytes(97 if (chr(byte).isalnum() and byte < 128) or byte in b"-_.+/=:?&%@~*" else 32 for byte in range(256))
_MIXED = rb"(?=[A-Za-z_-]*[0-9]|[a-z0-9_-]*[A-Z])"
# sk-learn-contrib-2023, #sk-container-id-1: words and numbers with dashes between them are no key
_NO_WORDS = rb"(?!(?:[a-z_]+[0-9]{0,4}|[0-9]{1,4})(?:-(?:[a-z_]+[0-9]{0,4}|[0-9]{1,4}))+(?![A-Za-z0-9_-]))"


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of secret: it begins with `literal`, then fits `tail`. Its group 1 is the secret, else all of it.

    Where `apart`, it is only one that begins a word: within a longer run of letters it is chance.
    """

    kind: str
    literal: bytes
    tail: bytes
    apart: bool = True
    by: bytes = b""

    def find(self, data: bytes) -> Iterator[Span]:
        """The secrets of this shape."""
        for match in _compiled(self).finditer(data):
            group = match.re.groups
            value = match[group]
            yield Span(match.start(group), match.end(group), self.kind, self.by or placeholder(value))


@functools.cache
def _compiled(shape: Shape) -> re.Pattern[bytes]:
    literal = re.escape(shape.literal)
    # after an escape of JSON or of a URL a word begins too: \nsk-..., %3Dsk-...
    before = (rb"\\[nrtbf]", rb"%[0-9A-Fa-f]{2}", rb"\\u[0-9A-Fa-f]{4}", rb"\\x[0-9A-Fa-f]{2}")
    behind = b"|".join(rb"(?<=%s%s)" % (escape, literal) for escape in before)
    apart = rb"(?:(?<![A-Za-z0-9_-]%s)|%s)" % (literal, behind) if shape.apart else b""
    return re.compile(literal + apart + shape.tail)


def _keys() -> Iterator[Shape]:
    word = rb"[A-Za-z0-9]{%d,}"
    dashed = rb"[A-Za-z0-9_-]{%d,}"
    yield Shape("API key (sk-)", b"sk-", _NO_WORDS + _MIXED + dashed % 12)
    yield Shape("API key (sk_)", b"sk_", rb"(?=[a-z_]*[A-Z0-9])" + rb"[A-Za-z0-9_]{16,}")
    yield Shape("API key (rk_)", b"rk_", rb"(?:live|test)_" + word % 16)
    yield Shape("Google API key", b"AIza", rb"[A-Za-z0-9_-]{30,}")
    yield Shape("Google API key", b"AQ.", rb"(?=[A-Za-z_-]*[0-9])" + dashed % 30)
    yield Shape("Google access token", b"ya29.", rb"[A-Za-z0-9_.-]{10,}")
    yield Shape("Google refresh token", b"1//0", dashed % 20)
    yield Shape("Google client secret", b"GOCSPX-", dashed % 16)
    for kind in (b"AKIA", b"ASIA", b"ABIA", b"ACCA"):
        yield Shape("AWS access key id", kind, rb"[A-Z0-9]{12,24}(?![A-Za-z0-9])")
    yield Shape("Bedrock API key", b"ABSK", rb"[A-Za-z0-9+/]{40,}={0,2}")
    yield Shape("Bedrock API key", b"bedrock-api-key-", rb"[A-Za-z0-9+/=_-]{20,}")
    for owner, prefixes in _PREFIXES.items():
        for literal in prefixes.split():
            # a name in snake case is no key, and no key of these has an underscore after its prefix
            tail = word % 16 if literal.endswith("_") else dashed % 16
            yield Shape(f"{owner} key", literal.encode(), _NO_WORDS + _MIXED + tail)
    yield Shape("Voyage key", b"pa-", _NO_WORDS + dashed % 40)
    yield Shape("Pinecone key", b"pcsk_", rb"[A-Za-z0-9_]{40,}")
    yield Shape("PyPI token", b"pypi-AgE", dashed % 16)
    yield Shape("GitHub token", b"github_pat_", rb"[A-Za-z0-9_]{22,}")
    for letter in (b"p", b"o", b"u", b"s", b"r"):
        yield Shape("GitHub token", b"gh" + letter + b"_", word % 20)
    yield Shape("Slack token", b"xox", rb"[abeoprs](?:\.[a-z]+)?-[A-Za-z0-9-]{10,}")
    yield Shape("Slack token", b"xapp-", rb"[A-Za-z0-9-]{16,}")
    yield Shape("Slack webhook", b"hooks.slack.com/", rb"[a-z]+/([A-Za-z0-9/]{20,})", apart=False)
    yield Shape("Discord webhook", b"/api/webhooks/", rb"[0-9]+/([A-Za-z0-9_-]{40,})", apart=False)
    yield Shape("OpenAI session key", b"sess-", _MIXED + word % 40)
    yield Shape("Databricks token", b"dapi", rb"[0-9a-f]{32}(?![A-Za-z0-9])")
    yield Shape("Firecrawl key", b"fc-", rb"[0-9a-f]{32}(?![A-Za-z0-9])")
    yield Shape("Azure storage key", b"AccountKey=", rb"([A-Za-z0-9+/]{40,}={0,2})")
    yield Shape("AWS session token", b"IQoJb3JpZ2luX2", rb"[A-Za-z0-9+/]{60,}={0,2}")
    yield Shape("SendGrid key", b"SG.", rb"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}")


_PREFIXES = {
    "Groq": "gsk_",
    "Hugging Face": "hf_ api_org_",
    "xAI": "xai-",
    "Perplexity": "pplx-",
    "Replicate": "r8_",
    "GitLab": "glpat-",
    "Cerebras": "csk-",
    "NVIDIA": "nvapi-",
    "Fireworks": "fw_",
    "Together": "tgp_v1_",
    "Jina": "jina_",
    "Tavily": "tvly-",
    "LangSmith": "lsv2_pt_ lsv2_sk_",
    "Logfire": "pylf_v1_ pylf_v2_",
    "Langfuse": "pk-lf-",
    "E2B": "e2b_",
    "npm": "npm_",
    "DigitalOcean": "dop_v1_",
    "Notion": "ntn_",
    "Vercel": "vck_ vcp_",
    "Supabase": "sbp_ sb_secret_",
    "OpenAI": "ek_",
    "Linear": "lin_api_",
    "Shopify": "shpat_",
    "Atlassian": "ATATT3",
    "Vault": "hvs.",
    "Doppler": "dp.pt.",
    "Figma": "figd_",
}
_MASKED = b"sk- gsk_ xai- pplx- AIza hf_ r8_ csk- nvapi-".split()


def _identifiers() -> Iterator[Shape]:
    yield Shape("organization id", b"org-", _MIXED + rb"[A-Za-z0-9]{12,}")
    yield Shape("project id", b"proj_", _MIXED + rb"[A-Za-z0-9]{12,}")
    yield Shape("request id", b"req_", _MIXED + rb"[A-Za-z0-9]{12,}")
    account = rb"[a-z-]*%s[a-z0-9-]*%s[a-z0-9-]*%s([0-9]{12})(?=%s)"
    yield Shape("AWS account id", b"arn:aws", account.replace(b"%s", b":"), apart=False, by=ACCOUNT_PLACEHOLDER)
    yield Shape("AWS account id", b"arn%3Aaws", account.replace(b"%s", b"%3A"), apart=False, by=ACCOUNT_PLACEHOLDER)
    yield Shape("Google project id", b"projects/", rb"([A-Za-z0-9_.:-]{1,128})(?=/locations/)", apart=False)
    yield Shape("Google project id", b"projects/", rb"([0-9]{6,20})(?![A-Za-z0-9-])", apart=False)
    yield Shape("Azure subscription id", b"/subscriptions/", rb"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4,12}){4})", apart=False)
    yield Shape("Cloudflare account id", b"/accounts/", rb"([0-9a-f]{32})(?![A-Za-z0-9])", apart=False)


def _others() -> Iterator[Shape]:
    # header.payload.signature (RFC 7515) or the five parts of an encrypted one (RFC 7516)
    yield Shape("JSON Web Token", b"eyJ", rb"[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}")
    yield Shape("password in a URL", b"://", rb"[^/\s\"'@:\\?#]{0,128}:([^/\s\"'@\\]{1,256})@", apart=False)
    # what an API says of a key it refuses, such as sk-proj-****abcd
    for literal in _MASKED:
        yield Shape("masked API key", literal, rb"[A-Za-z0-9_-]{0,24}\*{3,}[A-Za-z0-9_-]{0,12}", apart=False)


SHAPES = (*_keys(), *_identifiers(), *_others())
_BY_LITERAL = tuple((shape.literal, shape) for shape in SHAPES)
IDENTIFIERS = frozenset(shape.kind for shape in _identifiers())
_KEY_BLOCK = re.compile(
    rb"-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----[^-]{1,16384}(?:-----END[A-Z -]{0,64}-----)?"
)
# a key of Azure has its mark in the middle
_AZURE_MARK = b"JQQJ99"
_AZURE = re.compile(rb"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{20,32}(?![A-Za-z0-9])")
_SAID = re.compile(
    rb"(?i)(?:key|token) (?:provided|used|sent)?:? ?['\"\\]{0,3}([A-Za-z0-9_-]{1,24}\*{3,}[A-Za-z0-9_-]{0,12})"
)


def long_runs(data: bytes) -> bytes:
    """The parts of the data that a key or a URL may stand in, one after another, empty when there are none."""
    classes = data.translate(_CLASSES)
    runs, at = [], classes.find(_RUN)
    while at >= 0:
        end = classes.find(b" ", at + _SHORTEST_RUN)
        end = len(data) if end < 0 else end
        runs.append(data[at:end])
        at = classes.find(_RUN, end)
    return b" ".join(runs)


def find(data: bytes, runs: bytes) -> list[Span]:
    """Every secret of a known shape; `runs` are the `long_runs` of the data."""
    found: list[Span] = []
    if runs:
        for shape in [shape for literal, shape in _BY_LITERAL if literal in runs]:
            found += shape.find(data)
        if b"***" in runs:
            found += (Span(*match.span(1), "masked API key") for match in _SAID.finditer(data))
        if _AZURE_MARK in runs:
            found += (Span(*match.span(), "Azure key") for match in _AZURE.finditer(data))
        if b"-----BEGIN" in data:
            found += (Span(*match.span(), "private key") for match in _KEY_BLOCK.finditer(data))
    return found
