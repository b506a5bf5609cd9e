import json
import pathlib
import re

import pytest

import pytest_altax
from pytest_altax.meters.detecting.languages import asked, available, phrases
from pytest_altax.text.phrases import Folded, rules_of

FOLDER = pathlib.Path(pytest_altax.__file__).parent / "data" / "refusals"
GROUPS = ("refusals", "incapable", "complying", "opening")


def table(language: str) -> dict[str, dict[str, str]]:
    return json.loads((FOLDER / f"{language}.json").read_text("utf-8"))


@pytest.mark.parametrize("language", available())
def test_every_rule_is_a_regular_expression_behind_literals_in_small_letters(language: str):
    tables = table(language)
    assert tables["refusals"]
    for group in GROUPS:
        for rule in rules_of(tables.get(group, {}), tables.get("words", {})):
            assert rule.literal
            assert rule.literal == rule.literal.lower()
            assert isinstance(rule.compiled, re.Pattern)


@pytest.mark.parametrize("language", available())
def test_no_rule_takes_long_over_letters_and_blanks(language: str):
    tables = table(language)
    for rule in rules_of(tables["refusals"], tables.get("words", {})):
        for filler in ("a", " ", "a ", "I ", "not ", ", ", "'"):
            rule.compiled.search(rule.literal + filler * 120)
            rule.compiled.search(filler * 60 + rule.literal + filler * 60)


def test_english_comes_first_and_more_than_twenty_languages_follow():
    assert available()[0] == "en"
    assert len(available()) > 20


def test_a_long_answer_is_asked_for_its_own_language_its_kin_and_english():
    portuguese = (
        "A encomenda saiu do nosso armazém na segunda-feira e deve chegar dentro de três dias úteis, não se preocupe."
    )
    assert {"en", "pt", "es"} <= set(asked(portuguese))
    assert "de" not in asked(portuguese)


def test_a_short_answer_is_asked_for_all_languages_of_its_script():
    assert {"en", "de", "fr", "tr"} <= set(asked("Nein."))
    assert "ja" not in asked("Nein.")
    assert "ja" in asked("いいえ")
    assert "de" not in asked("いいえ")


def test_plain_english_is_asked_for_english_alone():
    assert asked("The parcel left the warehouse on Monday and is on its way to the customer in Leeds.") == ("en",)


def test_the_rules_of_a_language_are_read_once():
    assert phrases("refusals", ("en",)) is phrases("refusals", ("en",))


def test_a_group_that_a_language_has_not_matches_nothing():
    assert list(phrases("no such group", ("en",)).spans(Folded.of("I cannot help with that."))) == []
