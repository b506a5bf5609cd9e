import pytest
from exchanges import call

from pytest_altax.providers.vendors import vendor


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1/responses", "openai"),
        ("https://us.api.openai.com/v1/responses", "openai"),
        ("https://my-resource.openai.azure.com/openai/deployments/d/chat/completions", "azure"),
        ("https://my.services.ai.azure.com/models/chat/completions", "azure"),
        ("https://openrouter.ai/api/v1/chat/completions", "openrouter"),
        ("https://api.groq.com/openai/v1/chat/completions", "groq"),
        ("https://bedrock-runtime.eu-central-1.amazonaws.com/model/m/converse", "aws"),
        ("https://bedrock-mantle.us-east-1.api.aws/v1/chat/completions", "aws"),
        ("https://europe-west1-aiplatform.googleapis.com/v1/x", "google"),
        ("https://router.huggingface.co/nebius/v1/chat/completions", "huggingface_nebius"),
        ("https://router.huggingface.co/v1/chat/completions", None),
        ("https://api.x.ai:443/v1/chat/completions", "x-ai"),
        ("https://api.openai.com.example.com/v1/responses", None),
        ("http://localhost:11434/v1/chat/completions", None),
        ("http://[::1", None),
    ],
)
def test_a_host_tells_who_serves(url, name):
    assert vendor(url) == name


def test_the_names_are_those_of_the_price_table():
    prices = pytest.importorskip("genai_prices.data")
    known = {provider.id for provider in prices.providers}
    urls = {
        "https://api.mistral.ai", "https://api.deepseek.com", "https://api.together.xyz", "https://api.fireworks.ai",
        "https://api.cerebras.ai", "https://api.cohere.com", "https://api.perplexity.ai", "https://api.moonshot.ai",
        "https://api.anthropic.com", "https://generativelanguage.googleapis.com", "https://x.openai.azure.com",
        "https://router.huggingface.co/novita/v1", "https://open.bigmodel.cn", "https://api.z.ai", "https://api.x.ai",
    }  # fmt: skip
    assert {vendor(url) for url in urls} <= known


def test_a_call_is_of_its_wire_format_and_of_its_vendor():
    read = call("google_tools")
    assert (read.provider, read.vendor) == ("google", "google")
    read = call("chat_vertex_stream")
    assert (read.provider, read.vendor) == ("openai", "google")
