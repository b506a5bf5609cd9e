"""Function schemas as TypeScript: what OpenAI's models read, and what is billed, instead of the JSON of a request.

The form is not documented. This one was fitted to billed input: on calls whose only unknown is the tools it is exact to
the token for nine in ten. Titles and descriptions become comments; an object without comments stands on one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from . import wire

_DEEPEST = 20
# Types rendered of one schema at most: references may repeat each other without end.
_MOST_TYPES = 5_000


class _Field(NamedTuple):
    comment: str
    text: str
    default: str


def declaration(function: Mapping[str, Any]) -> str:
    """Render a function, `{name, description, parameters}`, with the blank line that follows it."""
    name, parameters = wire.text(function.get("name")), wire.mapping(function.get("parameters"))
    head = _lines(wire.text(function.get("description")).strip().splitlines())
    shape = _Renderer(parameters).object(parameters, 0)
    if not shape:
        return f"{head}type {name} = () => any;\n\n"
    return f"{head}type {name} = (_: {_comment(parameters)}{shape}) => any;\n\n"


class _Renderer:
    """Renders the types of one schema, whose definitions its references mean. A type within itself is `any`."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._open: list[str] = []
        self._left = _MOST_TYPES
        self._known = {**wire.mapping(root.get("definitions")), **wire.mapping(root.get("$defs"))}

    def object(self, schema: Mapping[str, Any], depth: int) -> str:
        """Render an object, empty for one of unknown fields."""
        fields = [
            self._field(name, wire.mapping(value), name in wire.items(schema.get("required")), depth)
            for name, value in wire.mapping(schema.get("properties")).items()
        ]
        if not fields:
            return ""
        if not any(field.comment or field.default or "\n" in field.text for field in fields):
            return "{ " + ", ".join(field.text for field in fields) + " }"
        return "{\n" + "".join(f"{field.comment}{field.text},{field.default}\n" for field in fields) + "}"

    def _field(self, name: str, schema: Mapping[str, Any], required: bool, depth: int) -> _Field:
        told = {**self._referred(schema), **schema}
        value = told.get("default")
        shown = "" if value is None else value if isinstance(value, str) else wire.compact(value)
        mark = "" if required else "?"
        default = f" // default: {shown}" if value is not None else ""
        return _Field(_comment(told), f"{name}{mark}: {self._type(schema, depth + 1)}", default)

    def _type(self, schema: Mapping[str, Any], depth: int) -> str:
        reference = wire.text(schema.get("$ref"))
        self._left -= 1
        if depth > _DEEPEST or self._left < 0 or reference in self._open:
            return "any"
        if not reference:
            return self._plain_type(schema, depth)
        self._open.append(reference)
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        found = self._type({**self._referred(schema), **rest}, depth + 1)
        self._open.pop()
        return found

    def _plain_type(self, schema: Mapping[str, Any], depth: int) -> str:
        constants = wire.items(schema.get("enum")) or ([schema["const"]] if "const" in schema else [])
        if constants:
            return " | ".join(wire.compact(constant) for constant in constants)
        variants = wire.objects(schema.get("anyOf")) or wire.objects(schema.get("oneOf"))
        type_ = schema.get("type")
        if not variants and isinstance(type_, list):
            variants = [{**schema, "type": one} for one in type_ if isinstance(one, str)]
        if variants:
            return " | ".join(self._type(variant, depth + 1) for variant in variants)
        if type_ == "array":
            return self._type(wire.mapping(schema.get("items")), depth + 1) + "[]"
        if type_ == "object":
            return self.object(schema, depth) or "object"
        return {"integer": "number", "": "any"}.get(wire.text(type_), wire.text(type_))

    def _referred(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        return wire.mapping(self._known.get(wire.text(schema.get("$ref")).rpartition("/")[2]))


def _comment(schema: Mapping[str, Any]) -> str:
    """Render a title and a description, with an empty comment line between them."""
    title, description = wire.text(schema.get("title")), wire.text(schema.get("description")).strip().splitlines()
    between = [""] if title and description else []
    return _lines([*([title] if title else []), *between, *description])


def _lines(texts: list[str]) -> str:
    return "".join(f"// {text.strip()}".rstrip() + "\n" for text in texts)
