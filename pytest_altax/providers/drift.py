"""How far a live request lies from the one an answer was recorded for, in a key, in a number and in words.

A recording whose task key equals that of a live call answered the same task under another prompt, model or setting.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..records import Call, Message, Part, PartKind, Tool

_LONGEST_VALUE = 40
_MOST_NAMES = 5
_COMPARED_WHOLE = ("model", "seed", "mcp_servers", "previous_response_id")
_WORDS = re.compile(r"\w+|[^\w\s]")


def task_key(call: Call, ignore: Sequence[re.Pattern[str]] = ()) -> str:
    """Digest what was asked: the task, without the instructions, model and settings it was asked under.

    Made of provider, endpoint, tag, the sequence of user, assistant and tool turns, the names of the tools called so
    far and the last user content, from which matches of `ignore` (dates, ids) are taken out. System messages,
    schemas and settings change nothing. 32 hexadecimal digits; empty for a call that has no turn at all, which has
    no task that could be recognised and must not be matched by it.
    """
    turns = [message for message in call.messages if message.role != "system"]
    if not turns:
        return ""
    called = [part.name for message in turns for part in message.parts if part.kind is PartKind.TOOL_CALL]
    asked = [_without(_part_plain("user", part), ignore) for part in _last_user(turns)]
    facts = [call.provider, call.endpoint, call.tag, [message.role for message in turns], called, asked]
    plain = json.dumps(facts, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def difference(old: Call, new: Call) -> float:
    """Measure the difference between two calls, 0 for none: the words, tools and settings that are not shared.

    Each word that only one of the two has counts 1, so does each setting and another model. Texts of the same words in
    another order differ by .5. Symmetric; used to choose the nearest of several recordings.
    """
    size = float(sum(getattr(old, name) != getattr(new, name) for name in _COMPARED_WHOLE))
    size += len(_changed_keys(old.settings, new.settings))
    size += _text_difference(_system(old), _system(new))
    size += _text_difference(_history(old), _history(new)) + _text_difference(_asked(old), _asked(new))
    return size + _text_difference(_schemas(old), _schemas(new))


def changes(old: Call, new: Call) -> tuple[str, ...]:
    """Tell what changed from the recorded call to the live one, in short words that are safe to print.

    Empty for nothing, else such as `model gpt-4o → gpt-5`, `system prompt changed`, `tools added: search`,
    `settings: temperature 0 → 1`.
    """
    return tuple(_changes(old, new))


def _changes(old: Call, new: Call) -> Iterator[str]:
    if old.model != new.model:
        yield f"model {printable(old.model)} → {printable(new.model)}"
    yield from _system_changes(_system(old), _system(new))
    yield from _tool_changes(old.tools, new.tools)
    if old.mcp_servers != new.mcp_servers:
        yield "MCP servers changed"
    if _history(old) != _history(new):
        yield "history changed"
    if _asked(old) != _asked(new):
        yield "user text changed"
    if old.previous_response_id != new.previous_response_id:
        yield "previous response changed"
    keys = _changed_keys(old.settings, new.settings)
    words = [_setting(key, old.settings, new.settings) for key in keys]
    if old.seed != new.seed:
        words.append(_setting("seed", _seed(old), _seed(new)))
    if words:
        yield "settings: " + _some(words)


def _system_changes(old: str, new: str) -> Iterator[str]:
    if old != new:
        yield "system prompt " + ("changed" if old and new else "added" if new else "removed")


def _tool_changes(old: Iterable[Tool], new: Iterable[Tool]) -> Iterator[str]:
    before, after = ({tool.name: tool.schema for tool in tools} for tools in (old, new))
    added = [name for name in after if name not in before]
    removed = [name for name in before if name not in after]
    changed = [name for name in after if name in before and after[name] != before[name]]
    for word, names in (("added", added), ("removed", removed), ("changed", changed)):
        if names:
            yield f"tools {word}: " + _some([printable(name) for name in names])
    if not (added or removed or changed) and list(before) != list(after):
        yield "tools in another order"


def _setting(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    before, after = (printable(settings[key]) if key in settings else "unset" for settings in (old, new))
    name = printable(key)
    return f"{name} changed" if before == after else f"{name} {before} → {after}"


def _seed(call: Call) -> dict[str, Any]:
    return {} if call.seed is None else {"seed": call.seed}


def _changed_keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    missing = object()
    return [key for key in sorted({*old, *new}) if old.get(key, missing) != new.get(key, missing)]


def printable(value: Any) -> str:
    """Cut a value from a request to 40 characters and escape those that do not print (control, direction)."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _without(text: str, ignore: Sequence[re.Pattern[str]]) -> str:
    for pattern in ignore:
        text = pattern.sub("", text)
    return text


def _last_user(turns: Sequence[Message]) -> tuple[Part, ...]:
    return next((message.parts for message in reversed(turns) if message.role == "user"), ())


def _plain(messages: Iterable[Message]) -> str:
    return "\n".join(_part_plain(message.role, part) for message in messages for part in message.parts)


def _part_plain(role: str, part: Part) -> str:
    """Write role, kind, name and content; of ids only that of media, which is its digest: others change every run."""
    media = part.id if part.kind is PartKind.MEDIA else None
    return f"{role} {part.kind} {part.name or ''} {media or ''}\n{part.text}"


def _system(call: Call) -> str:
    return _plain(message for message in call.messages if message.role == "system")


def _split(call: Call) -> tuple[list[Message], list[Message]]:
    turns = [message for message in call.messages if message.role != "system"]
    last = next((place for place in reversed(range(len(turns))) if turns[place].role == "user"), None)
    return (turns, []) if last is None else (turns[:last] + turns[last + 1 :], [turns[last]])


def _history(call: Call) -> str:
    return _plain(_split(call)[0])


def _asked(call: Call) -> str:
    return _plain(_split(call)[1])


def _schemas(call: Call) -> str:
    return "\n".join(f"{tool.name} {tool.schema}" for tool in call.tools)


def _text_difference(old: str, new: str) -> float:
    if old == new:
        return 0.0
    before, after = Counter(_WORDS.findall(old)), Counter(_WORDS.findall(new))
    return float(((before - after) + (after - before)).total()) or 0.5
