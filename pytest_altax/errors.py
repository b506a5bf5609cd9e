"""Every error of the package: what went wrong, the facts, the nearest valid thing, how to fix it.

Each class has a `slug`, the stable name under which `altax explain SLUG` opens its page.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

_NEAR_STEM = 0.7


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was most likely meant to be, or None when nothing is close.

    Names such as `task_ratio` and `capitals_ratio` are not close by their last word alone.
    """
    matches = difflib.get_close_matches(name, list(known), n=8, cutoff=0.6)
    return next((match for match in matches if _alike(name, match)), None)


def _alike(name: str, known: str) -> bool:
    before, _, _ = name.rpartition("_")
    stem, _, _ = known.rpartition("_")
    return not before or not stem or difflib.SequenceMatcher(None, before, stem).ratio() >= _NEAR_STEM


class AltaxError(BaseException):
    """Base of all errors of pytest-altax; never raised itself.

    It derives from BaseException because two of its children must: SDKs retry and wrap every `Exception` that a
    transport raises, and applications swallow them. All others are ordinary exceptions through `AltaxException`.

    `what` is one sentence, `facts` are lines of evidence, `did_you_mean` is the nearest valid thing, `fix` what to do.
    """

    slug: ClassVar[str] = "altax-error"

    def __init__(
        self, what: str, *, facts: Iterable[str] = (), did_you_mean: str | None = None, fix: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.facts = tuple(facts)
        self.did_you_mean = did_you_mean
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what, *(f"  {fact}" for fact in self.facts)]
        if self.did_you_mean:
            lines.append(f"  did you mean {self.did_you_mean!r}?")
        if self.fix:
            lines.append(f"  to fix: {self.fix}")
        lines.append(f"  read: altax explain {self.slug}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        state = {"facts": self.facts, "did_you_mean": self.did_you_mean, "fix": self.fix}
        return type(self), (self.what,), state


class AltaxException(AltaxError, Exception):
    """Base of the errors that are ordinary exceptions."""


class ConfigError(AltaxException):
    """A setting in `pyproject.toml`, a marker or an option that cannot be used: wrong name, type or value.

    Under pytest it becomes a `pytest.UsageError` (exit code 4). The message gives file, line and column.
    """

    slug = "config-error"


class CassetteError(AltaxException):
    """A cassette that cannot be read or written, or would hold a likely secret. The file is left as it was."""

    slug = "cassette-error"


class RecordingRefused(AltaxException):
    """A recording was asked for where it must not happen: under `CI` without being asked for by name."""

    slug = "recording-refused"


class ResultsError(AltaxException):
    """A results file or a baseline that is truncated, of another version, or does not fit its schema.

    Neither is ever read in part: a number that is missing must not look like one that is 0.
    """

    slug = "results-error"


class GitError(AltaxException):
    """Something was asked of git that it cannot tell here: no repository, an unknown branch, a shallow clone.

    A comparison with a branch needs its history: with actions/checkout, set `fetch-depth: 0`.
    """

    slug = "git-error"


class AnswersError(AltaxException):
    """A file of answers given to `altax refusals` or `altax diversity` that cannot be read, or a line of it.

    The message names file and line. Lines before it have been read, and their results may have been printed.
    """

    slug = "answers-error"


class UnknownName(AltaxException):
    """A metric, provider, detector, clusterer or page of that name does not exist."""

    slug = "unknown-name"


class NotMeasured(AltaxException):
    """A number was asked for that could not be measured; the message gives the reason."""

    slug = "not-measured"


class UnmatchedCall(AltaxError):
    """A call for which the cassette has no recording, in a mode that may not record it.

    A call finds its recording by method, URL and body, without what `match.ignore` takes out; then by its task (the
    same turns, asked by another prompt, model or tools), which makes it stale. Recordings of one request are played in
    their order, each once: one call more than were recorded has none. Where a call differs from a recording in dates,
    ids and the like alone, the error proposes the line of settings that ignores them.

    What --altax-record, `record` in [tool.pytest-altax] or in `altax_config` does with a call of a model:
    none: it is replayed, never live; the default, and under CI the only mode that no option asked for.
    once: a cassette that does not exist yet is recorded, one that does is replayed as in none.
    new_episodes: what matches exactly is replayed, all else is recorded beside it; stale calls too.
    stale: the same, but what matches by its task alone replaces the recording that it drifted from.
    all: everything is live, and the cassette becomes what this run recorded.
    A cassette is written when its test passed; with --altax-keep-failures also when it failed.

    A BaseException, as pytest's own outcomes are: SDKs would retry an Exception and wrap it in a connection error.
    """

    slug = "unmatched-call"


class NetworkBlocked(AltaxError):
    """A connection to a walled-off host was attempted while replaying. No packet left. A BaseException, too."""

    slug = "network-blocked"
