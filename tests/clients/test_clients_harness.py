"""What compares the clients can find them wanting."""

import itertools
import socket
from functools import partial

import pytest
from replaying import faithful
from scenarios import Scenario
from serving import answered, serving


def scenario(use):
    api = partial(serving, lambda asked: answered({"number": asked.number}))
    return Scenario("httpx", "made up", "sync", api, use, ())


def by_hand(url):
    with socket.create_connection(url.removeprefix("http://").split(":")) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return connection.makefile("rb").read()


def test_a_call_that_is_not_recorded_is_seen(studio):
    with pytest.raises(AssertionError, match="interactions"):
        faithful(scenario(by_hand), studio)


def test_a_result_that_changes_on_replay_is_seen(studio):
    import httpx

    words = itertools.cycle(["live", "recorded", "replayed"])
    with pytest.raises(AssertionError, match="replayed"):
        faithful(scenario(lambda url: (httpx.post(url).text, next(words))), studio)


def test_a_recording_that_differs_from_life_is_seen(studio):
    import httpx

    words = itertools.cycle(["live", "recorded", "recorded"])
    with pytest.raises(AssertionError, match="live"):
        faithful(scenario(lambda url: (httpx.post(url).text, next(words))), studio)


def test_only_the_numbers_of_the_server_may_differ(studio):
    import httpx

    faithful(scenario(lambda url: httpx.post(url).text), studio)
