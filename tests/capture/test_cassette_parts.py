"""What bodies have in common stands once in a cassette, and every body is what it was, to the byte."""

import json
import random

import pytest
from cassette_strategies import recordings
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.capture.recording import Recording
from pytest_altax.capture.storage import cassette
from pytest_altax.capture.storage.parts import Parts
from pytest_altax.capture.storage.pool import Pool
from pytest_altax.errors import CassetteError
from pytest_altax.records import Request, Response

LONG = "a text that is long enough to be shared, " * 3
# what looks like the names of parts, and is not
tricky = st.sampled_from(["$", "$$", "$...", "$a...", "$abcdefgh", f"${LONG}", f"$${LONG}", f"{LONG}...", LONG])
values = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | tricky,
    lambda inner: st.lists(inner | tricky, max_size=5) | st.dictionaries(st.text(max_size=3) | tricky, inner),
    max_leaves=20,
)


def spelled(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def asked(value):
    return Recording(Request("POST", "https://a.test/v1/chat/completions", (), spelled(value)))


def written(made):
    data = cassette.dump(made, {})
    return data.decode(), json.loads(data)


@given(st.lists(values, min_size=1, max_size=4), st.integers(1, 3))
def test_no_content_is_taken_for_the_name_of_a_part(found, times):
    pool = Pool()
    numbers = [pool.add(value) for value in found for _ in range(times)]
    told = [pool.write(number) for number in numbers]
    parts = Parts(json.loads(json.dumps(pool.parts)))
    for value, (spelled_, has_parts) in zip([value for value in found for _ in range(times)], told, strict=True):
        if has_parts:
            assert json.dumps(parts.fill(json.loads(json.dumps(spelled_)))) == json.dumps(value)


@given(st.lists(values, min_size=1, max_size=4))
def test_bodies_that_share_parts_are_read_again_to_the_byte(found):
    made = [asked({"messages": [value, *found]}) for value in found] * 2
    read = cassette.load(cassette.dump(made, {}), "a.json").recordings
    assert [one.request.body for one in read] == [one.request.body for one in made]


@given(st.lists(recordings, max_size=2))
def test_recordings_that_stand_twice_are_read_again(made):
    read = cassette.load(cassette.dump(made * 2, {}), "a.json").recordings
    assert [(one.request, one.response) for one in read] == [(one.request, one.response) for one in made * 2]


def chat(turns):
    messages, tools = [{"role": "system", "content": "policy " * 1170}], [{"name": LONG + str(at)} for at in range(20)]
    for turn in range(turns):
        messages = [*messages, {"role": "user", "content": f"question {turn} {LONG}"}]
        answer = {"role": "assistant", "content": f"answer {turn} {LONG}"}
        content = spelled({"choices": [{"message": answer}]})
        request = asked({"model": "m", "messages": messages, "tools": tools}).request
        yield Recording(request, Response(200, (("content-type", "application/json"),), content, "OK"))
        messages = [*messages, answer]


def test_a_conversation_grows_by_its_new_messages_alone():
    sizes = [len(written(list(chat(turns)))[0]) for turns in (20, 40, 80)]
    assert sizes[2] - sizes[1] < 2.2 * (sizes[1] - sizes[0])
    text, _ = written(list(chat(50)))
    assert text.count('"content": "policy') == 1
    assert all(text.count(f"answer {turn} ") == 1 for turn in range(49))


def test_a_conversation_of_400_turns_is_written_and_read_whatever_its_order():
    messages = [{"role": "user", "content": f"{at} {LONG}"} for at in range(400)]
    made = [asked({"messages": messages[:turn]}) for turn in range(1, 401)]
    random.Random(1).shuffle(made)
    read = cassette.load(cassette.dump(made, {}), "a.json").recordings
    assert all(one.request == other.request for one, other in zip(read, made, strict=True))


def test_the_same_content_has_the_same_names_in_any_cassette():
    first, second = (written(list(chat(turns)))[1]["parts"] for turns in (5, 9))
    assert first.items() <= second.items()


def test_a_body_that_shares_nothing_stands_as_it_is():
    _, content = written([asked({"price": "$5", "a": LONG}), asked({"b": LONG[:-9]})])
    assert [one["request"]["body"] for one in content["interactions"]] == [
        {"json": {"price": "$5", "a": LONG}},
        {"json": {"b": LONG[:-9]}},
    ]
    assert "parts" not in content


def test_headers_that_repeat_are_shared_too():
    headers = tuple((f"x-{at}", "value " * 4) for at in range(8))
    made = [Recording(Request("GET", "https://a.test", headers), Response(200, headers)) for _ in range(3)]
    text, content = written(made)
    assert text.count("x-7: value") == 1
    assert content["interactions"][0]["request"]["headers"].startswith("$")
    assert [one.response.headers for one in cassette.load(text.encode(), "a").recordings] == [headers] * 3


def holding(parts, body):
    interaction = {"request": {"method": "GET", "url": "https://a.test", "headers": [], "body": {"parts": body}}}
    return {"altax-cassette": 2, "parts": parts, "interactions": [interaction]}


@pytest.mark.parametrize(
    ("parts", "body", "said"),
    [
        ({}, "$gone", r"there is no part \$gone"),
        ({}, ["$gone..."], r"there is no list \$gone"),
        ({"a": "text"}, ["$a..."], r"there is no list \$a"),
        ({"a": {"b": "$a"}}, "$a", r"the part \$a holds itself"),
        ({"a": ["$b"], "b": ["$a"]}, ["$b"], "holds itself"),
        ({"a": ["$b..."], "b": ["$a..."]}, ["$b..."], "holds itself"),
        ({"a": []}, [1, "$a..."], r"there is no part \$a\.\.\."),
        ({"a": 1}, "$", r"there is no part \$"),
        ([], "$a", "its parts are no object"),
    ],
)
def test_a_part_that_is_none_is_named(parts, body, said):
    with pytest.raises(CassetteError, match=said):
        cassette.load(json.dumps(holding(parts, body)).encode(), "a.json")


def test_a_part_that_stands_twice_is_refused():
    data = json.dumps(holding({"a": 1, "b": 2}, "$a")).replace('"b": 2', '"a": 2').encode()
    with pytest.raises(CassetteError, match="'a' stands twice"):
        cassette.load(data, "a.json")


def test_parts_that_would_fill_the_memory_are_refused_at_once():
    for name in ([f"$a{at}"] * 10 for at in range(12)), ([[f"$a{at}..."]] * 10 for at in range(12)):
        laughs = {f"a{at}": value for at, value in enumerate([["ha" * 50], *name])}
        with pytest.raises(CassetteError, match="larger than 256 MiB"):
            cassette.load(json.dumps(holding(laughs, "$a12")).encode(), "a.json")


def test_parts_nested_without_end_are_refused():
    deep = {f"a{at}": {"b": f"$a{at + 1}"} for at in range(5000)}
    with pytest.raises(CassetteError, match="cannot be read"):
        cassette.load(json.dumps(holding({**deep, "a5000": 1}, "$a0")).encode(), "a.json")
