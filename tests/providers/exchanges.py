"""Hand-made exchanges of every shape, read as the interactions they are."""

import json
from pathlib import Path

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call, Interaction, Request, Response

DATA = Path(__file__).parent / "data"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))
CHAT = "https://api.openai.com/v1/chat/completions"


def plain(name: str) -> dict:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def interaction(name: str, *, sent: dict | None = None, got: bytes | None = None) -> Interaction:
    made = plain(name)
    request = Request("POST", made["url"], (), json.dumps(sent or made["request"]).encode())
    if got is None:
        got = made["stream"].encode() if "stream" in made else json.dumps(made["response"]).encode()
    kind = "text/event-stream" if "stream" in made else "application/json"
    return Interaction(request, Response(made["status"], (("Content-Type", kind),), got))


def call(name: str, **changed) -> Call:
    return ProviderRegistry().read(interaction(name, **changed))


def chat(*messages: dict, url: str = CHAT, **settings) -> Call:
    """A chat request that has no answer yet."""
    body = {"model": "gpt-4o", "messages": list(messages), **settings}
    return ProviderRegistry().read(Interaction(Request("POST", url, (), json.dumps(body).encode())))
