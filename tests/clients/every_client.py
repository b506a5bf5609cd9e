"""All scenarios there are."""

import using_anthropic
import using_bedrock
import using_google
import using_langchain
import using_litellm
import using_mcp
import using_openai
import using_plain
import using_pydantic_ai

CLIENTS = (using_openai, using_anthropic, using_google, using_bedrock, using_mcp, using_plain)
SCENARIOS = [scenario for module in CLIENTS for scenario in module.group.scenarios]
FRAMEWORKS = [
    scenario for module in (using_litellm, using_langchain, using_pydantic_ai) for scenario in module.group.scenarios
]
