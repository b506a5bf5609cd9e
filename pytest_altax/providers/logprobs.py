"""Log probabilities of an answer's tokens, as numbers: what the model wrote, and what it might have written instead.

Two shapes are common: an object for each token with a list of its alternatives (OpenAI's chat and responses, Ollama,
Hugging Face), and parallel lists (OpenAI's completions, Together, Gemini). No token's text is kept.
"""

from __future__ import annotations

from typing import Any

from ..records import Logprobs
from . import wire

_LEAST = -1e6  # below any log probability that is not minus infinity


def of_tokens(tokens: Any, top: str = "top_logprobs", key: str = "logprob") -> Logprobs | None:
    """Read a list of tokens, each with its log probability under `key` and a list of alternatives under `top`."""
    told = wire.objects(tokens)
    alternatives = [[one.get(key) for one in wire.objects(token.get(top))] for token in told]
    return of_lists([token.get(key) for token in told], alternatives)


def of_lists(chosen: Any, top: Any) -> Logprobs | None:
    """Read parallel lists: the log probability of each token, and its alternatives.

    Alternatives are a list of log probabilities, or an object of them by token. None where there is no token.
    """
    singles, several = wire.items(chosen), wire.items(top)
    size = max(len(singles), len(several))
    if not size:
        return None
    singles, several = (given + [None] * (size - len(given)) for given in (singles, several))
    return Logprobs(tuple(map(_number, singles)), tuple(map(_numbers, several)))


def _numbers(given: Any) -> tuple[float, ...]:
    told = given.values() if isinstance(given, dict) else wire.items(given)
    return tuple(value for value in map(_number, told) if value is not None)


def _number(given: Any) -> float | None:
    """Read a log probability in nats; what rounding put above 0 is 0."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return float(max(_LEAST, min(given, 0.0)))
