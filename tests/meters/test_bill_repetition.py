"""Content that comes again: in the same request (duplicate), in a later one (resent)."""

import random

import pytest
from meter_makers import (
    Choice,
    Layer,
    Part,
    PartKind,
    ToolCall,
    asks_for,
    assistant,
    call,
    message,
    reading,
    system,
    usage,
    user,
    words,
)  # fmt: skip

from pytest_altax.records import Call, Message
from pytest_altax.text.tokens import Tokens


def billed(*calls: Call, **fields: object) -> list[dict[str, int]]:
    return [dict(bill.input) for bill in reading(*calls, **fields).bill]


def prose(tokens: Tokens, size: int, ending: str = "") -> str:
    """Text without repetitions that ends in a word, or in `ending`, and is exactly `size` tokens of o200k_base."""
    chance = random.Random(size)
    text = "Start"
    while len(tokens.encode(text)) < size:
        missing = size - len(tokens.encode(text))
        text += "".join(f", {chance.choice(NAMES)}{chance.randrange(999)}" for _ in range(missing // 8 + 1))
    while len(tokens.encode(text + ending)) > size:
        text = text.rpartition(",")[0]
    while len(tokens.encode(text + ending)) < size:
        text += " x"
    return text + ending


NAMES = ["river", "moon", "signal", "Köln", "guardrail", "token", "ledger", "прием", "share", "lisp"]


def test_the_history_of_a_chat_is_resent_and_only_the_new_question_is_task():
    first = call(user("hello there"), answer="good day", usage=usage(2))
    second = call(user("hello there"), assistant("good day"), user("and now"), usage=usage(6))
    assert billed(first, second) == [{"task": 2}, {"resent": 4, "task": 2}]


def test_a_tool_result_sent_again_is_resent_at_any_length():
    asked = Choice(tool_calls=(ToolCall("clock", '{"zone": "utc"}'),))
    first = call(user("time"), answer=None, choices=(asked,), usage=usage(1))
    second = call(user("time"), asks_for("clock", '{"zone":"utc"}'), message("tool", "noon"), usage=usage(4))
    third = call(*second.messages, assistant("fine"), user("thanks"), usage=usage(6))
    assert billed(first, second, third)[1:] == [{"resent": 3, "context": 1}, {"resent": 5, "task": 1}]


def test_whole_messages_count_only_in_the_order_they_had():
    first = call(user("a a"), user("b b"), usage=usage(4))
    swapped = call(user("b b"), user("a a"), user("c c"), usage=usage(6))
    assert billed(first, swapped)[1] == {"resent": 2, "task": 4}


def test_a_transcript_passed_along_in_one_message_is_resent():
    first = call(user(words(0, 50)), answer=words(100, 60), usage=usage(50, 60))
    second = call(user(f"summarise: {words(0, 50)} then {words(100, 60)} end"), model="other", usage=usage(113))
    assert billed(first, second)[1] == {"task": 3, "resent": 110}


def test_samples_of_one_prompt_do_not_resend_it_to_each_other():
    calls = [call(user(words(0, 50)), seed=seed, usage=usage(50)) for seed in range(3)]
    assert billed(*calls) == [{"task": 50}] * 3


def test_the_history_before_repeated_samples_is_still_resent():
    first = call(user("a a"), answer="b b", usage=usage(2))
    last = call(user("a a"), assistant("b b"), user("c c"), usage=usage(6))
    assert billed(first, last, last)[1:] == [{"resent": 4, "task": 2}] * 2


def test_text_windows_of_repeated_samples_are_not_their_own_history():
    first = call(user(words(0, 40)), usage=usage(40))
    last = call(user(f"x {words(0, 40)} y"), usage=usage(42))
    assert billed(first, last, last)[1:] == [{"task": 2, "resent": 40}] * 2


def test_each_session_has_its_own_history():
    assert billed(call(user("a a"), session="s", usage=usage(2)), call(user("a a"), user("b"), usage=usage(3)))[1] == {
        "task": 3
    }


@pytest.mark.parametrize(
    "fields", [{"tag": "guard"}, {"kind": "embedding"}, {"status": 500, "answer": None, "usage": None}]
)
def test_a_tagged_failed_or_embedding_call_is_no_history(fields: dict[str, object]):
    first = call(user("a a"), **{"usage": usage(2), **fields})
    assert billed(first, call(user("a a"), user("b"), usage=usage(3)))[1] == {"task": 3}


def test_the_system_prompt_is_system_every_time():
    calls = [call(system(words(0, 40)), user(f"q{turn}"), usage=usage(41)) for turn in range(2)]
    assert billed(*calls) == [{"system": 40, "task": 1}] * 2


def test_a_layer_is_billed_in_full_in_every_call_that_carries_it():
    guard = Layer("tone", text=words(0, 40))
    calls = [call(user(f"{words(0, 40)} q{turn}"), usage=usage(41)) for turn in range(2)]
    assert billed(*calls, layers=[guard]) == [{"layer:tone": 40, "task": 1}] * 2


def test_a_second_copy_in_the_same_request_is_duplicate_also_of_a_layer_and_of_history():
    guard = Layer("tone", text=words(0, 40))
    doubled = call(system(words(0, 40)), user(words(0, 40)), usage=usage(80))
    assert billed(doubled, layers=[guard]) == [{"layer:tone": 40, "duplicate": 40}]


def test_text_of_fewer_than_32_tokens_is_no_duplicate():
    assert billed(call(user(words(0, 31)), user(words(0, 31)), usage=usage(62))) == [{"task": 62}]


def test_schemas_are_not_content():
    from pytest_altax.records import Tool

    tools = (Tool("a", words(0, 40)), Tool("b", words(0, 40)))
    assert billed(call(user("q"), tools=tools, usage=usage(81))) == [{"idle_tools": 80, "task": 1}]


def test_white_space_around_a_copy_is_no_part_of_it(tokens: Tokens):
    text = prose(tokens, 200)
    for joined in ("\n\n".join([text] * 3), f"First:\n\n{text}\n\nThen\n\n{text}\n\nand\n\n{text}\n\nBye"):
        (line,) = billed(call(user(joined), usage=usage(9_000)), counter=tokens)
        assert line["duplicate"] == 400


@pytest.mark.parametrize("copies", [2, 3])
@pytest.mark.parametrize("ending", ["", "."])
def test_copies_of_a_12345_token_text_are_exactly_that_many_duplicates(tokens: Tokens, copies: int, ending: str):
    text = prose(tokens, 12_345, ending)
    assert len(tokens.encode(text)) == 12_345
    apart = call(*[user(text)] * copies, usage=usage(90_000))
    joined = call(user("\n\n".join([text] * copies)), usage=usage(90_000))
    expected = 12_345 * (copies - 1)
    assert [line["duplicate"] for line in billed(apart, joined, counter=tokens)] == [expected, expected]


def test_a_copy_of_real_text_with_one_percent_edited_is_found_to_more_than_90_percent(tokens: Tokens):
    parts = prose(tokens, 6_000).split(" ")
    for place in random.Random(1).sample(range(len(parts)), len(tokens.encode(" ".join(parts))) // 100):
        parts[place] = "edited"
    edited = " ".join(parts)
    (line,) = billed(call(user(prose(tokens, 6_000)), user(edited), usage=usage(20_000)), counter=tokens)
    assert line["duplicate"] > 0.9 * len(tokens.encode(edited))


def test_a_message_of_several_parts_is_known_part_by_part():
    parts = Message("user", (Part(PartKind.TEXT, "a a"), Part(PartKind.TEXT, "b b b")))
    assert billed(call(user("a a"), usage=usage(2)), call(parts, usage=usage(5)))[1] == {"resent": 2, "task": 3}


def test_a_thousand_equal_calls_with_equal_answers_are_billed():
    same = [call(user("ping"), answer="pong", usage=usage(1)) for _ in range(1_100)]
    told = call(user("ping"), assistant("pong"), user("more"), usage=usage(3))
    assert billed(*same, told)[-2:] == [{"task": 1}, {"resent": 2, "task": 1}]


def test_the_windows_of_other_groups_are_found_after_each_call():
    first, second = user(words(0, 40)), user(words(100, 40))
    calls = [call(first, usage=usage(40)), call(second, usage=usage(40)), call(first, second, usage=usage(80))]
    assert billed(*calls, calls[2])[2:] == [{"resent": 80}] * 2
