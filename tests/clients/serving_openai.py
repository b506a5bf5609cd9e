"""OpenAI on loopback: chat, responses, embeddings, moderations, files and transcriptions.

A question that contains `tool` is answered by a call of the first tool, one that contains `json` by an object. What is
asked under `/flaky` gets a 429 first, every other time; under `/status/N` always the error N.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from serving import Asked, Reply, answered, events

DONE = b"data: [DONE]\n\n"
LIMITS = {"x-ratelimit-remaining-requests": "9", "openai-version": "2020-10-01", "openai-processing-ms": "12"}


def openai_api(asked: Asked) -> Reply:
    """Answer as OpenAI does."""
    prefix, _, path = asked.path.rpartition("/v1/")
    if prefix.startswith("/status/"):
        return _error(int(prefix.rpartition("/")[2]), asked.number)
    if prefix == "/flaky" and asked.number % 2:
        return _error(429, asked.number)
    if asked.json.get("stream"):
        return events(_response_events(asked)) if path == "responses" else events(_chunks(asked), DONE)
    answer = _ANSWERS[path](asked)
    return answered(answer) if path != "chat/completions" else Reply(json.dumps(answer).encode(), headers=LIMITS)


def question(asked: Any) -> str:
    """The last text of a request."""
    said = asked.get("messages") or asked.get("input") or asked.get("contents") or ""
    last = (said[-1].get("content") or "") if isinstance(said, list) and isinstance(said[-1], dict) else str(said)
    return last if isinstance(last, str) else " ".join(part.get("text") or "" for part in last)


def _error(status: int, number: int) -> Reply:
    error = {"message": f"no {number}", "type": "test_error", "code": "no_luck", "param": None}
    return answered({"error": error}, status, retry_after_ms="5")


def _text(asked: Asked) -> str:
    told = question(asked.json)
    if "json" in told:
        return json.dumps({"place": f"door {asked.number}", "steps": [1, 2]})
    return f"answer {asked.number} to {told} — done"


def _calls(asked: Asked) -> list[dict[str, Any]]:
    tools = asked.json.get("tools") or []
    if "tool" not in question(asked.json) or not tools:
        return []
    name = tools[0]["function"]["name"] if "function" in tools[0] else tools[0]["name"]
    return [
        {"id": f"call_{asked.number}", "type": "function", "function": {"name": name, "arguments": '{"city":"Ulm"}'}}
    ]


def _usage(asked: Asked, text: str) -> dict[str, Any]:
    sent, said = len(asked.body.split()) + 10, len(text.split()) + 1
    return {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}


def _chat(asked: Asked) -> dict[str, Any]:
    text, calls = _text(asked), _calls(asked)
    message = {"role": "assistant", "content": None, "tool_calls": calls} if calls else {
        "role": "assistant", "content": text, "refusal": None
    }  # fmt: skip
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop", "logprobs": None}
    return {**_chat_head(asked), "object": "chat.completion", "choices": [choice], "usage": _usage(asked, text)}


def _chat_head(asked: Asked) -> dict[str, Any]:
    return {"id": f"chatcmpl-{asked.number}", "created": 1700000000, "model": asked.json["model"]}


def _chunks(asked: Asked) -> Iterator[dict[str, Any]]:
    head = {**_chat_head(asked), "object": "chat.completion.chunk"}
    text, calls = _text(asked), _calls(asked)
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None if calls else ""}]
    if calls:
        deltas += [{"tool_calls": [{"index": 0, **calls[0], "function": {**calls[0]["function"], "arguments": ""}}]}]
        deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in ('{"city"', ':"Ulm"}')]
    else:
        deltas += [{"content": word} for word in text.split(" ")]
    for delta in deltas:
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if calls else "stop"}]}
    yield {**head, "choices": [], "usage": _usage(asked, text)}


def _response(asked: Asked) -> dict[str, Any]:
    text, number = _text(asked), asked.number
    item: dict[str, Any] = {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed"}
    item["content"] = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    for call in _calls(asked):
        item = {"type": "function_call", "id": f"fc_{number}", "call_id": call["id"], "status": "completed"}
        item |= call["function"]
    used = _usage(asked, text)
    usage = {
        "input_tokens": used["prompt_tokens"],
        "output_tokens": used["completion_tokens"],
        "total_tokens": used["total_tokens"],
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    response = {"id": f"resp_{number}", "object": "response", "created_at": 1700000000, "status": "completed"}
    response |= {"model": asked.json["model"], "output": [item], "parallel_tool_calls": True, "tool_choice": "auto"}
    return {**response, "tools": [], "usage": usage, "error": None, "incomplete_details": None}


def _response_events(asked: Asked) -> Iterator[dict[str, Any]]:
    response = _response(asked)
    item = response["output"][0]
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    text = item["content"][0]["text"]
    steps: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, "status": "in_progress", "output": [], "usage": None}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "response.content_part.added", **place, "part": part},
        *(
            {"type": "response.output_text.delta", **place, "delta": f"{word} ", "logprobs": []}
            for word in text.split()
        ),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": item["content"][0]},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]
    yield from ({**step, "sequence_number": place} for place, step in enumerate(steps))


def _embeddings(asked: Asked) -> dict[str, Any]:
    texts = asked.json["input"]
    vectors = [[0.5, 0.25, float(asked.number), len(str(text)) / 8] for text in texts]
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return {
        "object": "list",
        "data": data,
        "model": asked.json["model"],
        "usage": {"prompt_tokens": 5, "total_tokens": 5},
    }


def _moderations(asked: Asked) -> dict[str, Any]:
    flags = {"violence": False, "hate": False}
    result = {"flagged": False, "categories": flags, "category_scores": dict.fromkeys(flags, 0.01)}
    return {"id": f"modr_{asked.number}", "model": asked.json.get("model", "omni"), "results": [result]}


def _file(asked: Asked) -> dict[str, Any]:
    file = {"id": f"file-{asked.number}", "object": "file", "bytes": len(asked.body), "created_at": 1700000000}
    return {**file, "filename": "a.jsonl", "purpose": "batch", "status": "processed"}


_ANSWERS = {
    "chat/completions": _chat,
    "responses": _response,
    "embeddings": _embeddings,
    "moderations": _moderations,
    "files": _file,
    "audio/transcriptions": lambda asked: {"text": f"heard {asked.number}, {len(asked.body)} bytes"},
}
