import json

import pytest
import tomli
from hypothesis import given, settings
from toml_documents import documents

from pytest_altax.config.locate import Place, locate


def paths(data, path=()):
    """Every path within decoded data, with what stands there."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*path, key), value
        if isinstance(value, dict | list):
            yield from paths(value, (*path, key))


def at(text, place):
    return "\n".join(text.split("\n")[place.line - 1 :])[place.column - 1 :]


@given(documents())
@settings(max_examples=120)
def test_every_key_of_a_document_is_found_where_it_stands(document):
    text, data = document
    assert tomli.loads(text) == data
    places = locate(text)
    known = dict(paths(data))
    assert set(places) == set(known)
    for path, place in places.items():
        if isinstance(path[-1], str):
            written = (path[-1] or '"', json.dumps(path[-1], ensure_ascii=False), f"'{path[-1]}'")
            assert at(text, place).startswith(written)


@given(documents())
@settings(max_examples=120)
def test_a_value_is_found_as_it_was_written(document):
    text, data = document
    known = dict(paths(data))
    for path, place in locate(text).items():
        if place.value is not None:
            assert tomli.loads(f"x = {place.value}") == {"x": known[path]}


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a = 1", ("a",), Place(1, 1, "1")),
        ("\n  a.b = 1  # c", ("a", "b"), Place(2, 5, "1")),
        ("[a . b]\nc = 'x'", ("a", "b", "c"), Place(2, 1, "'x'")),
        ("[a.b]\n[a]\nx = 1", ("a",), Place(2, 2)),
        ("[[a]]\nx = 1\n[[a]]\nx = 2", ("a", 1, "x"), Place(4, 1, "2")),
        ("[[a]]\n[a.b]\nx = 1\n[[a]]\n[a.b]\nx = 2", ("a", 1, "b", "x"), Place(6, 1, "2")),
        ("[[a]]\n[[a.b]]\n[[a.b]]\nx = 1\n[[a]]\n[[a.b]]\nx = 2", ("a", 1, "b", 0, "x"), Place(7, 1, "2")),
        ("a = { b = 1, c = { d = 2 } }", ("a", "c", "d"), Place(1, 20, "2")),
        ("a = [1,\n  # two\n  [2, 3],\n]", ("a", 1, 0), Place(3, 4, "2")),
        ("'a.b' = 1", ("a.b",), Place(1, 1, "1")),
        ('"a\\u0062" = 1', ("ab",), Place(1, 1, "1")),
        ('a = """\nb = 1\n"x""""\nc = 2', ("c",), Place(4, 1, "2")),
        ("a = '''\n'''''\nc = 2", ("c",), Place(3, 1, "2")),
        ("a = 1979-05-27 07:32:00 # x\r\nb = 2", ("b",), Place(2, 1, "2")),
        ('a = "\\""\nb = 2', ("b",), Place(2, 1, "2")),
        ('a = "\\\\"\nb = 2', ("b",), Place(2, 1, "2")),
        ("a = ']'\nb = [ ']', \"}\" ]\nc = 2", ("c",), Place(3, 1, "2")),
    ],
)
def test_a_key_stands_at_its_line_and_column(text, path, place):
    tomli.loads(text)
    assert locate(text)[path] == place


def test_an_empty_document_has_no_keys():
    assert locate("\n# nothing\n") == {}


def test_tables_over_many_lines_within_braces_are_read():
    text = "a = {\n  b = 1, # one\n  c = 2,\n}\nd = 3"
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        pytest.skip("this tomli reads TOML 1.0 alone")
    assert locate(text)["a", "c"] == Place(3, 3, "2")
    assert locate(text)["d",] == Place(5, 1, "3")
