"""The shape of `[tool.pytest-altax]`, held to the JSON Schema that ships with the package."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ..errors import nearest
from .locate import Keys
from .problems import Problem
from .toml import found, key_written, written

TABLE = ("tool", "pytest-altax")
_TYPES = {"string": "text", "number": "a number", "object": "a table", "array": "an array", "boolean": "true or false"}
_TOO_FEW = {
    "limit": ("a limit without a bound can never fail", "give it max, min, max-increase or max-decrease"),
    "budgets": ("a budget without a metric can never fail", "add a metric, such as tax_tokens = 900"),
    "layers": ("a layer needs one of file, regex, endpoint and tag", 'for example { file = "prompts/guardrail.md" }'),
}


@functools.cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema (draft 2020-12) of the table, as shipped."""
    text = files("pytest_altax").joinpath("data", "config.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def violations(table: Mapping[str, Any]) -> Iterator[Problem]:
    """Everything in the table that its schema refuses, in the words of a user of TOML."""
    # jsonschema costs 0.2 s to import, which only projects with a table pay
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(schema()).iter_errors(table):
        rule, rules = str(error.validator), error.schema
        known: Mapping[str, Any] = rules if isinstance(rules, Mapping) else {}
        broken = _Violation(
            tuple(error.absolute_path), rule, error.validator_value, error.instance, known, error.message
        )
        yield from _TELLING.get(rule, _other)(broken)


@dataclass(frozen=True, slots=True)
class _Violation:
    """What jsonschema says: the value at `keys` breaks `rule`, which wants `wanted` and stands in `schema`."""

    keys: Keys
    rule: str
    wanted: Any
    value: Any
    schema: Mapping[str, Any]
    message: str


def header(keys: Keys) -> str:
    """The table that a path within `[tool.pytest-altax]` stands for, as its header reads."""
    names = [key_written(str(key)) for key in (*TABLE, *keys) if not isinstance(key, int)]
    text = ".".join(names)
    return f"[[{text}]]" if keys and isinstance(keys[-1], int) else f"[{text}]"


def _unknown(broken: _Violation) -> Iterator[Problem]:
    known = list(broken.schema["properties"])
    for name in broken.value:
        if name in known:
            continue
        keys = (*broken.keys, name)
        meant = nearest(name, known)
        fix = None if meant else "allowed are " + ", ".join(known)
        yield Problem(keys, f"unknown key {name!r} in {header(keys[:-1])}", meant, fix)


def _wrong_type(broken: _Violation) -> Iterator[Problem]:
    types = broken.wanted if isinstance(broken.wanted, list) else [broken.wanted]
    wanted = " or ".join(_TYPES[kind] for kind in types)
    yield _refused(broken, f"is {found(broken.value)}; {wanted} is allowed")


def _none_of(broken: _Violation) -> Iterator[Problem]:
    allowed = [broken.wanted] if broken.rule == "const" else list(broken.wanted)
    meant = nearest(broken.value, [str(item) for item in allowed]) if isinstance(broken.value, str) else None
    choice = ", ".join(written(item) for item in allowed)
    yield _refused(broken, f"is {found(broken.value)}; allowed {'is' if len(allowed) == 1 else 'are'} {choice}", meant)


def _missing(broken: _Violation) -> Iterator[Problem]:
    keys = broken.keys
    absent = " and no ".join(repr(name) for name in broken.wanted if name not in broken.value)
    # jsonschema reports each absent key by itself; the first of them speaks for all
    if broken.message.startswith(absent.split(" and ", 1)[0]):
        yield Problem(keys, f"{header(keys)} has no {absent}", fix=_example(broken, keys))


def _wrong_number(broken: _Violation) -> Iterator[Problem]:
    words = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}
    yield _refused(broken, f"is {found(broken.value)}; it must be {words[broken.rule]} {broken.wanted}")


def _wrong_number_of_keys(broken: _Violation) -> Iterator[Problem]:
    keys = broken.keys
    if broken.rule == "maxProperties":
        yield _refused(broken, "has " + " and ".join(broken.value) + ", of which one alone is allowed")
        return
    if keys[0] == "budgets" and len(keys) == 2:
        if set(broken.value) - {"match"}:
            return
        what, fix = _TOO_FEW["budgets"]
    else:
        what, fix = _TOO_FEW.get(str(keys[0]), _TOO_FEW["limit"])
    yield Problem(keys, f"{header(keys)}: {what}", fix=fix)


def _other(broken: _Violation) -> Iterator[Problem]:
    said = {
        "minLength": "is empty",
        "minItems": "is empty",
        "uniqueItems": "names something twice",
        "pattern": f"is {found(broken.value)}; it must be {broken.schema.get('description', 'something else')}",
    }
    yield _refused(broken, said.get(broken.rule, broken.message))


def _refused(broken: _Violation, what: str, meant: str | None = None) -> Problem:
    keys = broken.keys
    return Problem(keys, f"{subject(keys)} {what}", meant, None if meant else _example(broken, keys))


def subject(keys: Keys) -> str:
    """The value at a path, as an error names it: `'tax_ratio' in [tool.pytest-altax.budget]`."""
    if not keys:
        return header(())
    *parents, last = keys
    if isinstance(last, int):
        return f"item {last + 1} of {subject(tuple(parents))}"
    return f"{last!r} in {header(tuple(parents))}"


def _example(broken: _Violation, keys: Keys) -> str | None:
    examples = broken.schema.get("examples") or []
    if not examples:
        return None
    name = next((str(key) for key in reversed(keys) if isinstance(key, str)), TABLE[-1])
    value = [examples[0]] if isinstance(keys[-1] if keys else None, int) else examples[0]
    return f"for example {key_written(name)} = {written(value)}"


_TELLING: Mapping[str, Callable[[_Violation], Iterator[Problem]]] = {
    "additionalProperties": _unknown,
    "type": _wrong_type,
    "enum": _none_of,
    "const": _none_of,
    "required": _missing,
    "minimum": _wrong_number,
    "exclusiveMinimum": _wrong_number,
    "maximum": _wrong_number,
    "minProperties": _wrong_number_of_keys,
    "maxProperties": _wrong_number_of_keys,
}
