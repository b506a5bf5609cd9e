import pytest

from pytest_altax.providers.schemas import server_of
from pytest_altax.providers.typescript import declaration


def one(schema: dict, required: bool = True) -> str:
    """How a schema is written as the type of a field."""
    parameters = {"properties": {"x": schema}, "required": ["x"] if required else []}
    return declaration({"name": "f", "parameters": parameters})


def test_a_function_without_parameters_takes_nothing():
    assert declaration({"name": "now", "description": "The time."}) == "// The time.\ntype now = () => any;\n\n"


def test_parameters_without_comments_stand_on_one_line():
    schema = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}
    assert declaration({"name": "f", "parameters": schema}) == "type f = (_: { a: string, b?: number }) => any;\n\n"


def test_titles_and_descriptions_become_comments():
    field = {"title": "City", "description": "Name of\n  the city", "type": "string"}
    assert one(field) == "type f = (_: {\n// City\n//\n// Name of\n// the city\nx: string,\n}) => any;\n\n"


def test_a_default_is_told_behind_its_field():
    assert one({"type": "string", "default": "c"}, False) == "type f = (_: {\nx?: string, // default: c\n}) => any;\n\n"


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": "number"}, "number"),
        ({}, "any"),
        ({"enum": ["a", 1, None]}, '"a" | 1 | null'),
        ({"const": "a"}, '"a"'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": "array", "items": {"type": "boolean"}}, "boolean[]"),
        ({"type": "object"}, "object"),
        ({"type": "object", "properties": {"y": {"type": "string"}}}, "{ y?: string }"),
    ],
)
def test_types_are_written_as_typescript(schema, written):
    assert one(schema) == f"type f = (_: {{ x: {written} }}) => any;\n\n"


def test_references_are_written_out():
    parameters = {
        "properties": {"a": {"$ref": "#/$defs/Author"}},
        "$defs": {"Author": {"type": "object", "properties": {"name": {"type": "string"}}}},
    }
    expected = "type f = (_: { a?: { name?: string } }) => any;\n\n"
    assert declaration({"name": "f", "parameters": parameters}) == expected


def test_the_description_of_the_parameters_stands_before_them():
    schema = {"description": "All of them.", "properties": {"a": {"type": "string"}}}
    expected = "type f = (_: // All of them.\n{ a?: string }) => any;\n\n"
    assert declaration({"name": "f", "parameters": schema}) == expected


@pytest.mark.parametrize(
    ("name", "server"),
    [("mcp__files__read", "files"), ("mcp__my_files__read__all", "my_files"), ("files.read", "files"),
     ("read", None), ("mcp__files", None), ("mcp____x", None), (".x", None), ("x.", None)],
)  # fmt: skip
def test_a_name_tells_its_server(name, server):
    assert server_of(name) == server
