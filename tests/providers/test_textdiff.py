"""What changed in a text, in one line, and inside which layer."""

import pytest
from exchanges import chat
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.providers.drift import changes, diff
from pytest_altax.providers.textdiff import Marked, pieces, short

USER = {"role": "user", "content": "How do I kill a process?"}
GUARD, LONGER = "Never speak of gold.", "Never speak of gold, or of silver."


def system(text):
    return {"role": "system", "content": text}


def finder(wanted):
    def find(text):
        at = text.find(wanted)
        return [(at, at + len(wanted))] if wanted and at >= 0 else []

    return find


def layer(then=GUARD, now=LONGER):
    return Marked("guard", finder(then), finder(now))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("You are kind.", "You are very kind.", "You are {+very+}"),
        ("Be brief.", "Be kind.", "Be [-brief-]{+kind+}"),
        ("Be kind. Bye.", "Be kind.", "Be kind.[-Bye.-]"),
        ("", "All new.", "{+All new.+}"),
        ("Gone.", "", "[-Gone.-]"),
        ("same", "same", ""),
        ("a b", "a  b", "a[- -]{+  +}"),
        ("on 2026-11-23. It is 9.", "on 2026-12-24. It is 8.", "on 2026-[-11-23-]{+12-24+}. It is [-9-]{+8+}"),
    ],
)
def test_a_change_is_shown_after_the_words_before_it(old, new, shown):
    assert short(old, new) == shown


def test_changes_far_apart_are_shown_apart_and_the_rest_is_counted():
    filler = " ".join(f"word{number}" for number in range(20))
    old, new = (f"{x} {filler} {x} {filler} {x}." for x in ("red", "blue"))
    shown = short(old, new)
    assert shown.startswith("[-red-]{+blue+} …")
    assert shown.endswith("[-red-]{+blue+} and 1 more")


def test_a_rewritten_book_is_told_in_a_line():
    old, new = (" ".join(f"{x}{number}" for number in range(50_000)) for x in "ab")
    assert len(short(old, new)) < 200


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_is_shown_prints_and_is_empty_only_for_equal_texts(old, new):
    shown = short(old, new)
    assert shown.isprintable()
    assert len(shown) < 2_000
    assert bool(shown) == (old != new)


def test_a_change_inside_a_layer_is_of_that_layer_alone():
    old, new = (f"Be kind. {guard} Bye." for guard in (GUARD, LONGER))
    assert [(one.name, one.old, one.new) for one in pieces(old, new, [layer()])] == [("guard", GUARD, LONGER)]


def test_a_change_outside_a_layer_is_of_the_prompt_alone():
    old, new = f"Be kind. {GUARD}", f"Be brief. {GUARD}"
    assert [one.name for one in pieces(old, new, [layer(now=GUARD)])] == [None]


def test_changes_inside_and_outside_are_told_apart():
    old, new = f"Be kind. {GUARD}", f"Be brief. {LONGER}"
    assert [one.name for one in pieces(old, new, [layer()])] == ["guard", None]


def test_a_layer_that_the_recording_does_not_tell_is_what_stood_in_its_place():
    old, new = "Be kind. An older rule. Bye.", f"Be kind. {LONGER} Bye."
    assert pieces(old, new, [layer(then="")]) == [("guard", "An older rule.", LONGER)]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [("Be kind.", f"Be kind. {LONGER}", "added"), (f"Be kind. {GUARD}", "Be kind.", "removed")],
)
def test_a_layer_may_come_and_go(old, new, word):
    assert changes(chat(system(old), USER), chat(system(new), USER), [layer()]) == (f"layer guard {word}",)


def test_the_kinds_of_texts_are_told_by_name():
    tools = [
        [{"type": "function", "function": {"name": "search", "parameters": {"properties": {name: {}}}}}]
        for name in ("old", "new")
    ]
    first = chat(system("Be kind."), {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}, USER)
    other = {"role": "user", "content": "How do I kill a plant?"}
    second = chat(system("Be brief."), {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No"}, other)
    assert diff(first, second) == (
        "system prompt: Be [-kind-]{+brief+}",
        "turn 2 (assistant): [-Yes-]{+No+}",
        "user text: How do I kill a [-process-]{+plant+}",
    )
    (line,) = diff(chat(USER, tools=tools[0]), chat(USER, tools=tools[1]))
    assert line.startswith("tool search: ")
    assert line.endswith("[-old-]{+new+}")


def test_turns_that_came_are_counted():
    more = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hi"}]
    assert diff(chat(USER), chat(*more, USER)) == ("turns: [-1-]{+3+}",)


def test_a_hostile_layer_name_and_text_are_printable():
    evil = Marked("\x1b[31m\u202e", finder("::x\x07"), finder("::y\x07"))
    texts = (chat(system(f"a {text} b"), USER) for text in ("::x\x07", "::y\x07"))
    old, new = texts
    assert all(line.isprintable() for line in (*diff(old, new, [evil]), *changes(old, new, [evil])))
