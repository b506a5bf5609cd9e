"""The start that a request has in common with an earlier one, and what of each line stands in it."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st
from meter_makers import WordCounter, assistant, call, reading, system, tool, usage, user, words

from pytest_altax.meters.pieces import Texts
from pytest_altax.meters.prefix import Prefixes
from pytest_altax.records import Call

FIRST = call(system("be kind"), user("one two"), answer="three", usage=usage(10))
SECOND = call(system("be kind"), user("one two"), assistant("three"), user("four"), usage=usage(14))


def shared(*calls: Call) -> list[int]:
    prefixes = Prefixes(Texts(WordCounter()))
    return [prefixes.add(one) for one in calls]


def test_a_call_that_adds_to_another_shares_all_of_it():
    assert shared(FIRST, SECOND) == [0, 4]


def test_the_start_of_a_changed_text_is_shared_to_the_word():
    assert shared(call(system("it is ten o'clock"), user("x")), call(system("it is nine o'clock"), user("x"))) == [0, 2]


def test_tools_come_before_the_system_prompt():
    with_tools = dataclasses.replace(FIRST, tools=(tool("a", "a b c"),))
    other = dataclasses.replace(FIRST, tools=(tool("b", "x y z"),))
    assert shared(with_tools, other, with_tools) == [0, 0, 7]


def test_another_model_has_a_cache_of_its_own():
    assert shared(FIRST, dataclasses.replace(SECOND, model="gpt-4o-mini")) == [0, 0]


def test_the_samples_of_one_prompt_share_it():
    assert shared(FIRST, FIRST, FIRST) == [0, 4, 4]


def test_of_resent_text_what_an_earlier_request_began_with_is_cacheable():
    _, second = reading(FIRST, SECOND).bill
    # The answer is resent, too, but stood in no request before.
    assert (second.input["resent"], second.cacheable["resent"]) == (3, 2)
    assert second.cacheable["system"] == 2


def test_behind_a_changed_system_prompt_nothing_is_cacheable():
    changed = dataclasses.replace(SECOND, messages=(system("be rude"), *SECOND.messages[1:]))
    _, second = reading(FIRST, changed).bill
    assert second.input["resent"] == 3
    assert second.cacheable == {"system": 1}


def test_of_duplicate_text_what_stands_in_the_common_start_is_cacheable():
    twice = call(user(words(0, 40)), user(words(0, 40)), usage=usage(80))
    again = dataclasses.replace(twice, messages=(*twice.messages, user("more")), usage=usage(81))
    _, second = reading(twice, again).bill
    assert (second.input["duplicate"], second.cacheable["duplicate"]) == (40, 40)


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), min_size=1, max_size=6), st.floats(0.5, 2))
def test_no_line_has_more_cacheable_tokens_than_tokens(talks, slope):
    calls = [call(*(user(word) for word in talk), usage=usage(len(talk) + 3)) for talk in talks]
    for one, bill in zip(calls, reading(*calls, counter=WordCounter(slope, 0.1)).bill, strict=True):
        assert sum(bill.input.values()) == one.usage.input
        assert all(0 < tokens <= bill.input[line] for line, tokens in bill.cacheable.items())
