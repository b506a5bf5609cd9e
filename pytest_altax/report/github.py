"""GitHub workflow commands: one annotation for each failed budget, on the line of its test or of `pyproject.toml`.

GitHub shows at most 10 annotations of a kind for each step, so the 8 worst are given and the rest are counted.
Source: docs.github.com, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import posixpath

from ..measurements import Status, Verdict
from .model import Results
from .safe import lines, plain

_SHOWN = 8
_LONGEST = 4000


class GitHub:
    """The reporter `github`, printed by default when `GITHUB_ACTIONS` is set."""

    destination: str | None = None

    def render(self, results: Results) -> str:
        """The workflow commands, one a line; empty when there is nothing to say."""
        commands = []
        for level in ("error", "warning"):
            found = _annotations(results, level)
            commands += [_command(level, results.root, *one) for one in found[:_SHOWN]]
            if len(found) > _SHOWN:
                rest = f"{len(found) - _SHOWN} more stand in the log and in altax-results.jsonl"
                commands.append(_command(level, "", None, None, "alignment tax", rest))
        return "".join(command + "\n" for command in commands)


Annotation = tuple[str | None, int | None, str, str]


def _annotations(results: Results, level: str) -> list[Annotation]:
    found: list[tuple[float, Annotation]] = []
    if level == "error":
        found += [(0, (results.config, p.line, f"altax[{p.name}]", p.message)) for p in results.run.problems]
    for verdict in results.run.verdicts:
        if _is(level, verdict):
            found.append((0, (results.config, verdict.line, f"altax[{verdict.metric}]", verdict.message)))
    for test in results.tests:
        for verdict in test.verdicts:
            if _is(level, verdict):
                place = (test.file, test.line, f"{test.id}: altax[{verdict.metric}]", verdict.message)
                found.append((1 - _excess(verdict), place))
    return [annotation for _, annotation in sorted(found, key=lambda pair: pair[0])]


def _is(level: str, verdict: Verdict) -> bool:
    return verdict.fails if level == "error" else verdict.warns and not verdict.fails


def _excess(verdict: Verdict) -> float:
    """How far beyond its limit a value lies, 0..1, so that the worst come first."""
    value = verdict.estimate.value
    if verdict.status is not Status.FAIL or value is None:
        return 0.0
    distance = abs(value - verdict.limit)
    return distance / (distance + abs(verdict.limit) + 1e-9)


def _command(level: str, root: str, file: str | None, line: int | None, title: str, message: str) -> str:
    properties = [f"file={_property(posixpath.normpath(posixpath.join(root, file)))}"] if file else []
    properties += [f"line={line}"] if file and line else []
    properties.append(f"title={_property(plain(title, 200))}")
    return f"::{level} {','.join(properties)}::{_data(message)}"


def _data(text: str) -> str:
    """The message escaped, cut so that the escaped text stays within GitHub's 4,096 bytes and no escape is halved."""
    pieces: list[str] = []
    room = _LONGEST
    for character in lines(text):
        piece = {"%": "%25", "\r": "%0D", "\n": "%0A"}.get(character, character)
        room -= len(piece.encode())
        if room < 0:
            return "".join(pieces) + "…"
        pieces.append(piece)
    return "".join(pieces)


def _property(text: str) -> str:
    return "".join({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}.get(c, c) for c in text)
