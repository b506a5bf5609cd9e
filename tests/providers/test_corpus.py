"""Recordings of other projects, where they lie beside the repository: what we read agrees with their index."""

import json
from collections import Counter
from pathlib import Path

import pytest

from pytest_altax.capture.storage import store
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FAMILIES = (
    "openai.chat", "openai.responses", "anthropic.messages", "bedrock.converse", "bedrock.invoke", "cohere.chat",
    "gemini.generateContent", "ollama.chat",
)  # fmt: skip
FILES_OF_EACH = 70

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of recordings is not there")


def sampled() -> dict[Path, list[dict]]:
    """The index rows of an even sample of the files of each family, by file."""
    files: dict[str, dict[Path, list[dict]]] = {family: {} for family in FAMILIES}
    for line in (CORPUS / "INDEX.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["family"] in FAMILIES and row["generation"]:
            files[row["family"]].setdefault(CORPUS / row["repo"] / row["file"], []).append(row)
    chosen: dict[Path, list[dict]] = {}
    for found in files.values():
        small = [path for path in sorted(found) if path.stat().st_size < 60_000]
        for path in small[:: max(1, len(small) // FILES_OF_EACH)]:
            chosen.setdefault(path, []).extend(found[path])
    return chosen


def wanted(row: dict) -> dict:
    given = row.get("in_tokens")
    if given is not None and row.get("usage_shape") in ("anthropic", "bedrock_converse"):
        given += (row.get("cached") or 0) + (row.get("cache_write") or 0)
    answered = row.get("out_tokens")
    if row.get("usage_shape") == "gemini":
        given = given and given + (row.get("tool_use_prompt") or 0)
        answered = answered and answered + (row.get("reasoning") or 0)
    # The index counts no text that is only embedded as a message.
    embeds = "embed" in (row.get("model") or "")
    return {
        "model": row.get("model"), "streaming": row["streaming"], "status": row.get("status"), "input": given,
        "output": answered, "cached": row.get("cached") or 0, "stop": row.get("finish"),
        "tools": row["n_tools"], "messages": None if embeds else row["n_messages"], "tool calls": row["n_tool_calls"],
        "refused": row["refusal_field"],
    }  # fmt: skip


def found(call) -> dict:
    stops = [choice.stop_reason.replace(": ", "|") for choice in call.choices if choice.stop_reason]
    usage = call.usage
    return {
        "model": call.model, "streaming": call.streaming, "status": call.status,
        "input": usage.input if usage else None, "output": usage.output if usage else None,
        "cached": usage.cached if usage else 0, "stop": "|".join(dict.fromkeys(stops)) or None,
        "tools": len(call.tools), "messages": len(call.messages),
        "tool calls": sum(len(choice.tool_calls) for choice in call.choices),
        "refused": any(choice.refusal for choice in call.choices),
    }  # fmt: skip


@pytest.fixture(scope="module")
def agreement() -> tuple[int, Counter]:
    """The number of calls compared, and how many of them agree in each field."""
    registry, agree, seen = ProviderRegistry(), Counter(), 0
    for path, rows in sampled().items():
        recordings = store.read(path).recordings
        for row in rows:
            seen += 1
            recording = recordings[row["idx"]]
            ours = found(registry.read(Interaction(recording.request, recording.response)))
            agree.update(field for field, value in wanted(row).items() if value is None or ours[field] == value)
    return seen, agree


@pytest.mark.parametrize("field", ["model", "streaming", "status", "input", "output", "cached", "refused", "messages"])
def test_what_is_billed_and_asked_agrees_with_the_index(agreement, field):
    seen, agree = agreement
    assert seen > 150
    assert agree[field] >= 0.99 * seen


@pytest.mark.parametrize("field", ["stop", "tools", "tool calls"])
def test_stop_reasons_and_tools_agree_but_for_server_side_ones(agreement, field):
    seen, agree = agreement
    assert agree[field] >= 0.95 * seen
