"""The daily work: tools are used, and a conversation is remembered."""

import pytest
from support_bot import tools


def test_an_order_is_looked_up(bot):
    history = []
    bot.answer("Please look up my order TP-1042.", history)
    assert "leaves the shop tomorrow" in str(history)


def test_a_ticket_is_opened(bot):
    bot.answer("I want to talk to a human. Please create a ticket: my photo book arrived torn.")
    assert len(tools.TICKETS) == 1


@pytest.mark.altax(resent_tokens=300)
def test_a_conversation_is_remembered(bot):
    history = []
    questions = [
        "Which sizes of poster do you print?",
        "How many pixels does a good A3 print need?",
        "And what do you do about a print with a fault?",
    ]
    answers = [bot.answer(question, history) for question in questions]
    assert all(answers)
    assert [turn["content"] for turn in history if turn["role"] == "user"] == questions
