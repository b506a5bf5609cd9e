"""Which hosts are known without being named in the settings."""

import pytest

from pytest_altax.providers.hosts import is_llm_host

KNOWN = """
acme.openai.azure.com acme.services.ai.azure.com acme.eastus.models.ai.azure.com acme.cognitiveservices.azure.us
phi.eastus2.inference.ai.azure.com aiplatform.googleapis.com us-central1-aiplatform.googleapis.com
aiplatform.eu.rep.googleapis.com 12.us-east1-34.prediction.vertexai.goog generativelanguage.mtls.googleapis.com
claude.googleapis.com bedrock-runtime.eu-west-3.amazonaws.com bedrock-runtime-fips.us-gov-west-1.amazonaws.com
bedrock-runtime.cn-north-1.amazonaws.com.cn bedrock-mantle.us-east-1.api.aws
vpce-0a1.bedrock-runtime.us-east-1.vpce.amazonaws.com aws-external-anthropic.us-west-2.api.aws
openrouter.ai api.groq.com api.together.xyz api.mistral.ai codestral.mistral.ai api.deepseek.com api.x.ai
api.fireworks.ai api.perplexity.ai api.cohere.com api.cerebras.ai router.huggingface.co
x1.us-east-1.aws.endpoints.huggingface.cloud us-south.ml.cloud.ibm.com ollama.com integrate.api.nvidia.com
inference.generativeai.us-chicago-1.oci.oraclecloud.com ark.cn-beijing.volces.com api.moonshot.cn api.minimax.io
gateway-us.pydantic.dev ai-gateway.vercel.sh gateway.ai.cloudflare.com models.github.ai api.githubcopilot.com
"""

OTHER = """
amazonaws.com s3.us-east-1.amazonaws.com runtime.sagemaker.us-east-1.amazonaws.com storage.googleapis.com
oauth2.googleapis.com login.microsoftonline.com acme.blob.core.windows.net iam.cloud.ibm.com acme.snowflakecomputing.com
api.cloudflare.com huggingface.co github.com openrouter.ai.evil.test xapi.openai.com.evil.test notopenrouter.ai
"""


@pytest.mark.parametrize("host", KNOWN.split())
def test_the_api_of_a_provider_is_known(host):
    assert is_llm_host(host)
    assert is_llm_host(f"{host.upper()}:443")


@pytest.mark.parametrize("host", OTHER.split())
def test_what_also_serves_other_things_is_not(host):
    assert not is_llm_host(host)
