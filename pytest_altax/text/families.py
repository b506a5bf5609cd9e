"""Which tokenizer a model has, as far as its name tells: vocabulary, slope against it, and expected error.

The constants are medians over recorded calls whose billed input is known (gpt-oss: the mean, since half its calls are
counted to the token); a name that no line fits is `UNKNOWN`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Models that share a tokenizer.

    `vocabulary` is tiktoken's name of the nearest one that is known; `slope` the family's tokens for each of its
    tokens; `error` the expected relative error of a count made that way: 0 where the vocabulary is the family's own and
    its template is the same wherever it is served.
    """

    name: str
    vocabulary: str
    slope: float = 1.0
    error: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether a count is expected to be the very number that is billed."""
        return self.error == 0.0


UNKNOWN = Family("unknown", "o200k_base", error=0.14)
_O200K, _CL100K = Family("o200k", "o200k_base"), Family("cl100k", "cl100k_base")
_CLAUDE = Family("claude", "o200k_base", slope=1.22, error=0.023)
_CLAUDE_NEW = Family("claude-new", "o200k_base", slope=1.58, error=0.07)

# The first line that fits the beginning of a name, in lower case, decides.
_FAMILIES: tuple[tuple[str, Family], ...] = (
    (r"gpt-oss", Family("gpt-oss", "o200k_base", error=0.018)),
    (r"gpt-4o|gpt-4\.[1-9]|gpt-[5-9]|chatgpt-4o|o\d+(-|$)|codex-|computer-use", _O200K),
    (r"gpt-4|gpt-3\.?5|text-embedding-|davinci-002|babbage-002", _CL100K),
    (r"claude-opus-4-[7-9]|claude-(sonnet|haiku)-4-[89]|claude-[a-z]+-([5-9]|\d\d)(-|$)", _CLAUDE_NEW),
    (r"claude", _CLAUDE),
    (r"gemini|gemma", Family("gemini", "o200k_base", error=0.11)),
    (
        r"(open-)?(mistral|mixtral|codestral|ministral|magistral|pixtral|devstral)",
        Family("mistral", "o200k_base", 1.17, 0.10),
    ),
)


@functools.lru_cache(maxsize=256)
def family(model: str | None) -> Family:
    """Find the family of a model by its name, whatever a gateway put before it (`openai/`, `us.anthropic.`)."""
    name = (model or "").lower()
    return next((found for pattern, found in _FAMILIES if re.search(rf"(?:^|[/.:])(?:{pattern})", name)), UNKNOWN)
