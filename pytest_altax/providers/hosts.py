"""The hosts of well-known LLM APIs: what is recorded and walled off without being asked for by name."""

from __future__ import annotations

import re

_HOSTS = frozenset(
    {
        "api.ai21.com",
        "api.anthropic.com",
        "api.cerebras.ai",
        "api.cohere.ai",
        "api.cohere.com",
        "api.deepinfra.com",
        "api.deepseek.com",
        "api.fireworks.ai",
        "api.groq.com",
        "api.hyperbolic.xyz",
        "api.inference.crusoecloud.com",
        "api.mistral.ai",
        "api.moonshot.ai",
        "api.moonshot.cn",
        "api.novita.ai",
        "api.openai.com",
        "api.perplexity.ai",
        "api.portkey.ai",
        "api.replicate.com",
        "api.sambanova.ai",
        "api.studio.nebius.ai",
        "api.together.ai",
        "api.together.xyz",
        "api.voyageai.com",
        "api.x.ai",
        "api.z.ai",
        "api-inference.huggingface.co",
        "codestral.mistral.ai",
        "dashscope.aliyuncs.com",
        "dashscope-intl.aliyuncs.com",
        "gateway.ai.cloudflare.com",
        "gateway.pydantic.dev",
        "generativelanguage.googleapis.com",
        "integrate.api.nvidia.com",
        "models.github.ai",
        "models.inference.ai.azure.com",
        "ollama.com",
        "open.bigmodel.cn",
        "openrouter.ai",
        "router.huggingface.co",
    }
)
_PATTERNS = re.compile(
    r"(?:.+\.)?(?:"
    r"openai\.azure\.(?:com|us|cn)|services\.ai\.azure\.com|cognitiveservices\.azure\.com"
    r"|(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com"
    r"|bedrock-(?:runtime|mantle|agent-runtime)(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
    r"|inference\.ai\.azure\.com|ml\.cloud\.ibm\.com|endpoints\.huggingface\.cloud"
    r"|(?:us|eu)\.inference\.heroku\.com|api\.openai\.com|api\.mistral\.ai"
    r")"
)


def is_llm_host(host: str) -> bool:
    """Whether a host, given with or without port, is that of a well-known LLM API."""
    name = host.lower().rstrip(".")
    name, _, port = name.rpartition(":") if name.count(":") == 1 else (name, "", "")
    name = name or port
    return name in _HOSTS or _PATTERNS.fullmatch(name) is not None
