"""What each record mode does with a call: replayed, recorded, refused."""

import json
import urllib.request

import httpx
import pytest
import requests
from capture_asking import CHAT, CLIENT, ask, body

from pytest_altax.capture import CaptureSettings, Engine, RecordMode
from pytest_altax.errors import UnmatchedCall
from pytest_altax.providers.registry import ProviderRegistry


def test_samples_of_one_prompt_replay_in_the_order_they_were_recorded(loopback, studio):
    with studio.open("once"):
        first = [ask(loopback.url) for _ in range(5)]
    loopback.stop()
    with studio.open("none"):
        assert [ask(loopback.url) for _ in range(5)] == first
    assert len(set(first)) == 5


def test_one_sample_more_than_recorded_is_an_error_and_no_repeat(loopback, studio):
    with studio.open("once"):
        [ask(loopback.url) for _ in range(3)]
    with studio.open("none") as tape:
        [ask(loopback.url) for _ in range(3)]
        with pytest.raises(UnmatchedCall, match="its 3 recordings were all played"):
            ask(loopback.url)
    assert len(tape.interactions) == 3
    assert len(tape.errors) == 1
    assert loopback.count == 3


def test_once_is_as_none_when_the_cassette_exists(loopback, studio):
    with studio.open("once"):
        ask(loopback.url)
    with studio.open("once"), pytest.raises(UnmatchedCall):
        ask(loopback.url, "another?")
    assert loopback.count == 1


def test_none_without_a_cassette_says_that_there_is_none(loopback, studio):
    with studio.open("none") as tape, pytest.raises(UnmatchedCall) as error:
        ask(loopback.url)
    assert f"the cassette {studio.path} does not exist" in str(error.value)
    assert "pytest --altax --altax-record=once" in str(error.value)
    assert loopback.count == 0
    assert not tape.dirty
    assert not studio.path.exists()


def test_new_episodes_replays_what_matches_and_records_the_rest(loopback, studio):
    with studio.open("once"):
        first = ask(loopback.url)
    with studio.open("new_episodes") as tape:
        assert ask(loopback.url) == first
        second, third = ask(loopback.url), ask(loopback.url, "another?")
    assert [one.replayed for one in tape.interactions] == [True, False, False]
    with studio.open("none"):
        assert [ask(loopback.url), ask(loopback.url), ask(loopback.url, "another?")] == [first, second, third]


def test_new_episodes_puts_calls_in_the_order_of_the_attempt_and_keeps_what_it_did_not_use(loopback, studio):
    with studio.open("once"):
        ask(loopback.url, "first?")
        ask(loopback.url, "unused?")
        ask(loopback.url, "last?")
    with studio.open("new_episodes"):
        for question in ("first?", "between?", "last?"):
            ask(loopback.url, question)
    with studio.open("none") as tape:
        for question in ("last?", "between?", "first?"):
            ask(loopback.url, question)
    asked = [json.loads(one.request.body)["messages"][1]["content"] for one in tape.interactions]
    assert asked == ["first?", "between?", "last?"]
    assert [one.index for one in tape.unused] == [3]


def test_all_replaces_the_cassette_by_what_was_recorded_this_time(loopback, studio):
    with studio.open("once"):
        old = ask(loopback.url)
        ask(loopback.url, "another?")
    with studio.open("all"):
        new = ask(loopback.url)
    assert new != old
    with studio.open("none") as tape:
        assert ask(loopback.url) == new
    assert not tape.unused


def test_all_does_not_need_the_old_cassette_to_be_readable(loopback, studio):
    studio.path.parent.mkdir()
    studio.path.write_text("{")
    with studio.open("all"):
        new = ask(loopback.url)
    with studio.open("none"):
        assert ask(loopback.url) == new


def test_stale_records_again_only_what_drifted(loopback, studio):
    with studio.open("once"):
        kept, drifted = ask(loopback.url, "kept?"), ask(loopback.url, "drifted?")
    with studio.open("stale") as tape:
        assert ask(loopback.url, "kept?") == kept
        renewed = ask(loopback.url, "drifted?", system="You are very kind.")
    assert renewed != drifted
    assert [one.replayed for one in tape.interactions] == [True, False]
    with studio.open("none") as tape:
        assert ask(loopback.url, "kept?") == kept
        assert ask(loopback.url, "drifted?", system="You are very kind.") == renewed
    assert not tape.unused
    assert loopback.count == 3


def test_a_tape_that_recorded_nothing_writes_nothing(loopback, studio):
    with studio.open("once") as tape:
        pass
    assert tape.save() is False
    assert not studio.path.exists()


def test_a_tape_can_be_saved_again_after_more_calls(loopback, studio):
    with studio.open("once") as tape:
        ask(loopback.url, "one?")
        assert tape.save()
        assert not tape.dirty
        ask(loopback.url, "two?")
        assert tape.save()
    with studio.open("none"):
        ask(loopback.url, "one?")
        ask(loopback.url, "two?")


def test_the_tape_pushed_last_gets_the_calls(loopback, tmp_path):
    engine = Engine(CaptureSettings(RecordMode.ONCE), ProviderRegistry())
    engine.install()
    outer, inner = engine.tape(tmp_path / "outer.json"), engine.tape(tmp_path / "inner.json")
    try:
        with engine.playing(outer):
            ask(loopback.url)
            with engine.playing(inner):
                ask(loopback.url)
                ask(loopback.url)
            ask(loopback.url)
    finally:
        engine.uninstall()
    assert (len(outer.interactions), len(inner.interactions)) == (2, 2)


def test_without_a_tape_and_after_uninstall_calls_pass(loopback, tmp_path):
    before = httpx.HTTPTransport.handle_request
    engine = Engine(CaptureSettings(RecordMode.ONCE), ProviderRegistry())
    engine.install()
    assert ask(loopback.url)
    engine.uninstall()
    assert httpx.HTTPTransport.handle_request is before
    assert ask(loopback.url)


def test_calls_that_are_no_llm_calls_pass_and_are_not_recorded(loopback, studio):
    with studio.open("none") as tape:
        assert CLIENT.get(loopback.url + "/health").json()["path"] == "/health"
    assert not tape.interactions
    assert not tape.errors


def test_calls_that_are_no_llm_calls_are_not_held_back(loopback, studio):
    url = loopback.url + "/drip"
    with studio.open("once"):
        # vcrpy is in place from here on
        requests.post(loopback.url + CHAT, json=body(), timeout=5)
        with requests.get(url, stream=True, timeout=5) as response:
            assert next(response.iter_content(1)) == b"."
        with urllib.request.urlopen(url, timeout=5) as response:
            assert response.read(1) == b"."


def test_other_hosts_are_recorded_when_the_settings_name_them(loopback, studio):
    hosts = (loopback.url.removeprefix("http://"),)
    with studio.open("once", hosts=hosts) as tape:
        CLIENT.get(loopback.url + "/health")
    assert len(tape.interactions) == 1
    with studio.open("all", hosts=("127.0.0.2:*",)) as tape:
        CLIENT.get(loopback.url + "/health")
    assert not tape.interactions


def test_errors_of_the_api_are_recorded_and_replayed_without_waiting(loopback, studio):
    with studio.open("once"):
        assert ask(loopback.url, path="/status/429" + CHAT) == 429
    loopback.stop()
    with studio.open("none") as tape:
        response = CLIENT.post(loopback.url + "/status/429" + CHAT, json=body())
    assert response.headers["retry-after"] == "0"
    assert tape.interactions[0].response.header("retry-after") == "30"
