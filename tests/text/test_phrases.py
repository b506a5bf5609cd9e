from pytest_altax.text.phrases import Folded, Phrases, rules_of

TABLE = {"can't|cannot": r"\bI (?:can't|cannot) <do>", "won't": r"\bI won't <do>"}
REFUSALS = Phrases(rules_of(TABLE, {"do": "help|assist"}))


def matched(text: str, start: int = 0, end: int | None = None) -> list[str]:
    return [text[first:last] for first, last in REFUSALS.spans(Folded.of(text, start, end))]


def test_a_rule_matches_whatever_the_case_and_the_apostrophe():
    assert "I CAN’T HELP" in matched("I CAN’T HELP you")


def test_a_capital_that_becomes_two_letters_moves_nothing():
    assert "I can't help" in matched("İİİİ I can't help you")


def test_only_the_part_that_is_asked_for_is_read():
    text = "I can't help you. " + "x" * 100 + " I won't help you."
    assert matched(text, 50) == ["I won't help"]
    assert matched(text, 0, 20) == ["I can't help"]


def test_a_rule_matches_as_often_as_it_occurs():
    assert matched("I cannot help. I cannot assist.") == ["I cannot help", "I cannot assist"]


def test_a_text_without_any_literal_matches_nothing():
    assert matched("All is well.") == []


def test_a_rule_that_matches_nothing_at_all_ends():
    assert list(Phrases(rules_of({"a": "x*"}, {})).spans(Folded.of("aaa")))
