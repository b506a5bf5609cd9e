"""The phrases of each language as package data: readable, complete, and bounded in what they cost."""

import json
import re
import unicodedata
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.meters.detecting import DETECTORS

FILES = sorted(resources.files("pytest_altax").joinpath("data/refusals").iterdir(), key=lambda file: file.name)
TABLES = {file.name.removesuffix(".json"): json.loads(file.read_text("utf-8")) for file in FILES}
GROUPS = ("refusals", "incapable", "complying", "opening")
LITERALS = [literal for table in TABLES.values() for literals in table["refusals"] for literal in literals.split("|")]


def rules(language: str) -> list[tuple[str, str]]:
    return [rule for group in GROUPS for rule in TABLES[language].get(group, {}).items()]


def test_there_are_phrases_for_many_languages_with_what_is_no_refusal():
    assert len(TABLES) >= 40
    assert all(TABLES[language]["refusals"] and TABLES[language]["incapable"] for language in TABLES)


@pytest.mark.parametrize("language", TABLES)
def test_every_expression_compiles_with_the_words_it_names(language: str):
    words = TABLES[language]["words"]
    for _, pattern in rules(language):
        named = set(re.findall(r"<(\w+)>", pattern))
        assert named <= words.keys()
        re.compile(re.sub(r"<(\w+)>", lambda name: f"(?:{words[name[1]]})", pattern), re.IGNORECASE)


@pytest.mark.parametrize("language", TABLES)
def test_literals_are_small_letters_as_they_are_looked_for(language: str):
    literals = [literal for key, _ in rules(language) for literal in key.split("|")]
    assert all(literal and literal == literal.lower() for literal in literals)
    assert [literal for literal in literals if unicodedata.normalize("NFC", literal) != literal] == []


@pytest.mark.parametrize("language", TABLES)
def test_no_word_set_is_unused(language: str):
    patterns = " ".join(pattern for _, pattern in rules(language))
    assert [name for name in TABLES[language]["words"] if f"<{name}>" not in patterns] == []


@given(st.lists(st.sampled_from(LITERALS) | st.text(max_size=20), max_size=12))
def test_pieces_of_phrases_in_any_order_get_a_label_and_a_span_inside(pieces: list[str]):
    text = " ".join(pieces)
    label = DETECTORS["lexical"].label_text(text)
    assert label.span is None or 0 <= label.span[0] <= label.span[1] <= len(text)
