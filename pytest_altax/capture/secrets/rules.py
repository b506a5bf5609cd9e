"""What a user says of secrets: what else to take out, what is none, which headers to keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...errors import ConfigError
from .spans import Span

_LINES = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class SecretRules:
    """`[tool.pytest-altax.secrets]`, and the functions of the hook `pytest_altax_redact`.

    Matches of `redact` are replaced, or their group `secret` where they have one. What `allow` fits is no secret.
    `keep_headers` are kept beside those that always are, names in lower case. Each of `functions` gives a text
    without its secrets; what it gives must come out of it unchanged.
    """

    redact: tuple[re.Pattern[str], ...] = ()
    allow: tuple[re.Pattern[str], ...] = ()
    keep_headers: frozenset[str] = frozenset()
    functions: tuple[Callable[[str], str], ...] = ()

    @property
    def custom(self) -> bool:
        """Whether more is taken out than without any rule."""
        return bool(self.redact or self.functions)

    def allows(self, data: bytes) -> bool:
        """Whether the user says that this is no secret."""
        return bool(self.allow) and any(one.search(_text(data)) for one in self.allow)

    def find(self, data: bytes) -> Iterator[Span]:
        """What the user's patterns and functions take out."""
        text = _text(data)
        for pattern in self.redact:
            group = "secret" if "secret" in pattern.groupindex else 0
            for match in pattern.finditer(text):
                if match.start(group) < match.end(group):
                    start = len(_bytes(text[: match.start(group)]))
                    yield Span(start, start + len(_bytes(match[group])), f"redact pattern {pattern.pattern!r:.60}")
        for function in self.functions:
            yield from _changes(function, text)


def _changes(function: Callable[[str], str], text: str) -> Iterator[Span]:
    """Where a function changes a text: by line where it works line by line, so that chunks keep their sizes."""
    after = _called(function, text)
    if after == text:
        return
    lines = _LINES.findall(text)
    pairs = [(line, _called(function, line)) for line in lines]
    if "".join(new for _, new in pairs) != after:
        pairs = [(text, after)]
    at = 0
    for old, new in pairs:
        if new != old:
            yield _narrow(_bytes(old), _bytes(new), at)
        at += len(_bytes(old))


def _narrow(old: bytes, new: bytes, at: int) -> Span:
    shorter, head, tail = min(len(old), len(new)), 0, 0
    while head < shorter and old[head] == new[head]:
        head += 1
    while tail < shorter - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Span(at + head, at + len(old) - tail, "pytest_altax_redact", new[head : len(new) - tail])


def _called(function: Callable[[str], str], text: str) -> str:
    after = function(text)
    if not isinstance(after, str):
        name = getattr(function, "__qualname__", repr(function))
        what = f"{name}, given by pytest_altax_redact, gave {type(after).__name__} for a text"
        raise ConfigError(what, fix="return the text without its secrets, or the text itself")
    return after


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
