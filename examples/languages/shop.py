"""The assistant of a shop, on plain httpx and any OpenAI-compatible server."""

import os
from pathlib import Path

import httpx

GUARDRAIL = Path(__file__).with_name("guardrail.md").read_text(encoding="utf-8")


def ask(*turns: tuple[str, str], max_tokens: int = 80, temperature: float = 0.8) -> str:
    """The model's answer to turns of (role, content)."""
    base = os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8091/v1")
    key = os.environ.get("OPENAI_API_KEY", "not-needed")
    body = {
        "model": os.environ.get("SHOP_MODEL", "qwen2.5-coder-0.5b-instruct"),
        "messages": [{"role": role, "content": content} for role, content in turns],
        "temperature": temperature,
        "max_tokens": max_tokens,
    }
    headers = {"Authorization": f"Bearer {key}"}
    reply = httpx.post(f"{base}/chat/completions", json=body, headers=headers, timeout=60)
    return reply.raise_for_status().json()["choices"][0]["message"]["content"]


def answer(question: str) -> str:
    """The shop's answer to a customer."""
    return ask(("system", GUARDRAIL), ("user", question))
