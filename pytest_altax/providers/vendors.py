"""Who serves a model, by host: many servers speak one wire format, and each has prices of its own.

The names are those of the price table (`genai-prices`) where it knows the vendor.
"""

from __future__ import annotations

import functools
import re

from . import wire

_VENDORS = tuple(
    (re.compile(pattern), vendor)
    for pattern, vendor in (
        (r"api\.ai21\.com", "ai21"),
        (r"api\.anthropic\.com", "anthropic"),
        (r"api\.arcee\.ai", "arcee"),
        (r"api\.avian\.io", "avian"),
        (r"bedrock-\S+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)", "aws"),
        (
            r".+\.(?:openai\.azure\.\w+|azure-api\.net|(?:services|models|inference)\.ai\.azure\.\w+"
            r"|cognitiveservices\.azure\.\w+)|models\.inference\.ai\.azure\.com",
            "azure",
        ),
        (r"inference\.baseten\.co", "baseten"),
        (r"api\.cerebras\.ai", "cerebras"),
        (r"api\.cohere\.(?:ai|com)", "cohere"),
        (r".+\.(?:cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com)", "databricks"),
        (r"api\.deepseek\.com", "deepseek"),
        (r"api\.fireworks\.ai", "fireworks"),
        (r"api\.githubcopilot\.com", "github-copilot"),
        (r"(?:.+\.)?googleapis\.com|.+-aiplatform\.googleapis\.com", "google"),
        (r"api\.groq\.com", "groq"),
        (r"api\.minimaxi?\.(?:com|io|chat)", "minimax"),
        (r"(?:api|codestral)\.mistral\.ai", "mistral"),
        (r"api\.moonshot\.(?:ai|cn)", "moonshotai"),
        (r"api\.novita\.ai", "novita"),
        (r"(?:.+\.)?api\.openai\.com", "openai"),
        (r"(?:api\.)?openrouter\.ai", "openrouter"),
        (r"oai\.endpoints\.kepler\.ai\.cloud\.ovh\.net|.+\.endpoints\.ai\.cloud\.ovh\.net", "ovhcloud"),
        (r"api\.perplexity\.ai", "perplexity"),
        (r"api\.together\.(?:ai|xyz)", "together"),
        (r"api\.voyageai\.com", "voyageai"),
        (r"api\.x\.ai", "x-ai"),
        (r"api\.z\.ai", "zai"),
        (r"open\.bigmodel\.cn", "zhipuai"),
    )
)
# Hugging Face's router hands on to the vendor that its path begins with.
_ROUTER = re.compile(r"router\.huggingface\.co/(?P<vendor>(?!hf-inference|v\d+/)[a-z][a-z0-9-]+)/")


@functools.lru_cache(maxsize=256)
def vendor(url: str) -> str | None:
    """Name the vendor behind a URL; None for a host that tells none, such as a proxy or one's own server."""
    host = wire.host(url)
    routed = _ROUTER.match(host + wire.path(url))
    if routed:
        return f"huggingface_{routed['vendor']}"
    return next((name for pattern, name in _VENDORS if pattern.fullmatch(host)), None)
