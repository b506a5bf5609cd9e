"""Whatever is done to a cassette file, it loads or is refused as one: no other error comes out."""

import contextlib
import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.storage import cassette, formats
from pytest_altax.capture.storage.formats import document
from pytest_altax.errors import CassetteError

DATA = Path(__file__).parent / "data"
FIXTURES = sorted(DATA.iterdir(), key=lambda path: path.name)
WRONG = (None, True, -5, 1e400, "x", "\ud83d", "200", b"\xff", [], ["x"], [[1]], [b"x"], {}, {"x": None}, {"string": 5})


def contents():
    """The content of each fixture, and of a cassette of ours."""
    ours = cassette.dump(formats.read((DATA / "vcrpy.yaml").read_bytes(), "a").recordings, {})
    return {path.name: path.read_bytes() for path in FIXTURES} | {"ours.json": ours}


NAMES = sorted(contents())


def read(content):
    """The recordings, or None when they are refused; anything but a CassetteError fails the test."""
    with contextlib.suppress(CassetteError):
        return list(formats.read(content, "a file").recordings)
    return None


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_anywhere_loads_or_is_refused(name):
    whole = contents()[name]
    number = len(read(whole))
    for end in range(len(whole)):
        found = read(whole[:end])
        assert found is None or len(found) <= number


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_a_changed_byte_loads_or_is_refused(name):
    whole = contents()[name]
    for at in range(0, len(whole), 3):
        for flip in (1, 0x20, 0x80):
            read(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])


def places(value, path=()):
    """The path of every value in a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(value, path, new):
    """A copy of a document with another value at a path."""
    if not path:
        return new
    whole = copy.deepcopy(value)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return whole


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ours.json"])
def test_a_value_of_the_wrong_type_anywhere_loads_or_is_refused(name, monkeypatch):
    content = document.unpacked(contents()[name], name)
    whole = document.parsed(content, name)
    for path in places(whole):
        for wrong in WRONG:
            made = changed(whole, path, wrong)
            monkeypatch.setattr(document, "parsed", lambda *_, made=made: made)
            read(b"{}")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ours.json"])
def test_a_missing_field_anywhere_loads_or_is_refused(name, monkeypatch):
    whole = document.parsed(document.unpacked(contents()[name], name), name)
    for path in places(whole):
        if path and isinstance(path[-1], str):
            made = copy.deepcopy(whole)
            inner = made
            for key in path[:-1]:
                inner = inner[key]
            del inner[path[-1]]
            monkeypatch.setattr(document, "parsed", lambda *_, made=made: made)
            read(b"{}")


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_load_or_are_refused(content):
    read(content)
    read(b"interactions:\n- " + content)
    read(b'{"interactions": [' + content)
    read(b"\x1f\x8b\x08" + content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)
FIELDS = ("method", "uri", "url", "headers", "body", "status", "code", "content", "parsed_body", "scope", "path")
pieces = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, json_values))


@given(st.sampled_from(["interactions", "http_interactions"]), pieces, pieces)
def test_any_pair_loads_or_is_refused(key, request, response):
    read(json.dumps({key: [{"request": request, "response": response}]}).encode())
    read(json.dumps({"request": request, "response": response}).encode())
    read(json.dumps({"log": {"entries": [{"request": request, "response": response}]}}).encode())
    read(json.dumps([{"scope": "https://a.test", "path": "/"} | response | request]).encode())
