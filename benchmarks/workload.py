"""The calls of the benchmarks: requests of 8 KB, responses of 4 KB, all different; and cassettes of them.

`python benchmarks/workload.py FOLDER CALLS` writes both cassettes, for measurements in processes of their own.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat import CLIENT, completion, words

URL = "https://api.openai.com/v1/chat/completions"
# What a recorder sees of a response, and vcrpy keeps.
RESPONSE = {
    "content-type": "application/json",
    "openai-organization": "example-organization",
    "openai-processing-ms": "412",
    "openai-version": "2020-10-01",
    "x-ratelimit-limit-requests": "30000",
    "x-ratelimit-remaining-requests": "29999",
    "x-request-id": "req_0123456789abcdef0123456789012345",
    "cf-cache-status": "DYNAMIC",
    "cf-ray": "9a0123456789abcd-FRA",
    "server": "cloudflare",
}


def request(number: int, *, size: int = 8192) -> dict[str, Any]:
    """The body of one request; its system prompt differs from those of the others too."""
    prompt = words(random.Random(number), size - 200)
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": f'Say "{number}"\nand no more.'}]
    return {"model": "gpt-4o-mini", "messages": messages, "temperature": 0.5}


def spelled(number: int) -> bytes:
    """The body of a request as httpx2 sends it."""
    return json.dumps(request(number), separators=(",", ":"), ensure_ascii=False).encode()


def answer(number: int, *, size: int = 4096) -> bytes:
    """The body of a response, printed prettily as by api.openai.com."""
    text = words(random.Random(-number - 1), size - 900)
    return json.dumps(completion(number, f'{text}\n\nHe said: "{number}"'), indent=2).encode()


def ours(path: Path, calls: range) -> None:
    """Write our cassette of these calls."""
    from pytest_altax.capture.recording import Recording
    from pytest_altax.capture.secrets.redact import Redactor
    from pytest_altax.capture.storage import cassette
    from pytest_altax.records import Response

    redactor, headers = Redactor(), [*CLIENT.items(), ("content-type", "application/json")]
    kept = tuple(pair for pair in RESPONSE.items() if pair[0] in ("content-type", "openai-version"))
    made = [
        Recording(redactor.request("POST", URL, headers, spelled(at)), Response(200, kept, answer(at), "OK"))
        for at in calls
    ]
    path.write_bytes(cassette.dump(made, {}))


def vcrpys(path: Path, calls: range) -> None:
    """Write vcrpy's cassette of these calls, as vcrpy does."""
    from vcr.request import Request
    from vcr.serialize import serialize
    from vcr.serializers import yamlserializer

    path.write_text(serialize(dict(_vcrpys(Request, calls)), yamlserializer))


def _vcrpys(kind: Any, calls: range) -> Iterator[tuple[str, list[Any]]]:
    headers = {**CLIENT, "content-type": "application/json"}
    yield "requests", [kind("POST", URL, spelled(at), dict(headers)) for at in calls]
    yield "responses", [_response(at) for at in calls]


def _response(number: int) -> dict[str, Any]:
    # each of its own: YAML would write aliases for what is shared, as no recording has
    headers = {name: [value] for name, value in RESPONSE.items()}
    return {"body": {"string": answer(number)}, "headers": headers, "status": {"code": 200, "message": "OK"}}


if __name__ == "__main__":
    folder, count = Path(sys.argv[1]), range(int(sys.argv[2]))
    ours(folder / "altax.json", count)
    vcrpys(folder / "vcrpy.yaml", count)
