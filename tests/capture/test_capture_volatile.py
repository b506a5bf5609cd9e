"""What changes from run to run by itself is proposed to be ignored, by a pattern for its kind that is proved."""

import json
import re
import string
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.matching.match import Matcher
from pytest_altax.capture.matching.volatile import _KINDS, proposals, toml_line
from pytest_altax.config.patterns import pattern
from pytest_altax.records import Request

HEX = "3f2b8c1d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
OTHER_HEX = "aaaab1c2-4e5f-4a6b-8c7d-000000000001"
PROSE = [
    "Be kind, and say what you know. Never promise a refund of more than 50 dollars.",
    "Version 2.10.1 of gpt-4o-mini answers in 3 to 5 seconds; self-determination counts.",
    "See RFC 9110, section 15.5.2, or call 555 0199 for the Default-Settings of the decade.",
    '{"max_tokens": 1024, "temperature": 0.7, "stop": ["\\n"], "type": "object"}',
]


def request(text, url="https://api.example.com/v1/chat", **fields):
    body = {"model": "m", "messages": [{"role": "user", "content": text}], **fields}
    return Request("POST", url, (), json.dumps(body).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Today is 2026-01-01.", "Today is 2026-11-23."),
        ("Today is 1/2/26.", "Today is 11/23/26."),
        ("It is Monday, 23 November 2026, 10:05 AM.", "It is Tuesday, 1 December 2026, 9:15 PM."),
        ("Date: Nov 23, 2026", "Date: Dec 1, 2026"),
        ("Today is Monday.", "Today is Sunday."),
        ("at 2026-01-01T10:00:00.123Z now", "at 2026-12-31T23:59:59Z now"),
        ("at 2026-01-01 10:00:00+01:00 now", "at 2026-12-31 23:59:59-05:00 now"),
        ("clock 10:00", "clock 23:59"),
        ("ts=1732000000", "ts=1764000123"),
        ("ts=1732000000.25", "ts=1764000123.5"),
        ("ts 1732000000123", "ts 1764000123456"),
        (f"session {HEX}", f"session {OTHER_HEX}"),
        ("request req_011CSd8xYz", "request req_7Qk2mN0p"),
        ("chatcmpl-9aBcDeF01 done", "chatcmpl-0zYxWvU98 done"),
        ("commit deadbeef01", "commit 0123abcd99"),
        ("token aB3dE5fG7hJ9kL1m ok", "token zZ3dE5fG7hJ9kL1m ok"),
        ("in /tmp/pytest-of-ann/pytest-12/a.txt", "in /tmp/tmpx1y2/a.txt"),
        ("in /private/var/folders/x_/q1/T/a", "in /private/var/folders/zz/q2/T/b"),
        (r"in C:\Users\Ann\AppData\Local\Temp\tmp1\a", r"in C:\Users\Bob\AppData\Local\Temp\tmp2\a"),
        ("see http://localhost:4312/docs", "see http://127.0.0.1:55/docs"),
        ("see https://a1.example.com/docs", "see https://b2.example.com/docs"),
        ("host 10.0.3.4 and ip-10-0-3-4", "host 10.0.12.5 and ip-10-0-12-5"),
        ("two: 2026-01-01 and 2026-01-02", "two: 2026-01-03 and 2026-01-04"),
        (f"mixed 2026-01-01, 10:00, {HEX}, /tmp/a1", f"mixed 2026-01-02, 10:01, {OTHER_HEX}, /tmp/b2"),
    ],
)
def test_the_proposed_line_makes_the_requests_equal_and_holds_no_literal_value(old, new):
    patterns = proposals(request(old), request(new))
    line = toml_line(patterns)
    ignored = [pattern(text) for text in tomllib.loads(line)["match"]["ignore"]]
    assert [one.pattern for one in ignored] == list(patterns)
    matcher = Matcher(ignored)
    assert matcher.key(request(old)) == matcher.key(request(new))
    assert matcher.key(request(old)) != matcher.key(request("Something else altogether"))
    assert not any(word in line for word in ("2026-", "1732", "deadbeef", "aB3d", "011CS", "pytest-12", "Ann"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Be kind.", "Be unkind."),
        ("3 apples", "4 apples"),
        ("self-determination", "self-confidence"),
        ("Today is 2026-01-01. Be kind.", "Today is 2026-11-23. Be brief."),
        ("Today is 2026-01-01.", "Today is."),
        ("the same", "the same"),
    ],
)
def test_what_may_be_meant_is_never_proposed_to_be_ignored(old, new):
    assert proposals(request(old), request(new)) == ()


def test_another_model_is_another_request_whatever_date_it_bears():
    old, new = (request("Hi", model=f"gpt-4o-2024-{day}") for day in ("05-13", "08-06"))
    assert proposals(old, new) == ()
    assert Matcher([re.compile(r"\d")]).key(old) != Matcher([re.compile(r"\d")]).key(new)


def test_a_setting_that_changed_is_no_id():
    assert proposals(request("Hi", max_tokens=1024), request("Hi", max_tokens=2048)) == ()
    assert proposals(request("Hi"), request("Hi", seed=1)) == ()


def test_numbers_that_can_only_be_times_are_ignored_and_so_are_ids_in_paths():
    url = "https://api.example.com/v1/threads/thread_{}/runs"
    old = request("Hi", url.format("a1b2c3d4"), metadata={"at": 1732000000})
    new = request("Hi", url.format("z9y8x7w6"), metadata={"at": 1732999999})
    patterns = proposals(old, new)
    matcher = Matcher([pattern(one) for one in patterns])
    assert len(patterns) == 2
    assert matcher.key(old) == matcher.key(new)


def test_what_is_ignored_already_is_not_proposed_again():
    dates = [re.compile(r"\d{4}-\d\d-\d\d")]
    assert proposals(request("2026-01-01"), request("2026-01-02"), dates) == ()
    assert len(proposals(request(f"2026-01-01 {HEX}"), request(f"2026-01-02 {OTHER_HEX}"), dates)) == 1


def test_texts_that_are_no_json_are_compared_too():
    old, new = (Request("POST", "https://x/y", (), f"day=2026-01-0{day}".encode()) for day in (1, 2))
    assert len(proposals(old, new)) == 1
    assert proposals(old, Request("POST", "https://x/y", (), b"\xff\xfe")) == ()


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("prose", PROSE)
def test_no_kind_takes_ordinary_text_away(kind, prose):
    assert re.sub(kind, "", prose) == prose


@given(st.text(string.printable, max_size=60), st.text(string.printable, max_size=60))
def test_what_is_proposed_always_makes_the_requests_equal(old, new):
    patterns = proposals(request(old), request(new))
    matcher = Matcher([pattern(text) for text in patterns])
    assert not patterns or matcher.key(request(old)) == matcher.key(request(new))


@given(st.lists(st.text(min_size=1), min_size=1))
def test_the_line_reads_back_as_the_patterns_it_was_written_from(patterns):
    assert tomllib.loads(toml_line(patterns))["match"]["ignore"] == patterns
