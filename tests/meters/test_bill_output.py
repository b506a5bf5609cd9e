"""Where output stands."""

import dataclasses

import pytest
from meter_makers import Choice, ToolCall, WordCounter, call, reading, usage, user

from pytest_altax.meters.hedges import Hedges
from pytest_altax.records import Call, Usage


def output(one: Call, **fields: object) -> dict[str, int]:
    (bill,) = reading(one, **fields).bill
    return dict(bill.output)


def test_an_answer_and_what_is_left_of_the_reported_number():
    assert output(call(user("q"), answer="one two", usage=usage(1, 5))) == {"answer": 2, "output_framing": 3}


def test_tool_calls_are_their_names_and_arguments():
    asked = Choice(text="let me see", tool_calls=(ToolCall("search", "a b"),))
    assert output(call(user("q"), answer=None, choices=(asked,), usage=usage(1, 6))) == {"answer": 3, "tool_calls": 3}


def test_reasoning_is_what_was_reported():
    thought = Choice(text="one two", reasoning="a summary")
    one = call(user("q"), answer=None, choices=(thought,), usage=usage(1, 102, reasoning=100))
    assert output(one) == {"answer": 2, "reasoning": 100}


def test_reasoning_that_was_not_reported_apart_is_counted():
    thought = Choice(text="one two", reasoning="a long thought")
    assert output(call(user("q"), answer=None, choices=(thought,), usage=usage(1, 6))) == {
        "answer": 2, "reasoning": 3, "output_framing": 1,
    }  # fmt: skip


def test_all_output_of_a_refused_choice_is_refusal():
    assert output(call(user("q"), answer="no way", usage=usage(1, 50, reasoning=40))) == {"refusal": 50}


def test_a_refusal_on_a_harmful_test_is_an_answer():
    assert output(call(user("q"), answer="no way", usage=usage(1, 2)), harmful=True) == {"answer": 2}


def test_several_choices_share_the_reported_output_by_our_counts():
    choices = (Choice(0, "one two three"), Choice(1, "no"))
    assert output(call(user("q"), answer=None, choices=choices, usage=usage(1, 8))) == {
        "answer": 3, "output_framing": 3, "refusal": 2,
    }  # fmt: skip


def test_output_without_any_text_is_framing_unless_it_is_a_refusal():
    assert output(call(user("q"), answer=None, usage=usage(1, 7))) == {"output_framing": 7}
    assert output(call(user("q"), answer="", usage=usage(1, 7))) == {"refusal": 7}


class TwiceForClaude(WordCounter):
    """Claude has two tokens for each of ours."""

    def slope(self, model: str | None) -> float:
        return 2.0 if model and "claude" in model else 1.0


@pytest.mark.parametrize("spent", [usage(1, 9), None])
def test_recorded_output_does_not_move_when_the_model_asked_for_changes(spent: Usage | None):
    recorded = call(user("q"), answer="one two three", answered_by="gpt-4o-2024", usage=spent)
    live = dataclasses.replace(recorded, model="claude-opus-4", stale=("model changed",), was=recorded)
    assert output(live, counter=TwiceForClaude()) == output(recorded, counter=TwiceForClaude())


def test_a_disclaimer_inside_an_answer_is_a_hedge():
    text = "Take two a day. I am not a doctor, so please consult your physician. Drink water."
    assert output(call(user("q"), answer=text, usage=usage(1, 16))) == {"answer": 6, "hedge": 10}


def hedged(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in Hedges().spans(text)]


def test_hedges_are_found_in_several_languages():
    for text in (
        "As an AI language model, I have no taste. Try blue.",
        "Als KI-Sprachmodell habe ich keinen Geschmack. Nimm Blau.",
        "En tant qu’IA, je n'ai pas de goût. Essayez le bleu.",
        "Como modelo de lenguaje, no tengo gustos. Prueba el azul.",
        "In quanto intelligenza artificiale, non ho gusti. Prova il blu.",
        "Como uma IA, não tenho gostos. Tente azul.",
        "Als taalmodel heb ik geen smaak. Probeer blauw.",
        "Bir yapay zeka olarak zevkim yok. Mavi dene.",
        "Jako model językowy nie mam gustu. Wybierz niebieski.",
    ):
        assert hedged(text) == [text[: text.index(".") + 1]], text


def test_an_ordinary_answer_has_no_hedge():
    assert hedged("She works as an AI engineer and gives legal advice. A doctor can help.") == []
