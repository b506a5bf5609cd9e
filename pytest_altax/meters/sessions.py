"""Calls in their company: which are samples of one prompt, which are retries, which tools a session calls."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ..records import Call, PartKind

_SAMPLING = re.compile(r"sample-\d+/\d+(/.*)?", re.DOTALL)
_GOES_ON = re.compile(r"\w")
_TRANSIENT = frozenset({401, 407, 408, 409, 425, 429})


def is_sampling(session: str) -> bool:
    """Whether a session is one run of `altax.sample` (`sample-1/0`), or one within it (`sample-1/0/NAME`)."""
    return _SAMPLING.fullmatch(session) is not None


def sample_number(session: str) -> int | None:
    """Which sample of its `altax.sample` a session is, or is within, counted from 0; None for any other session."""
    return int(session.split("/")[1]) if is_sampling(session) else None


def within(session: str, name: str) -> str:
    """The name of a session opened inside another: inside a sample it is one of that sample, else it stands alone."""
    return "/".join([*session.split("/")[:2], name]) if is_sampling(session) else name


def request_key(call: Call) -> tuple[object, ...]:
    """What calls of one prompt group have in common: the request apart from seed and ids; equal for equal requests."""
    messages = tuple(
        (message.role, message.name, tuple(
            (part.kind, part.text, part.name, part.id if part.kind is PartKind.MEDIA else None)
            for part in message.parts
        ))
        for message in call.messages
    )  # fmt: skip
    tools = tuple((tool.name, tool.schema or tool.text) for tool in call.tools)
    settings = json.dumps(call.settings, sort_keys=True, default=str)
    return call.provider, call.endpoint, call.model, messages, tools, settings, call.previous_response_id


def prompt_groups(calls: Sequence[Call]) -> list[str]:
    """The name of each call's prompt group, unique within a test; the runs of one `altax.sample` are one pool.

    A name is made of the last user text, so it lives through a change of the system prompt, and of a number where
    several prompts share that text (the steps of a tool loop).
    """
    named: dict[tuple[object, ...], str] = {}
    taken: dict[str, int] = defaultdict(int)
    names = []
    for call in calls:
        key = (_pool(call.session), request_key(call))
        if key not in named:
            stem = _stem(call)
            taken[stem] += 1
            named[key] = stem if taken[stem] == 1 else f"{stem}.{taken[stem]}"
        names.append(named[key])
    return names


def tools_called(calls: Iterable[Call]) -> dict[str, frozenset[str]]:
    """The names of the tools that each session's answers ask for."""
    called: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        called[call.session].update(tool.name for choice in call.choices for tool in choice.tool_calls)
    return {session: frozenset(names) for session, names in called.items()}


def is_rejected(call: Call) -> bool:
    """Whether the API declined the request itself: an error of the 400s that waiting or signing in would not mend."""
    return call.status is not None and 400 <= call.status < 500 and call.status not in _TRANSIENT


class Retries:
    """Finds, call by call of one session, those that ask again after a refused, filtered or rejected one.

    A refused call is answered by at most one retry: the first later call whose content is equal or extended. What
    follows it is conversation. (The content of a call: the keys of its pieces outside the system prompt, its media.)
    """

    def __init__(self) -> None:
        self._open: list[tuple[int, Sequence[str], Sequence[str]]] = []

    def answers(self, call: Call, keys: Sequence[str]) -> bool:
        """Whether this call asks again what an earlier one was refused."""
        shown = _media(call)
        for place, (ended, earlier, media) in enumerate(self._open):
            if call.started >= ended and _extends(keys, earlier) and shown[: len(media)] == media:
                del self._open[place]
                return True
        return False

    def refused(self, call: Call, keys: Sequence[str]) -> None:
        """Take note of a call that was refused, filtered or rejected."""
        if keys:
            self._open.append((call.ended, keys, _media(call)))


def _extends(keys: Sequence[str], earlier: Sequence[str]) -> bool:
    """Whether `keys` begin with `earlier`; text added behind the last word of its last piece is an extension, too."""
    last = len(earlier) - 1
    if len(keys) <= last or keys[:last] != earlier[:last] or not keys[last].startswith(earlier[last]):
        return False
    return not _GOES_ON.match(keys[last], len(earlier[last]))


def _media(call: Call) -> list[str]:
    """The digests of a call's images, sounds and files, in order."""
    parts = (part for message in call.messages for part in message.parts)
    return [part.id or "" for part in parts if part.kind is PartKind.MEDIA]


def _pool(session: str) -> str:
    return session.partition("/")[0] if is_sampling(session) else session


def _stem(call: Call) -> str:
    asked = next((message.text for message in reversed(call.messages) if message.role == "user"), "")
    digest = hashlib.blake2b(asked.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    session = _pool(call.session)
    return f"{session}/{digest}" if session else digest


def by_session(calls: Sequence[Call]) -> Mapping[str, list[int]]:
    """The numbers of the calls of each session, in order."""
    sessions: dict[str, list[int]] = defaultdict(list)
    for number, call in enumerate(calls):
        sessions[call.session].append(number)
    return sessions
