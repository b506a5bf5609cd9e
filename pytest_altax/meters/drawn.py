"""Whether samples were drawn anew, so that what they have in common says something of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..records import Call

# Below it servers decode greedily (vLLM's `_SAMPLING_EPS`): many write a small number where 0 is refused.
_COLDEST = 1e-5
_TAKE_ANY = frozenset({"openai", "azure"})
# What leaves the likeliest token alone, by the names that providers give it.
_GREEDY = (
    ("top_k", 1, "top_k 1"),
    ("topK", 1, "top_k 1"),
    ("k", 1, "top_k 1"),
    ("top_p", 0, "top_p 0"),
    ("topP", 0, "top_p 0"),
    ("do_sample", False, "greedy decoding"),
    ("decoding_method", "greedy", "greedy decoding"),
)


def not_drawn(calls: Sequence[Call]) -> str | None:
    """Why the answers of one prompt group's calls are no samples of it; None where they are.

    A temperature that is not given is the provider's default, not 0; reasoning models take none at all.
    """
    one = calls[0]
    if one.endpoint == "completions" and len(one.messages) > 1:
        return "several prompts in one request"
    greedy = _greedy(one.settings)
    if greedy:
        return greedy
    seeds = {_seed(call) for call in calls}
    # Of many calls with few seeds among them, most repeat another
    if None not in seeds and (len(seeds) == 1 or 2 * len(seeds) <= len(calls)):
        return "fixed seed"
    recordings = [call.recording for call in calls if call.recording is not None]
    return "one recording played again" if len(set(recordings)) < len(recordings) else None


def _seed(call: Call) -> int | None:
    """The seed; -1 asks vLLM, llama.cpp and Ollama for none, and is one like another to OpenAI."""
    return None if call.seed == -1 and call.vendor not in _TAKE_ANY else call.seed


def _greedy(settings: Mapping[str, Any]) -> str | None:
    more = settings.get("additionalModelRequestFields")
    given = {**more, **settings} if isinstance(more, dict) else settings
    temperature = given.get("temperature")
    if isinstance(temperature, int | float) and temperature < _COLDEST:
        return "temperature 0"
    return next((reason for name, value, reason in _GREEDY if name in given and given[name] == value), None)
