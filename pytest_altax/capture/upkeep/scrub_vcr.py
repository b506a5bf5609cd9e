"""Taking the secrets out of a cassette of vcrpy: the values that hold them change, all else stays as it was.

vcrpy itself replays the result as it replayed the original, as long as it does not match by what was a secret.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

from ..coding import decode_pieces
from ..secrets import headers
from ..secrets.redact import PLACEHOLDER, Redactor

_ENCODING, _LENGTH = "content-encoding", "content-length"


def scrubbed(content: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """The data of a cassette without its secrets."""
    pairs = _messages(content)
    # what is learned from a later call stands in an earlier one, too
    for message in pairs:
        _message(message, redactor)
    redactor.counts.clear()
    clean = {id(message): _message(message, redactor) for message in pairs}
    result = dict(content)
    for name in ("requests", "responses"):
        if isinstance(content.get(name), list):
            result[name] = [clean.get(id(one), one) for one in content[name]]
    if isinstance(content.get("interactions"), list):
        result["interactions"] = [
            {name: clean.get(id(one), one) for name, one in pair.items()} if isinstance(pair, dict) else pair
            for pair in content["interactions"]
        ]
    return result


def dumped(content: Mapping[str, Any]) -> bytes:
    """YAML as vcrpy writes it, in the order of the original."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(dict(content), Dumper=dumper, sort_keys=False, allow_unicode=False)
    return str(text).encode()


def _messages(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The requests and responses, in the order in which they were made."""
    pairs = content.get("interactions")
    if isinstance(pairs, list):
        found = [pair.get(name) for pair in pairs if isinstance(pair, dict) for name in ("request", "response")]
    else:
        together = zip(content.get("requests") or [], content.get("responses") or [], strict=False)
        found = [one for pair in together for one in pair]
    return [one for one in found if isinstance(one, dict)]


def _message(message: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """A request or a response without its secrets."""
    clean = dict(message)
    told = message.get("headers")
    pairs = _told(told)
    headers.learn(pairs, redactor.known)
    if isinstance(told, dict):
        clean["headers"] = {name: _header(str(name).lower(), value, redactor) for name, value in told.items()}
    for name in ("uri", "url"):
        if isinstance(message.get(name), str):
            clean[name] = redactor.request("GET", message[name], [], b"").url
            redactor.counts["a secret in a URL"] += clean[name] != message[name]
    kind = next((value for name, value in pairs if name == "content-type"), "")
    encoding = next((value for name, value in pairs if name == _ENCODING), "")
    for name in ("body", "content"):
        if name in message:
            clean[name] = _body(message[name], kind, encoding, redactor)
            if clean[name] != message[name] and isinstance(clean.get("headers"), dict):
                clean["headers"] = _resized(clean["headers"], clean[name], encoding)
    if "parsed_body" in message:
        clean["parsed_body"] = _parsed(message["parsed_body"], redactor)
    return clean


def _told(told: Any) -> list[tuple[str, str]]:
    if not isinstance(told, dict):
        return []
    lists = ((str(name).lower(), value if isinstance(value, list) else [value]) for name, value in told.items())
    return [(name, value) for name, values in lists for value in values if isinstance(value, str)]


def _header(name: str, value: Any, redactor: Redactor) -> Any:
    if isinstance(value, list):
        return [_header(name, one, redactor) for one in value]
    if not isinstance(value, str):
        return value
    kind = headers.kind_of(name)
    if kind is None:
        return redactor.text(value)
    if value and value != PLACEHOLDER:
        redactor.counts[f"header {name!r}"] += 1
    return PLACEHOLDER if value else value


def _body(body: Any, kind: str, encoding: str, redactor: Redactor) -> Any:
    """A body as vcrpy holds it: text, bytes, `{"string": ...}`; compressed bytes are compressed again."""
    if isinstance(body, dict):
        clean = dict(body)
        if "string" in body:
            clean["string"] = _body(body["string"], kind, encoding, redactor)
        if isinstance(body.get("base64_string"), str):
            data = _body(base64.b64decode(body["base64_string"]), kind, encoding, redactor)
            clean["base64_string"] = base64.b64encode(data).decode()
        return clean
    if isinstance(body, str):
        return redactor.body(body.encode("utf-8", "surrogatepass"), kind).decode("utf-8", "surrogatepass")
    if not isinstance(body, bytes):
        return body
    pieces = decode_pieces([body], encoding) if encoding else None
    plain = body if pieces is None else b"".join(pieces)
    cleaned = redactor.body(plain, kind)
    if cleaned == plain:
        return body
    return gzip.compress(cleaned, mtime=0) if pieces is not None and _is_gzip(encoding) else cleaned


def _is_gzip(encoding: str) -> bool:
    return encoding.strip().lower() in ("gzip", "x-gzip")


def _resized(told: dict[str, Any], body: Any, encoding: str) -> dict[str, Any]:
    """Headers of a body that has changed: its length, and no encoding where it could not be encoded again."""
    data = body.get("string") if isinstance(body, dict) else body
    size = len(data if isinstance(data, bytes) else str(data or "").encode("utf-8", "surrogatepass"))
    kept = {}
    for name, value in told.items():
        if name.lower() == _LENGTH:
            kept[name] = [str(size)] if isinstance(value, list) else str(size)
        elif name.lower() != _ENCODING or not isinstance(data, bytes) or _is_gzip(encoding):
            kept[name] = value
    return kept


def _parsed(value: Any, redactor: Redactor) -> Any:
    """A body that stands parsed in the cassette, as pydantic-ai writes it."""
    try:
        text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError):
        return value
    clean = redactor.body(text, "application/json")
    return value if clean == text else json.loads(clean)
