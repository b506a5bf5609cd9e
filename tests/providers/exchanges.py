"""Hand-made exchanges of every shape, read as the interactions they are."""

import base64
import json
import zlib
from pathlib import Path

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call, Interaction, Request, Response

DATA = Path(__file__).parent / "data"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))
EVENTSTREAM = "application/vnd.amazon.eventstream"
CHAT = "https://api.openai.com/v1/chat/completions"


def plain(name: str) -> dict:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def content_type(made: dict) -> str:
    """The content type of an answer: a stream of events, of binary frames, of lines, or plain JSON."""
    kinds = {
        "stream": "text/event-stream",
        "frames": EVENTSTREAM,
        "chunks": EVENTSTREAM,
        "lines": "application/stream+json",
    }
    return next((kind for key, kind in kinds.items() if key in made), "application/json")


def answered(made: dict) -> bytes:
    """The body of an answer as it went over the wire."""
    if "stream" in made:
        return made["stream"].encode()
    if "lines" in made:
        return "".join(json.dumps(line) + "\n" for line in made["lines"]).encode()
    if "frames" in made:
        return b"".join(frame(name, payload) for name, payload in made["frames"])
    if "chunks" in made:
        return b"".join(chunk(piece) for piece in made["chunks"])
    return json.dumps(made["response"]).encode()


def chunk(piece: dict) -> bytes:
    """A piece of a streamed invoke: base64 in a frame of its own."""
    return frame("chunk", {"bytes": base64.b64encode(json.dumps(piece).encode()).decode(), "p": "ab"})


def frame(name: str, payload: dict, kind: str = "event") -> bytes:
    """A frame of AWS's event stream: lengths, checksum, headers, payload, checksum."""
    told = {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + len(value).to_bytes(2) + value.encode()
        for key, value in told.items()
    )
    body = json.dumps(payload, ensure_ascii=False).encode()
    lengths = (16 + len(headers) + len(body)).to_bytes(4) + len(headers).to_bytes(4)
    whole = lengths + zlib.crc32(lengths).to_bytes(4) + headers + body
    return whole + zlib.crc32(whole).to_bytes(4)


def interaction(name: str, *, sent: dict | None = None, got: bytes | None = None) -> Interaction:
    made = plain(name)
    request = Request("POST", made["url"], (), json.dumps(sent or made["request"]).encode())
    headers = (("Content-Type", content_type(made)), *made.get("headers", {}).items())
    return Interaction(request, Response(made["status"], headers, answered(made) if got is None else got))


def call(name: str, **changed) -> Call:
    return ProviderRegistry().read(interaction(name, **changed))


def chat(*messages: dict, url: str = CHAT, **settings) -> Call:
    """A chat request that has no answer yet."""
    body = {"model": "gpt-4o", "messages": list(messages), **settings}
    return ProviderRegistry().read(Interaction(Request("POST", url, (), json.dumps(body).encode())))
