from pytest_altax.text.phrases import Phrases

REFUSALS = Phrases("refusals.json", "refusals")


def matched(text: str, start: int = 0, end: int | None = None) -> list[str]:
    return [text[first:last] for first, last in REFUSALS.spans(text, start, end)]


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
