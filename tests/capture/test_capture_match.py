"""Which recording a request gets: keys, ignored text, other hosts, drift, and the message when there is none."""

import contextlib
import json
import re

import pytest
from capture_asking import CLIENT, ask, body
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.context import tagged
from pytest_altax.capture.matching.match import Matcher
from pytest_altax.capture.secrets.redact import Redactor
from pytest_altax.errors import UnmatchedCall
from pytest_altax.records import Request


def key(content, url="https://a.test/v1/chat", ignore=(), content_type="application/json"):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Matcher(ignore).key(Redactor().request("POST", url, [("Content-Type", content_type)], raw))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_the_order_of_keys_and_the_spelling_of_json_do_not_matter(content):
    turned = dict(reversed(content.items()))
    assert key(content) == key(json.dumps(turned, indent=3, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@given(json_values, json_values)
def test_different_bodies_have_different_keys(one, other):
    if json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True):
        assert key({"x": one}) != key({"x": other})


def test_the_order_of_query_parameters_and_their_secrets_do_not_matter():
    assert key({}, "https://a.test/v1?b=2&key=one&a=1") == key({}, "https://a.test/v1?a=1&b=2&key=two")
    assert key({}, "https://a.test/v1?a=1") != key({}, "https://a.test/v1?a=2")


def test_a_port_that_goes_without_saying_does_not_matter():
    assert key({}, "https://a.test:443/v1") == key({}, "https://a.test/v1")
    assert key({}, "http://a.test:443/v1") != key({}, "http://a.test/v1")


def test_a_multipart_boundary_does_not_matter():
    def form(boundary, value):
        return key(
            f"--{boundary}\r\ncontent-disposition: form-data; name=a\r\n\r\n{value}\r\n--{boundary}--".encode(),
            content_type=f"multipart/form-data; boundary={boundary}",
        )

    assert form("one", "x") == form("two", "x")
    assert form("one", "x") != form("one", "y")


def test_what_matches_an_ignore_pattern_does_not_matter():
    ignore = (re.compile(r"\d{4}-\d\d-\d\d"),)
    assert key(body("today is 2026-01-01"), ignore=ignore) == key(body("today is 2026-02-03"), ignore=ignore)
    assert key(body("today is 2026-01-01")) != key(body("today is 2026-02-03"))
    assert key(b"plain 2026-01-01", ignore=ignore) == key(b"plain 2026-02-03", ignore=ignore)


def test_a_deeply_nested_body_has_a_key():
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    assert Matcher((re.compile("x"),)).key(Request("POST", "https://a.test", (), deep))


def test_ignored_text_makes_no_call_stale(loopback, studio):
    ignore = (re.compile(r"\d{4}-\d\d-\d\d"),)
    with studio.open("once", ignore=ignore):
        first = ask(loopback.url, "on 2026-01-01?")
    with studio.open("none", ignore=ignore) as tape:
        assert ask(loopback.url, "on 2026-12-31?") == first
    assert tape.interactions[0].recorded is None


def test_what_was_recorded_from_another_host_matches_exactly(loopback, studio):
    with studio.open("once"):
        first = ask(loopback.url)
    with studio.open("none") as tape:
        assert ask("https://api.openai.com") == first
    assert tape.interactions[0].recorded is None
    assert tape.interactions[0].request.url.startswith("https://api.openai.com")


def test_another_host_with_recordings_of_its_own_gets_no_others(loopback, studio):
    with studio.open("once"):
        ask(loopback.url)
        ask(loopback.url.replace("127.0.0.1", "localhost"), "mine?")
    with studio.open("none"), pytest.raises(UnmatchedCall):
        ask(loopback.url, "mine?")


def test_a_changed_system_prompt_replays_the_recordings_in_order_and_is_stale(loopback, studio):
    with studio.open("once"):
        first = [ask(loopback.url) for _ in range(8)]
    loopback.stop()
    with studio.open("none") as tape:
        assert [ask(loopback.url, system="You are kind and careful.") for _ in range(8)] == first
        with pytest.raises(UnmatchedCall, match="its task's 8 recordings were all played"):
            ask(loopback.url, system="You are kind and careful.")
    assert [one.recording for one in tape.interactions] == list(range(8))
    assert {json.loads(one.recorded.body)["messages"][0]["content"] for one in tape.interactions} == {"You are kind."}


def test_the_nearest_recording_of_the_task_stands_in(loopback, studio):
    guard = "Refuse what is harmful. Be brief. Never give legal advice. Keep to the shop."
    with studio.open("once"):
        bare, guarded = ask(loopback.url, system="Be brief."), ask(loopback.url, system=guard)
    with studio.open("none"):
        assert ask(loopback.url, system=guard + " Mention the policy.") == guarded
        assert ask(loopback.url, system="Be brief.") == bare


def test_a_request_the_app_still_makes_keeps_its_recordings(loopback, studio):
    with studio.open("once"):
        still = [ask(loopback.url, system="Be brief.") for _ in range(2)]
        guarded = ask(loopback.url, system="Be brief. Refuse what is harmful, and say so with the policy at hand.")
    with studio.open("none") as tape:
        assert ask(loopback.url, system="Be brief.") == still[0]
        # nearer to `still` than to `guarded`, but that one is asked for as it was recorded
        assert ask(loopback.url, system="Be brief. Refuse.") == guarded
        assert ask(loopback.url, system="Be brief.") == still[1]
    assert not tape.errors


def test_a_new_call_that_takes_the_recording_of_another_does_not_break_it(loopback, studio):
    with studio.open("once"):
        main = ask(loopback.url)
    with studio.open("none") as tape:
        assert ask(loopback.url, system="You are a guard.") == main
        assert ask(loopback.url) == main
        assert [one.recorded is None for one in tape.interactions] == [False, True]
        with pytest.raises(UnmatchedCall):
            ask(loopback.url, system="You are a guard.")
        with pytest.raises(UnmatchedCall):
            ask(loopback.url)
    assert not tape.unused


def test_two_recordings_that_are_equally_near_are_an_error_that_names_both(loopback, studio):
    with studio.open("once"):
        ask(loopback.url, system="It is one.")
        ask(loopback.url, system="It is two.")
    with studio.open("none"), pytest.raises(UnmatchedCall) as error:
        ask(loopback.url, system="It is three.")
    assert "recordings 0 and 1 are of its task and equally near" in str(error.value)
    assert "match.ignore" in str(error.value)


def test_a_recording_of_another_layer_does_not_stand_in(loopback, studio):
    with studio.open("once"), tagged("guard"):
        ask(loopback.url)
    with studio.open("none"), pytest.raises(UnmatchedCall):
        ask(loopback.url, system="You are careful.")
    with studio.open("none") as tape, tagged("guard"):
        ask(loopback.url, system="You are careful.")
    assert tape.interactions[0].tag == "guard"


def test_a_call_without_a_task_gets_no_stand_in(loopback, studio):
    with studio.open("once"):
        CLIENT.post(loopback.url + "/v1/moderations", json={"model": "m", "input": "one"})
    with studio.open("none"), pytest.raises(UnmatchedCall):
        CLIENT.post(loopback.url + "/v1/moderations", json={"model": "m", "input": "two"})


def test_the_error_names_cassette_call_nearest_recording_and_what_differs(loopback, studio):
    with studio.open("once"):
        ask(loopback.url, "how do I peel an orange with a spoon?")
        ask(loopback.url, "where is the blue door?")
    with studio.open("none") as tape, pytest.raises(UnmatchedCall) as error:
        ask(loopback.url, "where is the red door?")
    message = str(error.value)
    url = loopback.url + "/v1/chat/completions"
    assert message.startswith(f"no recording for POST {url} (m)\n")
    assert f"in {studio.path}, 2 recordings, 2 not played" in message
    assert f"nearest: recording 1, POST {url} (m)" in message
    assert "messages[1].content" in message
    assert '- "where is the blue door?"' in message
    assert '+ "where is the red door?"' in message
    assert "--altax-record=new_episodes" in message
    assert tape.errors == (error.value,)


def test_the_error_shows_where_two_long_prompts_part_and_prints_no_control_characters(loopback, studio):
    start = "policy " * 500
    with studio.open("once"):
        ask(loopback.url, start + "one\x1b[31m")
    with studio.open("none"), pytest.raises(UnmatchedCall) as error:
        ask(loopback.url, start + "two\x1b[31m")
    message = str(error.value)
    assert "policy one" in message
    assert "policy two" in message
    assert "\x1b" not in message
    assert max(map(len, message.splitlines())) < 200


def test_an_error_that_the_app_swallows_is_kept(loopback, studio):
    with studio.open("none") as tape, contextlib.suppress(BaseException):
        ask(loopback.url)
    assert isinstance(tape.errors[0], UnmatchedCall)
