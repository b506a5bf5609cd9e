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
from . import textdiff
from .textdiff import Marked

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


def changes(old: Call, new: Call, layers: Sequence[Marked] = ()) -> tuple[str, ...]:
    """Tell what changed from the recorded call to the live one, in short words that are safe to print.

    Empty for nothing, else such as `model gpt-4o → gpt-5`, `system prompt changed`, `layer guardrail changed` (where
    the text lies in one of `layers`), `tools added: search`, `settings: temperature 0 → 1`.
    """
    return tuple(_changes(old, new, layers))


def diff(old: Call, new: Call, layers: Sequence[Marked] = ()) -> tuple[str, ...]:
    """Show the texts that changed, one a line such as `layer guardrail: …the weather [-or gold-]{+or politics+}`.

    Each line is safe to print. Model and settings are told whole by `changes`, and so are tools that came or went.
    """
    return tuple(f"{name}: {textdiff.short(before, after)}" for name, before, after in _texts(old, new, layers))


def _texts(old: Call, new: Call, layers: Sequence[Marked]) -> Iterator[tuple[str, str, str]]:
    for name, before, after in textdiff.pieces(_system_text(old), _system_text(new), layers):
        yield (f"layer {printable(name)}" if name else "system prompt"), before, after
    schemas = {tool.name: tool.schema for tool in old.tools}
    for tool in new.tools:
        if schemas.get(tool.name, tool.schema) != tool.schema:
            yield f"tool {printable(tool.name)}", schemas[tool.name], tool.schema
    (history, asked), (new_history, new_asked) = _split(old), _split(new)
    turn = next((n for n, (a, b) in enumerate(zip(history, new_history, strict=False)) if _differ(a, b)), None)
    if turn is not None:
        yield f"turn {turn + 1} ({printable(new_history[turn].role)})", history[turn].text, new_history[turn].text
    elif len(history) != len(new_history):
        yield "turns", str(len(history) + len(asked)), str(len(new_history) + len(new_asked))
    before, after = ("\n".join(message.text for message in messages) for messages in (asked, new_asked))
    if before != after:
        yield "user text", before, after


def _differ(old: Message, new: Message) -> bool:
    return _plain([old]) != _plain([new])


def _system_text(call: Call) -> str:
    return "\n".join(message.text for message in call.messages if message.role == "system")


def _changes(old: Call, new: Call, layers: Sequence[Marked]) -> Iterator[str]:
    if old.model != new.model:
        yield f"model {printable(old.model)} → {printable(new.model)}"
    yield from _system_changes(old, new, layers)
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


def _system_changes(old: Call, new: Call, layers: Sequence[Marked]) -> Iterator[str]:
    if _system(old) == _system(new):
        return
    found = textdiff.pieces(_system_text(old), _system_text(new), layers)
    told = [(f"layer {printable(name)}" if name else "system prompt", before, after) for name, before, after in found]
    # Parts that have no text may have changed: media, or the place of a cache breakpoint
    for name, before, after in told or [("system prompt", "x", "x")]:
        yield f"{name} " + ("changed" if before.strip() and after.strip() else "added" if after.strip() else "removed")


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
    return textdiff.printable(text, _LONGEST_VALUE)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _without(text: str, ignore: Sequence[re.Pattern[str]]) -> str:
    for pattern in ignore:
        text = pattern.sub("", text)
    return text


def _last_user(turns: Sequence[Message]) -> tuple[Part, ...]:
    """What the user said last, without the results of tools that came in the same message."""
    parts = next((message.parts for message in reversed(turns) if message.role == "user"), ())
    return tuple(part for part in parts if part.kind is not PartKind.TOOL_RESULT)


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
