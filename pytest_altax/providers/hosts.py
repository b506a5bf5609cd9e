"""The hosts of well-known LLM APIs: what is recorded and walled off without being asked for by name.

They are those that the SDKs, litellm, pydantic-ai and genai-prices call by default. A host that serves much else beside
models (Databricks, Snowflake, SageMaker, api.cloudflare.com) is not here: everything sent to it would be recorded.
"""

from __future__ import annotations

import re

_HOSTS = frozenset(
    {
        "ai-gateway.helicone.ai",
        "ai-gateway.vercel.sh",
        "api-inference.huggingface.co",
        "api.ai21.com",
        "api.aimlapi.com",
        "api.aleph-alpha.com",
        "api.anthropic.com",
        "api.arcee.ai",
        "api.avian.io",
        "api.baichuan-ai.com",
        "api.cerebras.ai",
        "api.clarifai.com",
        "api.cohere.ai",
        "api.cohere.com",
        "api.cometapi.com",
        "api.deepinfra.com",
        "api.deepseek.com",
        "api.endpoints.anyscale.com",
        "api.featherless.ai",
        "api.fireworks.ai",
        "api.friendli.ai",
        "api.galadriel.com",
        "api.githubcopilot.com",
        "api.gmi-serving.com",
        "api.groq.com",
        "api.hyperbolic.xyz",
        "api.inference.crusoecloud.com",
        "api.inference.net",
        "api.inference.wandb.ai",
        "api.jina.ai",
        "api.kluster.ai",
        "api.lambda.ai",
        "api.lingyiwanwu.com",
        "api.llama.com",
        "api.meta.ai",
        "api.minimax.chat",
        "api.minimax.io",
        "api.minimaxi.com",
        "api.mistral.ai",
        "api.moonshot.ai",
        "api.moonshot.cn",
        "api.morphllm.com",
        "api.nova.amazon.com",
        "api.novita.ai",
        "api.openai.com",
        "api.perplexity.ai",
        "api.poe.com",
        "api.portkey.ai",
        "api.publicai.co",
        "api.reka.ai",
        "api.replicate.com",
        "api.sambanova.ai",
        "api.sarvam.ai",
        "api.scaleway.ai",
        "api.siliconflow.cn",
        "api.siliconflow.com",
        "api.stepfun.com",
        "api.studio.nebius.ai",
        "api.studio.nebius.com",
        "api.synthetic.new",
        "api.together.ai",
        "api.together.xyz",
        "api.tokenfactory.nebius.com",
        "api.typesafe.ai",
        "api.upstage.ai",
        "api.v0.dev",
        "api.venice.ai",
        "api.voyageai.com",
        "api.writer.com",
        "api.x.ai",
        "api.xiaomimimo.com",
        "api.z.ai",
        "claude.googleapis.com",
        "codestral.mistral.ai",
        "dashscope-intl.aliyuncs.com",
        "dashscope-us.aliyuncs.com",
        "dashscope.aliyuncs.com",
        "gateway.ai.cloudflare.com",
        "gateway.pydantic.dev",
        "generativelanguage.googleapis.com",
        "gigachat.devices.sberbank.ru",
        "inference.api.nscale.com",
        "inference.baseten.co",
        "inference.do-ai.run",
        "integrate.api.nvidia.com",
        "llm-gateway.assemblyai.com",
        "llm.chutes.ai",
        "models.github.ai",
        "models.inference.ai.azure.com",
        "nano-gpt.com",
        "oai.endpoints.kepler.ai.cloud.ovh.net",
        "oai.helicone.ai",
        "ollama.com",
        "open.bigmodel.cn",
        "openrouter.ai",
        "qianfan.baidubce.com",
        "router.huggingface.co",
        "serving.app.predibase.com",
    }
)
# Hosts with a name of the customer's, a region or a model in them.
_PATTERNS = re.compile(
    r"(?:.+\.)?(?:"
    r"openai\.azure\.(?:com|us|cn)|(?:services|models)\.ai\.azure\.(?:com|us)|cognitiveservices\.azure\.(?:com|us|cn)"
    r"|inference\.ai\.azure\.com"
    r"|(?:[a-z0-9-]+-)?aiplatform(?:\.mtls)?\.googleapis\.com|aiplatform\.[a-z0-9-]+\.rep\.googleapis\.com"
    r"|bedrock-(?:runtime|mantle|agent-runtime)(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)"
    r"|aws-external-anthropic\.[a-z0-9-]+\.api\.aws|prediction\.vertexai\.goog|generativelanguage\.mtls\.googleapis\.com"
    r"|inference\.generativeai\.[a-z0-9-]+\.oci\.(?:oraclecloud|oraclegovcloud)\.com|ark\.[a-z0-9-]+\.(?:volces|bytepluses)\.com"
    r"|ml\.cloud\.ibm\.com|endpoints\.huggingface\.cloud|endpoints\.ai\.cloud\.ovh\.net"
    r"|gateway(?:-[a-z0-9-]+)?\.pydantic\.(?:dev|info)"
    r"|(?:us|eu)\.inference\.heroku\.com|api\.openai\.com|api\.mistral\.ai"
    r")"
)


def is_llm_host(host: str) -> bool:
    """Whether a host, given with or without port, is that of a well-known LLM API."""
    name = host.lower().rstrip(".")
    name, _, port = name.rpartition(":") if name.count(":") == 1 else (name, "", "")
    name = name or port
    return name in _HOSTS or _PATTERNS.fullmatch(name) is not None
