"""Declared alignment text, wherever and however it stands in a request."""

import re

import pytest
from meter_makers import Layer, call, reading, system, usage, user

from pytest_altax.meters.layers import layer_spans
from pytest_altax.records import Call

FILE = "Never give legal advice.\n\nAlways be polite to people.\nNo.\nRefer doubtful cases to a person.\n"


def billed(*calls: Call, layers: list[Layer]) -> list[dict[str, int]]:
    return [dict(bill.input) for bill in reading(*calls, layers=layers).bill]


def marked(text: str, layer: Layer) -> list[str]:
    return [text[start:end] for start, end in layer_spans(text, layer)]


def test_the_text_of_a_file_is_found_anywhere():
    assert marked(f"You help. {FILE.strip()} Bye.", Layer("g", text=FILE)) == [FILE.strip()]


def test_every_occurrence_is_found():
    assert len(marked(f"{FILE} and {FILE}", Layer("g", text=FILE))) == 2


def test_of_a_changed_file_the_unchanged_lines_are_found():
    changed = "You help.\nNever give legal advice.\n\nAlways be polite to dogs.\nRefer doubtful cases to a person."
    assert marked(changed, Layer("g", text=FILE)) == ["Never give legal advice.", "Refer doubtful cases to a person."]


def test_white_space_between_lines_of_a_layer_belongs_to_it():
    indented = "  Never give legal advice.\n\n    Always be polite to people.\nYes."
    assert marked(indented, Layer("g", text=FILE)) == [
        "Never give legal advice.\n\n    Always be polite to people.",
    ]


def test_a_line_that_says_too_little_is_not_looked_for():
    assert marked("No.", Layer("g", text=FILE)) == []


def test_short_lines_of_scripts_that_say_much_are_looked_for():
    assert marked("好的。请勿提供医疗建议 谢谢", Layer("g", text="请勿提供医疗建议\n另一行文字在此")) == [
        "请勿提供医疗建议"
    ]


def test_a_regular_expression_marks_its_matches():
    layer = Layer("g", pattern=re.compile("(?s)<policy>.*?</policy>"))
    assert marked("a <policy>b\nc</policy> d <policy>e</policy>", layer) == [
        "<policy>b\nc</policy>",
        "<policy>e</policy>",
    ]


def test_the_longest_text_that_the_file_had_is_found_first():
    layer = Layer("g", text="Be very polite.", versions=("Be polite.", "Be polite. Be brief."))
    assert marked("Be polite. Be brief. Go.", layer) == ["Be polite. Be brief."]
    assert marked("Be polite. Go.", layer) == ["Be polite."]
    assert marked("Be very polite. Go.", layer) == ["Be very polite."]


def test_the_lines_of_all_texts_that_the_file_had_are_found_alone():
    layer = Layer("g", text="Never give legal advice.\nBye.", versions=("Always be polite to people.\nHello.",))
    assert marked("Always be polite to people. So: Never give legal advice.", layer) == [
        "Always be polite to people.",
        "Never give legal advice.",
    ]


def test_an_empty_match_marks_nothing():
    assert marked("abc", Layer("g", pattern=re.compile("x*"))) == []


def test_an_empty_file_marks_nothing():
    assert marked("abc", Layer("g", text=" \n")) == []


def test_a_token_belongs_to_the_layer_when_its_first_character_does():
    layer = Layer("g", pattern=re.compile("two three"))
    assert billed(call(system("one two three four"), usage=usage(4)), layers=[layer]) == [
        {"layer:g": 1, "system": 3},
    ]


def test_the_layer_declared_first_comes_out_on_top():
    layers = [Layer("a", pattern=re.compile("two")), Layer("b", pattern=re.compile("(?<=one) two three"))]
    assert billed(call(system("one two three"), usage=usage(3)), layers=layers) == [{"system": 1, "layer:b": 2}]
    layers = [Layer("a", pattern=re.compile(" two")), Layer("b", pattern=re.compile(" two three"))]
    assert billed(call(system("one two three"), usage=usage(3)), layers=layers) == [
        {"system": 1, "layer:a": 1, "layer:b": 1}
    ]


@pytest.mark.parametrize("name", ["openai.moderations", "moderations"])
def test_a_call_to_the_endpoint_of_a_layer_stands_on_it(name: str):
    screened = Call("openai", "moderations", kind="moderation", messages=(user("a b"),), status=200)
    assert billed(screened, layers=[Layer("moderation", endpoint=name)]) == [{"moderation": 2}]
    assert billed(screened, layers=[Layer("screen", endpoint=name)]) == [{"layer:screen": 2}]


def test_a_layer_by_tag_alone_is_one_that_nothing_else_finds():
    assert Layer("judge").by_tag_alone
    assert not Layer("judge", endpoint="chat").by_tag_alone
