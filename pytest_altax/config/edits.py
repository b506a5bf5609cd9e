"""What a change edits of the very things that judge it: settings, layers, markers, baseline, cassettes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ..gitrepo import Repository
from .markeredits import edited_markers
from .schema import TABLE
from .toml import key_written, written

_MOST_VALUE = 60
_OF_SETTINGS = frozenset({"record", "replay-speed", "keep-failures", "hosts"})
"""Keys that neither judge nor measure anything."""
_SELECTORS = ("match", "language", "model", "layer")
_ON_SELF_EDIT = ("note", "warn", "fail")


def self_edits(
    repository: Repository, base: str, config: Path | None, baseline: Path, cassettes: Collection[Path]
) -> tuple[str, ...]:
    """What differs since the commit `base` of what judges a run, a line each: settings first, then files.

    `config` is the `pyproject.toml`, `baseline` the standing baseline, `cassettes` the files that the tests opened.
    """
    # A folder may be reached through a link, as all temporary ones are on macOS, where git tells the real path
    changed = {(repository.root / name).resolve() for name in repository.changed(base)}
    lines = list(_settings(repository, base, config)) if config and config.resolve() in changed else []
    lines += _layer_files(repository, config, changed)
    lines += _markers(repository, base, changed)
    if baseline.resolve() in changed:
        lines.append(f"baseline: {_name(repository, baseline)}")
    opened = sorted({path.resolve() for path in cassettes} & changed)
    if opened:
        more = f" and {len(opened) - 1} more" if len(opened) > 1 else ""
        lines.append(f"cassettes: {_name(repository, opened[0])}{more}")
    return tuple(lines)


def stricter(repository: Repository, base: str, config: Path | None, now: str) -> str:
    """The stricter of `on-self-edit` now and as it was at the commit `base`: no change lets itself off."""
    then = _table(repository.read(base, config)).get("on-self-edit") if config else None
    return max(now, then, key=_ON_SELF_EDIT.index) if then in _ON_SELF_EDIT else now


def _name(repository: Repository, path: Path) -> str:
    root, whole = repository.root.resolve(), path.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(path)


def _settings(repository: Repository, base: str, config: Path) -> Iterator[str]:
    """`[tool.pytest-altax.budget] tax_ratio: 0.35 → 0.60`, for each key that is another."""
    before, after = _table(repository.read(base, config)), _table(config.read_bytes() if config.is_file() else None)
    then, now = _flat(before), _flat(after)
    for keys in sorted(then.keys() | now.keys()):
        if then.get(keys) != now.get(keys) and keys[0] not in _OF_SETTINGS:
            table = ".".join(key_written(name) for name in (*TABLE, *keys[:-1]))
            yield f"[{table}] {key_written(keys[-1])}: {_value(then.get(keys))} → {_value(now.get(keys))}"
    was, is_ = (
        [name for name in _entries(table) if name in {*_entries(other)}]
        for table, other in ((before, after), (after, before))
    )
    if was != is_:
        yield f"[[{'.'.join(TABLE)}.budgets]]: another order, in which later entries go before earlier ones"


def _table(content: bytes | None) -> Mapping[str, Any]:
    import tomli

    try:
        data: Any = tomli.loads((content or b"").decode("utf-8", "replace"))
    except (tomli.TOMLDecodeError, RecursionError):
        return {}
    for key in TABLE:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _flat(table: Mapping[str, Any], *parents: str) -> dict[tuple[str, ...], Any]:
    """The values of a table by the path of their keys; an array of tables by what it matches."""
    found: dict[tuple[str, ...], Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, *parents, str(key))
        elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            for name, item in zip(_names(value), value, strict=True):
                found |= _flat(item, *parents, str(key), name)
        else:
            found[(*parents, str(key))] = value
    return found


def _names(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A name for each entry: what it is for, and which of several it is that are for the same."""
    seen: Counter[str] = Counter()
    for entry in entries:
        name = " ".join(str(entry[key]) for key in _SELECTORS if key in entry)
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"


def _entries(table: Mapping[str, Any]) -> list[str]:
    """The names of the entries of `budgets`, in their order."""
    entries: Any = table.get("budgets")
    known = isinstance(entries, list) and all(isinstance(entry, Mapping) for entry in entries)
    return list(_names(entries)) if known else []


def _value(value: Any) -> str:
    if value is None:
        return "not set"
    text = written(value)
    return text if len(text) <= _MOST_VALUE else text[: _MOST_VALUE - 1] + "…"


def _layer_files(repository: Repository, config: Path | None, changed: Collection[Path]) -> Iterator[str]:
    layers = _table(config.read_bytes()).get("layers") if config and config.is_file() else None
    for name, table in (layers if isinstance(layers, Mapping) else {}).items():
        file = table.get("file") if isinstance(table, Mapping) else None
        if config and isinstance(file, str) and (config.parent / file).resolve() in changed:
            yield f"layer {name}: {_name(repository, config.parent / file)}"


def _markers(repository: Repository, base: str, changed: Collection[Path]) -> Iterator[str]:
    """The files in which `mark.altax` of what was there already was changed."""
    for path in sorted(changed):
        if PurePosixPath(path.name).suffix != ".py":
            continue
        then, now = repository.read(base, path), path.read_bytes() if path.is_file() else b""
        # New tests have no limits yet that could be loosened; a new conftest.py may mark the old ones
        if (then is not None or path.name == "conftest.py") and edited_markers(then or b"", now):
            yield f"markers: {_name(repository, path)}"
