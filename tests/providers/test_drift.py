import dataclasses
import re

import pytest
from exchanges import chat
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.providers.drift import changes, difference, printable, task_key
from pytest_altax.records import Call

TOOL = {"type": "function", "function": {"name": "search", "parameters": {"type": "object", "properties": {}}}}
OTHER = {"type": "function", "function": {"name": "fetch", "parameters": {"type": "object", "properties": {}}}}
USER = {"role": "user", "content": "How do I kill a process?"}
SYSTEM = {"role": "system", "content": "Be kind."}


def test_the_prompt_the_model_and_the_settings_change_no_task():
    bare = task_key(chat(USER))
    assert task_key(chat(SYSTEM, USER)) == bare
    assert task_key(chat(SYSTEM, SYSTEM, USER, model="gpt-5", temperature=1, tools=[TOOL])) == bare


@pytest.mark.parametrize(
    "other",
    [
        chat({"role": "user", "content": "How do I kill a plant?"}),
        chat(USER, {"role": "assistant", "content": "With kill -9."}, USER),
        chat(USER, url="https://api.openai.com/v1/completions"),
        dataclasses.replace(chat(USER), tag="guard"),
        chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a"}}]}),
    ],
)
def test_another_question_turn_endpoint_or_tag_is_another_task(other):
    assert task_key(other) != task_key(chat(USER))


def test_the_names_of_the_tools_called_so_far_belong_to_the_task():
    keys = set()
    for name in ("search", "fetch"):
        asked = {"role": "assistant", "tool_calls": [{"id": "t", "function": {"name": name, "arguments": "{}"}}]}
        keys.add(task_key(chat(USER, asked, {"role": "tool", "tool_call_id": "t", "content": name})))
    assert len(keys) == 2


def test_text_to_be_ignored_is_no_part_of_the_task():
    first, second = (chat({"role": "user", "content": f"Today is {day}."}) for day in ("2026-01-01", "2026-11-23"))
    assert task_key(first) != task_key(second)
    dates = [re.compile(r"\d{4}-\d\d-\d\d")]
    assert task_key(first, dates) == task_key(second, dates)


def test_a_call_without_any_turn_has_no_task():
    assert task_key(Call("unknown", "other", kind="other")) == ""
    assert task_key(chat(SYSTEM)) == ""


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (chat(SYSTEM, USER), ()),
        (chat(SYSTEM, USER, model="gpt-5"), ("model gpt-4o → gpt-5",)),
        (chat({"role": "system", "content": "Be kind and careful."}, USER), ("system prompt changed",)),
        (chat(USER), ("system prompt removed",)),
        (chat(SYSTEM, USER, tools=[TOOL, OTHER]), ("tools added: search, fetch",)),
        (chat(SYSTEM, {"role": "user", "content": "Hi"}), ("user text changed",)),
        (chat(SYSTEM, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hi"}, USER),
         ("history changed",)),
        (chat(SYSTEM, USER, temperature=1), ("settings: temperature unset → 1",)),
        (chat(SYSTEM, USER, seed=4, max_tokens=9), ("settings: max_tokens unset → 9, seed unset → 4",)),
    ],
)  # fmt: skip
def test_what_changed_is_told_in_short_words(new, words):
    assert changes(chat(SYSTEM, USER), new) == words


def test_a_changed_schema_is_told_by_the_name_of_its_tool():
    changed = {"type": "function", "function": {"name": "search", "parameters": {"properties": {"q": {}}}}}
    assert changes(chat(USER, tools=[TOOL, OTHER]), chat(USER, tools=[changed])) == (
        "tools removed: fetch",
        "tools changed: search",
    )


def test_many_changes_of_a_kind_are_cut_short():
    many = [{"type": "function", "function": {"name": f"t{number}"}} for number in range(9)]
    assert changes(chat(USER), chat(USER, tools=many)) == ("tools added: t0, t1, t2, t3, t4 and 4 more",)


def test_hostile_names_are_printed_safely():
    evil = "::error::\n\x1b[31m\u202e" + "x" * 200
    words = changes(chat(USER), chat(USER, model=evil))
    assert all(word.isprintable() and len(word) < 140 for word in words)


@given(st.text())
def test_whatever_is_printed_is_printable_and_short(text):
    assert printable(text).isprintable()
    assert len(printable(text)) <= 400


def test_a_call_does_not_differ_from_itself():
    assert difference(chat(SYSTEM, USER), chat(SYSTEM, USER)) == 0


def test_the_difference_grows_with_the_words_that_are_not_shared():
    old = chat(SYSTEM, USER)
    near, far = (
        chat({"role": "system", "content": "Be kind." + more}, USER) for more in (" Now.", " And more so now.")
    )
    assert 0 < difference(old, near) < difference(old, far)


def test_the_same_words_in_another_order_differ_a_little():
    assert difference(chat({"role": "user", "content": "a b"}), chat({"role": "user", "content": "b a"})) == 0.5


@given(*[st.lists(st.sampled_from([SYSTEM, USER, {"role": "assistant", "content": "No."}]), max_size=4)] * 2)
def test_a_difference_is_symmetric_and_above_zero_just_where_something_changed(one, two):
    old, new = chat(*one), chat(*two)
    assert difference(old, new) == difference(new, old)
    assert (difference(old, new) > 0) == bool(changes(old, new))
