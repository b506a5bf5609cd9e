"""Cassette files: what is written is read again to the byte, what is broken is named, what was there is kept."""

import contextlib
import errno
import json
import os

import pytest
import vcr
from capture_asking import CHAT, CLIENT, ask, body
from cassette_strategies import contents, json_values, recordings, types
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.storage import bodies, cassette, formats, store
from pytest_altax.capture.storage.parts import Parts
from pytest_altax.errors import CassetteError
from pytest_altax.records import Request, Response


@given(st.lists(recordings, max_size=3))
def test_what_is_written_is_read_again(made):
    read = cassette.load(cassette.dump(made, {}), "a.json").recordings
    placed = [one.events or (2 * place + 1, 2 * place + 2) for place, one in enumerate(made)]
    assert [one.events or (2 * place + 1, 2 * place + 2) for place, one in enumerate(read)] == placed
    assert [(one.request, one.response, one.failure, one.tag) for one in read] == [
        (one.request, one.response, one.failure, one.tag) for one in made
    ]


@given(contents, types)
def test_a_body_is_unpacked_to_the_byte(content, content_type):
    assert bodies.unpack(json.loads(json.dumps(bodies.pack(content, content_type))), Parts({})) == content


@given(json_values, st.sampled_from(list(bodies._STYLES)))
def test_json_is_spelled_as_by_the_standard_library(value, style):
    assert bodies._ENCODERS[style](value) == json.dumps(value, **bodies._STYLES[style])


@pytest.mark.parametrize("how", [{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}])
def test_json_is_structured_however_it_is_spelled(how):
    value = {"b": [1, 2.5, "ü"], "a": None}
    assert bodies.pack(json.dumps(value, **how).encode())["json"] == value


@pytest.mark.parametrize(
    "content", [b'{"a": 1.0e5}', b'{"a":1,"a":2}', b'{"a": NaN}', rb'{"a": "\ud83d"}', b"{" * 9999]
)
def test_json_that_would_lose_a_byte_is_kept_as_text(content):
    assert bodies.pack(content) == {"text": content.decode()}


def test_an_event_stream_whose_chunks_are_its_events_says_so_in_a_word():
    packed = bodies.pack(b"data: 1\n\ndata: 2\n\n", "text/event-stream")
    assert packed == {"events": ["data: 1", "data: 2", ""]}
    assert bodies.pack_chunks((9, 9), packed) == "events"
    assert bodies.pack_chunks((4, 14), packed) == "4 14"


def test_the_file_is_readable_and_says_when_and_with_what_it_was_recorded(loopback, studio):
    with studio.open("once"):
        ask(loopback.url, "wie heißt du?")
    text = studio.path.read_text(encoding="utf-8")
    content = json.loads(text)
    assert content["altax-cassette"] == 2
    assert set(content["recorded"]) == {"at", "by", "clients"}
    assert content["recorded"]["clients"]["httpx"]
    assert content["interactions"][0]["request"]["body"]["json"] == body("wie heißt du?")
    assert "wie heißt du?" in text
    assert text.endswith("}\n")


def test_calls_made_at_once_keep_their_order_on_replay(loopback, studio):
    with studio.open("once") as tape:
        first = tape.ask(Request("POST", "https://a.test/1"))
        second = tape.ask(Request("POST", "https://a.test/2"))
        for one in (second, first):
            one.answered(200, [], "OK")
            one.finish()
    recorded = [(one.request.url, one.started, one.ended) for one in tape.interactions]
    assert recorded == [("https://a.test/1", 1, 4), ("https://a.test/2", 2, 3)]
    with studio.open("none") as again:
        again.ask(Request("POST", "https://a.test/2"))
        again.ask(Request("POST", "https://a.test/1"))
    assert [(one.request.url, one.started, one.ended) for one in again.interactions] == recorded


OURS = (
    b'{"altax-cassette": 1, "interactions": [{"request": {"method": "GET", "url": "http://[", "headers": []}, '
    b'"response": {"reason": "", "headers": [], "body": {"text": ""}, %s}}]}'
)


def test_a_cassette_with_a_url_that_is_none_still_replays_the_rest(loopback, studio):
    studio.path.parent.mkdir()
    studio.path.write_bytes(OURS % b'"status": 200')
    with studio.open("new_episodes"):
        first = ask(loopback.url)
    with studio.open("none") as tape:
        assert ask(loopback.url) == first
    assert len(tape.unused) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"altax-cassette": 1, "interactions": [', "line 1 column"),
        (b'{"altax-cassette": 9, "interactions": []}', "version is 9"),
        (b'{"altax-cassette": 1}', "no list of interactions"),
        (b'{"altax-cassette": 1, "interactions": [{"request": {}}]}', "interaction 0"),
        (b'{"altax-cassette": 1, "interactions": [7]}', "interaction 0"),
        (OURS % b'"status": 1e999', "interaction 0"),
        (OURS % b'"status": 200}, "tag": {"a": 1', "interaction 0"),
        (b'{"altax-cassette": 1, "layers": {"guard": "text"}, "interactions": []}', "lists of texts"),
        (b'{"altax-cassette": 1, "layers": {"guard": [1]}, "interactions": []}', "lists of texts"),
        (b'{"altax-cassette": 1, "layers": ["guard"], "interactions": []}', "lists of texts"),
        (b'{"altax-cassette": 1, "interactions": ["\xff"]}', "utf-8"),
        (b'{"altax-cassette": 1, "interactions": ' + b"[" * 99999, "recursion"),
        (b"interactions: [", r"line \d"),
        (b"interactions:\n- !!python/object/apply:os.system [true]\n", "line 2.*python/object/apply:os.system"),
        (b"interactions:\n- request: {method: GET, uri: x, body: '', headers: {}}\n", "has no response"),
        (b'{"version": 1, "interactions": 5}', "interactions is no list"),
        (b"interactions: [\xff]", "UTF-8"),
        (b"", "not a cassette"),
        (b"<html>", "not a cassette"),
    ],
)
def test_a_cassette_that_cannot_be_read_is_named(content, said, studio):
    studio.path.parent.mkdir()
    studio.path.write_bytes(content)
    with pytest.raises(CassetteError, match=f"(?s){said}") as error, studio.open("none"):
        pass
    assert str(studio.path) in str(error.value)


@given(st.binary(max_size=200))
def test_no_content_makes_reading_fail_in_another_way(content):
    for data in (content, b'{"altax-cassette": 1, "interactions": [' + content, b"interactions: " + content):
        with contextlib.suppress(CassetteError):
            formats.read(data, "a file")


def test_a_write_that_fails_leaves_the_old_file(loopback, studio, monkeypatch):
    with studio.open("once"):
        first = ask(loopback.url)
    before = studio.path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with studio.open("all", save=False) as tape:
        ask(loopback.url)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(CassetteError, match="No space left on device") as error:
            tape.save()
    assert "cannot be written: the 1 that was there is kept; 1 new one of this test is not saved" in str(error.value)
    assert studio.path.read_bytes() == before
    assert os.listdir(studio.path.parent) == [studio.path.name]
    assert tape.dirty
    with studio.open("none"):
        assert ask(loopback.url) == first


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CassetteError, match="nothing was recorded"):
        store.write(tmp_path / "file" / "a.json", b"")


VCRPY = """
interactions:
- request:
    body: '{{"model": "m", "messages": [{{"role": "user", "content": "what?"}}]}}'
    headers:
      authorization: [Bearer secret]
      content-type: [application/json]
    method: POST
    uri: https://api.openai.com/v1/chat/completions?key=secret
  response:
    body:
      string: {string}
    headers:
      Content-Encoding: [gzip]
      Content-Type: [application/json]
      Set-Cookie: [a=secret]
    status: {{code: 200, message: OK}}
version: 1
"""
QUESTION = {"messages": [{"role": "user", "content": "what?"}], "model": "m"}


def test_a_cassette_of_vcrpy_beside_ours_replays_as_it_is(studio):
    old = studio.path.with_suffix(".yaml")
    old.parent.mkdir()
    old.write_text(VCRPY.format(string="'{\"id\": 1}'"))
    with studio.open("none") as tape:
        response = CLIENT.post("https://api.openai.com/v1/chat/completions?key=mine", json=QUESTION)
        assert response.json() == {"id": 1}
        assert tape.source == old
        assert tape.path == studio.path
    assert "secret" not in repr(tape.interactions)


def test_what_is_recorded_beside_a_cassette_of_vcrpy_goes_to_ours_with_all_of_it(loopback, studio):
    old = studio.path.with_suffix(".yaml")
    old.parent.mkdir()
    old.write_text(VCRPY.format(string="'{\"id\": 1}'"))
    before = old.read_bytes()
    with studio.open("new_episodes"):
        CLIENT.post("https://api.openai.com/v1/chat/completions", json=QUESTION, params={"key": "mine"})
        ask(loopback.url)
    assert old.read_bytes() == before
    with studio.open("none") as tape:
        assert CLIENT.post("https://api.openai.com/v1/chat/completions?key=k", json=QUESTION).json() == {"id": 1}
        ask(loopback.url)
    assert tape.source == studio.path


@pytest.mark.parametrize(("serializer", "path"), [("yaml", "/gzip" + CHAT), ("json", CHAT)])
def test_what_vcrpy_itself_recorded_replays(serializer, path, loopback, studio):
    file = studio.path.with_suffix("." + serializer)
    with vcr.VCR(serializer=serializer, record_mode="once").use_cassette(str(file)):
        first = CLIENT.post(loopback.url + path, json=body()).json()
    loopback.stop()
    with studio.open("none"):
        assert CLIENT.post(loopback.url + path, json=body()).json() == first


def test_an_old_httpx_cassette_of_vcrpy_is_read():
    old = {"status_code": 200, "http_version": "HTTP/1.1", "headers": {"content-type": ["a/b"]}, "content": "hello"}
    request = {"method": "GET", "uri": "https://a.test/", "body": None, "headers": {}}
    data = json.dumps({"version": 1, "interactions": [{"request": request, "response": old}]}).encode()
    (recording,) = formats.read(data, "a.json").recordings
    assert recording.response == Response(200, (("content-type", "a/b"),), b"hello")


def test_layers_stand_between_the_header_and_the_interactions_or_nowhere():
    assert list(json.loads(cassette.dump([], {}))) == ["altax-cassette", "recorded", "interactions"]
    data = cassette.dump([], {}, {"guard": ("Sei höflich.", "Be kind.")})
    assert list(json.loads(data)) == ["altax-cassette", "recorded", "layers", "interactions"]
    assert cassette.load(data, "a.json").layers == {"guard": ("Sei höflich.", "Be kind.")}


def test_the_layers_declared_while_recording_are_kept_the_newest_first(loopback, studio):
    with studio.open("once") as tape:
        tape.note_layers({"gone": "x"})
        tape.note_layers({"guard": "one", "style": "s"})
        ask(loopback.url)
    assert tape.layers == {}
    with studio.open("new_episodes") as tape:
        tape.note_layers({"guard": "two"})
        ask(loopback.url, "another?")
    assert tape.layers == {"guard": ("one",), "style": ("s",)}
    with studio.open("new_episodes") as tape:
        tape.note_layers({"guard": "one"})
        ask(loopback.url, "a third?")
    with studio.open("none") as tape:
        assert tape.layers == {"guard": ("one", "two"), "style": ("s",)}
    with studio.open("all") as tape:
        assert tape.layers == {}
        tape.note_layers({"guard": "three"})
        ask(loopback.url)
    with studio.open("none") as tape:
        assert tape.layers == {"guard": ("three",)}


def test_layers_alone_are_no_reason_to_write_a_file(loopback, studio):
    with studio.open("once"):
        ask(loopback.url)
    before = studio.path.read_bytes()
    with studio.open("new_episodes") as tape:
        tape.note_layers({"guard": "new"})
        ask(loopback.url)
        assert not tape.dirty
    assert studio.path.read_bytes() == before
