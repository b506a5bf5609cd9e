"""Reading a cassette piece by piece, and from its cache: the same as reading it whole, or an error that names it."""

import contextlib
import json
import os
import re

import pytest
from capture_asking import ask
from cassette_strategies import recordings
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.matching.match import Matcher
from pytest_altax.capture.recording import Recording
from pytest_altax.capture.storage import cassette, layout, shelf, slices
from pytest_altax.errors import CassetteError, UnmatchedCall
from pytest_altax.records import Request, Response

MATCHER = Matcher((re.compile(r"\d+"),))
URL = "https://api.openai.com/v1/chat/completions"


def call(number, size=100):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"{number} " + "word " * (size // 5)}]})
    answer = json.dumps({"choices": [{"message": {"content": f"answer {number} " + "said " * (size // 5)}}]})
    return Recording(Request("POST", URL, (), body.encode()), Response(200, (("a", "b"),), answer.encode(), "OK"))


def told(recorded):
    return [(one.request, one.response, one.failure, one.tag) for one in recorded.recordings]


@given(st.lists(recordings, max_size=3))
def test_keys_from_the_file_are_those_of_the_requests(tmp_path_factory, made):
    path = tmp_path_factory.getbasetemp() / "keys.json"
    path.write_bytes(cassette.dump(made, {}))
    opened = shelf.open_cassette(path, MATCHER)
    assert list(opened.keys) == [MATCHER.key(one.request) for one in made]
    assert set(opened.places) == {(one.request.method, one.request.url) for one in made}


@pytest.mark.parametrize(
    "spelled", ["{}", '{"a":"\\ud83d\\ude00 1"}', '{"a": "\\ud83d"}', '{"b":1,"a":[1.0,-0.0,1e300]}']
)
def test_keys_of_unusual_json_are_those_of_the_requests_too(spelled, tmp_path):
    made = [Recording(Request("POST", URL, (), spelled.encode()))] * 2
    path = tmp_path / "a.json"
    path.write_bytes(cassette.dump(made, {}))
    assert set(shelf.open_cassette(path, MATCHER).keys) == {MATCHER.key(made[0].request)}


@pytest.mark.parametrize("end", ["x", " x", "\u00a0"])
def test_a_body_that_is_json_but_for_its_end_is_compared_as_text(end, tmp_path):
    text = cassette.dump([Recording(Request("POST", URL, (), b'{"a":1}'))], {}).decode()
    path = tmp_path / "a.json"
    path.write_text(text.replace('{"json": {"a": 1}}', json.dumps({"json": {"a": 1}, "end": end})), encoding="utf-8")
    opened = shelf.open_cassette(path, MATCHER)
    assert opened.recorded.recordings[0].request.body == b'{"a":1}' + end.encode()
    assert list(opened.keys) == [MATCHER.key(opened.recorded.recordings[0].request)]


@pytest.mark.parametrize("how", [{}, {"indent": 2}, {"indent": 1, "ensure_ascii": False}, {"separators": (",", ":")}])
def test_a_cassette_that_was_laid_out_anew_is_read_all_the_same(how):
    data = cassette.dump([call(number % 3) for number in range(5)], {"by": "me"}, {"guard": ["text"]})
    again = json.dumps(json.loads(data), **how).encode()
    first, second = cassette.load(data, "a"), cassette.load(again, "b")
    assert isinstance(first.recordings, slices.Slices)
    assert not isinstance(second.recordings, slices.Slices)
    assert told(first) == told(second)
    assert (first.layers, first.header) == (second.layers, second.header) == ({"guard": ("text",)}, {"by": "me"})


def test_the_first_version_is_read_and_becomes_the_second_when_it_is_saved(loopback, studio):
    body = {"json": {"model": "m", "messages": [{"role": "user", "content": "old?"}]}}
    headers = ["content-type: application/json"]
    request = {"method": "POST", "url": loopback.url + "/v1/chat/completions", "headers": headers, "body": body}
    response = {"status": 200, "reason": "OK", "headers": headers, "body": {"json": {"id": 1}}}
    content = {"altax-cassette": 1, "recorded": {}, "interactions": [{"request": request, "response": response}] * 2}
    studio.path.parent.mkdir()
    studio.path.write_text(json.dumps(content, indent=1) + "\n")
    old = shelf.open_cassette(studio.path, MATCHER).recorded
    assert isinstance(old.recordings, slices.Slices)
    with studio.open("new_episodes"):
        ask(loopback.url)
    assert json.loads(studio.path.read_bytes())["altax-cassette"] == 2
    now = shelf.open_cassette(studio.path, MATCHER).recorded
    assert told(now)[1:] == told(old)


def test_broken_cassettes_are_named_wherever_they_are_cut():
    data = cassette.dump([call(1), call(1), call(2)], {}, {"guard": ["text"]})
    for end in range(len(data) - 1):
        with pytest.raises(CassetteError, match=r"^a\.json"):
            cassette.load(data[:end], "a.json")


def test_the_line_of_a_broken_interaction_is_told(tmp_path):
    text = cassette.dump([call(at) for at in range(4)], {}).decode()
    begins = [number for number, line in enumerate(text.splitlines(), 1) if line == "  {"]
    path = tmp_path / "a.json"
    path.write_text(text.replace('"status": 200', '"status": "ok"', 3).replace('"status": "ok"', '"status": 200', 2))
    with pytest.raises(CassetteError, match=f"interaction 2 cannot be read\n  line {begins[2]}: TypeError: int"):
        shelf.open_cassette(path, MATCHER)
    path.write_text(text.replace('"reason": "OK",', '"reason": "OK"', 1))
    at = text.splitlines().index('    "reason": "OK",') + 2
    with pytest.raises(CassetteError, match=f"interaction 0 cannot be read\n  line {at}: Expecting ',' delimiter"):
        shelf.open_cassette(path, MATCHER)


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def changed(content, path, value):
    copy = json.loads(json.dumps(content))
    if not path:
        return value
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


def test_a_wrong_type_at_any_place_is_an_error_or_another_body():
    events = Response(
        200, (("content-type", "text/event-stream"),), b"data: 1\n\ndata: 2\n\n", "OK", (9, 9), (0.1, 0.2)
    )
    made = [call(1), call(1), Recording(Request("GET", URL), events, "a.B: c", "tag", (5, 6), "sample-1/0")]
    content = json.loads(cassette.dump(made, {"by": "me"}, {"guard": ["text"]}))
    refused = read = 0
    for path in places(content):
        for value in (None, True, 7, -1, 1e300, "text", "$text", [], ["$text..."], {}, {"a": 1}):
            data = json.dumps(changed(content, path, value)).encode()
            try:
                cassette.load(data, "a.json")
                read += 1
            except CassetteError as error:
                refused += str(error).startswith("a.json") and bool(error.fix)
    assert refused + read == 11 * sum(1 for _ in places(content))
    assert refused > 400
    assert read > 100


STREAMED = Response(200, (("content-type", "text/event-stream"),), b"data: 1\n\n" * 3, "OK")


@pytest.mark.parametrize(
    "data",
    [
        b'{"altax-cassette": ' + b"9" * 5000 + b"}",
        b'{"altax-cassette": true, "interactions": []}',
        b'{"altax-cassette": 2.0, "interactions": []}',
        b'{"altax-cassette": 2, "recorded": 7, "interactions": []}',
        b'{"altax-cassette": 2, "parts": {"a": ' + b"[" * 5000 + b"]" * 5000 + b'}, "interactions": []}',
        b'{"altax-cassette": 2, "interactions": [], "interactions": []}',
        cassette.dump([call(1)], {}).replace(b'"status": 200', b'"status": ' + b"9" * 5000),
        cassette.dump([call(1)], {}).replace(b'"status": 200', b'"status": 99999'),
        cassette.dump([call(1)], {}).replace(b'"status": 200', b'"gaps": "nan", "status": 200'),
        cassette.dump([call(1)], {}).replace(b'"status": 200', b'"chunks": "-1 4", "status": 200'),
        cassette.dump([call(1)], {})
        .replace(b"answer", rb"\ud83d")
        .replace(b'"style": "spaced"', b'"style": "compact"'),
        # a file of 1 MB would be a body of 1 GB
        cassette.dump([Recording(Request("GET", URL), STREAMED)], {}).replace(
            b'"events"', b'"separator": "' + b"x" * 1_000_000 + b'", "events"'
        ),
        cassette.dump([call(1)], {}).replace(b'"m"', b"[" * 5000 + b"]" * 5000),
        cassette.dump([call(1)], {}) + b"7",
        cassette.dump([call(1)], {}).replace(b"\n  }\n ]\n}\n", b"\n  } 7\n ]\n}\n"),
    ],
)
def test_hostile_cassettes_are_refused(data, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(CassetteError, match=re.escape(str(path))):
        shelf.open_cassette(path, MATCHER)


def test_no_byte_of_a_cassette_makes_reading_fail_in_another_way():
    data = cassette.dump([call(1), call(1)], {}, {"guard": ["text"]})
    for at in range(len(data)):
        for byte in (b"\x00", b"\xff", b'"', b"}", b"9", b"$"):
            with contextlib.suppress(CassetteError):
                cassette.load(data[:at] + byte + data[at + 1 :], "a.json")


@pytest.fixture
def large(tmp_path):
    """A cassette so large that it is left on the disk and that its keys are cached."""
    path = tmp_path / "cassettes" / "large.json"
    path.parent.mkdir()
    path.write_bytes(cassette.dump([call(number, 4000) for number in range(200)], {}))
    assert path.stat().st_size > 1_500_000
    return path


def cached(tmp_path):
    return sorted((tmp_path / "cache").iterdir()) if (tmp_path / "cache").exists() else []


def opened(path, tmp_path, matcher=MATCHER):
    return shelf.open_cassette(path, matcher, tmp_path / "cache")


def test_what_is_read_from_the_cache_is_what_was_computed(large, tmp_path):
    cold = opened(large, tmp_path)
    assert len(cached(tmp_path)) == 1
    warm = opened(large, tmp_path)
    assert list(warm.keys) == list(cold.keys) == [MATCHER.key(call(number, 4000).request) for number in range(200)]
    assert warm.places == cold.places
    assert [one.request for one in warm.recorded.recordings] == [call(number, 4000).request for number in range(200)]


def test_with_a_cache_nothing_is_parsed_before_it_is_asked_for(large, tmp_path, monkeypatch):
    opened(large, tmp_path)
    read = []
    monkeypatch.setattr(slices, "load_one", lambda *arguments, **_: read.append(arguments))
    monkeypatch.setattr(slices, "examine", lambda *arguments, **_: read.append(arguments))
    warm = opened(large, tmp_path)
    assert not read
    warm.recorded.recordings[7]
    assert len(read) == 1


@pytest.mark.parametrize("junk", [b"", b"{}", b"\x80\x04N.", b"0" * 40 + b"{}", b"x" * 9999])
def test_a_cache_that_is_broken_is_made_anew(junk, large, tmp_path):
    keys = list(opened(large, tmp_path).keys)
    (file,) = cached(tmp_path)
    good = file.read_bytes()
    for bad in (junk, good[:-9], good.replace(b'"origins"', b'"x"'), good[:60] + b"9" + good[61:]):
        file.write_bytes(bad)
        assert list(opened(large, tmp_path).keys) == keys
        assert file.read_bytes() == good


def test_a_cache_with_a_good_sum_and_bad_content_is_made_anew(large, tmp_path):
    keys = list(opened(large, tmp_path).keys)
    (file,) = cached(tmp_path)
    good = json.loads(file.read_bytes()[40:])
    for change in ({"keys": good["keys"][:-32]}, {"at": [9] * 200}, {"places": [1]}, {"keys": 7}, {"origins": {}}):
        data = json.dumps({**good, **change}).encode()
        file.write_bytes(shelf._check(data) + data)
        assert list(opened(large, tmp_path).keys) == keys


def test_other_patterns_and_other_content_have_caches_of_their_own(large, tmp_path):
    opened(large, tmp_path)
    assert list(opened(large, tmp_path, Matcher()).keys) == [
        Matcher().key(call(number, 4000).request) for number in range(200)
    ]
    large.write_bytes(large.read_bytes().replace(b'"0 word', b'"x word'))
    assert len(set(opened(large, tmp_path).keys)) == 2
    assert len(cached(tmp_path)) == 3


def test_a_cache_that_cannot_be_written_is_no_error(large, tmp_path):
    (tmp_path / "cache").touch()
    assert len(opened(large, tmp_path).keys) == 200


def test_caches_that_nobody_wrote_for_a_month_go(large, tmp_path):
    opened(large, tmp_path)
    (old,) = cached(tmp_path)
    os.utime(old, (0, 0))
    opened(large, tmp_path, Matcher())
    assert old not in cached(tmp_path)


def test_a_cassette_of_vcrpy_is_parsed_once(tmp_path, monkeypatch):
    request = {"method": "POST", "uri": URL, "body": '{"model": "m"}', "headers": {}}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "word " * 60_000}}
    path = tmp_path / "old.yaml"
    path.write_text("interactions: " + json.dumps([{"request": request, "response": response}]) + "\nversion: 1\n")
    first = opened(path, tmp_path)
    monkeypatch.setattr(shelf.store, "read", None)
    second = opened(path, tmp_path)
    assert told(first.recorded) == told(second.recorded)
    assert (list(first.keys), first.digest) == (list(second.keys), second.digest)


def test_a_large_cassette_that_is_replaced_is_replayed_as_it_was(large, tmp_path):
    recorded = opened(large, tmp_path).recorded
    assert not isinstance(recorded.recordings._source, layout.Memory)
    os.replace(large, tmp_path / "away.json")
    large.write_text("other")
    assert recorded.recordings[199].request == call(199, 4000).request


def test_a_large_cassette_that_is_written_into_is_not_believed(large, tmp_path):
    recorded = opened(large, tmp_path).recorded
    with large.open("r+b") as file:
        file.seek(-1000, 2)
        file.write(b"x" * 2000)
    with pytest.raises(CassetteError, match="was changed while it was being read"):
        recorded.recordings[199]


def test_the_file_of_a_cassette_that_nobody_uses_is_closed(large, tmp_path):
    def files():
        return [os.path.realpath(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("this system does not list open files")
    recorded = opened(large, tmp_path).recorded
    assert str(large) in files()
    del recorded
    assert str(large) not in files()


def test_a_large_cassette_replays_call_by_call(studio):
    studio.path.parent.mkdir()
    studio.path.write_bytes(cassette.dump([call(number, 4000) for number in range(200)], {}))
    with studio.open("none", cache=studio.path.parent / "cache") as tape:
        for number in reversed(range(200)):
            exchange = tape.ask(call(number, 4000).request)
            assert exchange.number == number
            assert exchange.recording.response == call(number, 4000).response
        with pytest.raises(UnmatchedCall):
            tape.ask(call(0, 4000).request)
    assert not tape.unused
