"""Requests that have changed since their answer was recorded."""

import dataclasses

import pytest
from meter_makers import Layer, Message, Part, PartKind, WordCounter, call, reading, system, usage, user, words

from pytest_altax.meters.totals import own_count
from pytest_altax.records import Call, Tool
from pytest_altax.text.tokens import Tokens


def stale(live: Call, recorded: Call) -> Call:
    return dataclasses.replace(live, usage=recorded.usage, stale=("system prompt changed",), was=recorded)


RECORDED = call(system(words(0, 10)), user("q"), answer="fine answer", usage=usage(20, 5, cached=8))
LIVE = stale(call(system(words(0, 310)), user("q"), answer="fine answer"), RECORDED)


def test_a_longer_prompt_adds_its_tokens_to_the_recorded_number_exactly():
    (bill,) = reading(LIVE).bill
    assert (sum(bill.input.values()), bill.basis, bill.error) == (320, "exact", 0)
    assert bill.input == {"system": 310, "task": 1, "framing": 9}


def test_the_recorded_output_is_carried():
    (bill,) = reading(LIVE).bill
    assert (bill.carried, bill.output) == (True, {"answer": 2, "output_framing": 3})


def test_what_was_cached_is_not_carried():
    (bill,) = reading(LIVE).bill
    assert bill.cached == {}


def test_an_inexact_tokenizer_anchors_and_tells_its_error():
    (bill,) = reading(LIVE, counter=WordCounter(1.2, 0.1)).bill
    assert (sum(bill.input.values()), bill.basis, bill.error) == (20 + 360, "anchored", pytest.approx(36))


def test_the_bill_of_another_tokenizer_is_no_anchor():
    billed = dataclasses.replace(RECORDED, model="claude-3-5-haiku", usage=usage(900, 5))
    (bill,) = reading(stale(LIVE, billed)).bill
    assert (sum(bill.input.values()), bill.basis, bill.error) == (311 + 11, "exact", 0)
    (bill,) = reading(stale(LIVE, billed), counter=WordCounter(1, 0.1)).bill
    assert (sum(bill.input.values()), bill.basis, bill.error) == (322, "estimated", pytest.approx(32.2))


@pytest.mark.parametrize(("model", "tokens"), [("gpt-4o-mini", 320), ("some-model", 322)])
def test_only_models_of_one_tokenizer_anchor_each_other(model: str, tokens: int):
    (bill,) = reading(stale(dataclasses.replace(LIVE, model=model), RECORDED)).bill
    assert sum(bill.input.values()) == tokens


def test_the_error_is_of_what_was_removed_and_added_not_of_the_net_change():
    recorded = call(system(words(0, 100)), user("q"), usage=usage(120))
    counter = WordCounter(1, 0.1)
    for text, moved in ((words(500, 100), 200), (f"{words(0, 100)} {words(500, 9)}", 9), (words(1, 99), 1)):
        (bill,) = reading(stale(call(system(text), user("q")), recorded), counter=counter).bill
        assert (bill.basis, bill.error) == ("anchored", pytest.approx(0.1 * moved))


IMAGE = Part(PartKind.MEDIA, name="image", id="1")


@pytest.mark.parametrize("fields", [
    {"messages": (Message("user", (IMAGE, Part(PartKind.TEXT, "q"))),)},
    {"tools": (Tool("web_search", ""),)},
    {"mcp_servers": ("docs",)},
    {"previous_response_id": "r"},
])  # fmt: skip
def test_what_no_text_tells_is_not_exact_once_it_changes(fields: dict[str, object]):
    plain, other = call(user("q")), dataclasses.replace(call(user("q")), **fields)  # type: ignore[arg-type]
    for before, now in ((plain, other), (other, plain)):
        recorded = dataclasses.replace(before, usage=usage(90))
        (bill,) = reading(stale(now, recorded)).bill
        left = 90 - own_count(recorded, WordCounter())
        assert (bill.basis, bill.error) == ("anchored", left)
    (bill,) = reading(stale(other, dataclasses.replace(other, usage=usage(90)))).bill
    assert (bill.basis, bill.error) == ("exact", 0)


def test_a_count_for_another_model_is_not_exact_where_no_text_tells_all():
    old = call(user("q"), model="claude-3-5-haiku", mcp_servers=("docs",), usage=usage(90))
    (bill,) = reading(stale(call(user("q"), mcp_servers=("docs",)), old)).bill
    assert (bill.basis, bill.error) == ("estimated", 90 - own_count(old, WordCounter()))


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": (Tool("mail", "a b c"),)},
        {"settings": {"text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}}}}},
    ],
)
def test_a_count_for_another_model_is_not_exact_where_it_has_tools_or_a_schema(fields: dict[str, object]):
    old = dataclasses.replace(call(user("q"), model="claude-3-5-haiku", usage=usage(900)), **fields)  # type: ignore[arg-type]
    (bill,) = reading(stale(dataclasses.replace(old, model="gpt-4o", usage=None), old)).bill
    assert (bill.basis, bill.error) == ("estimated", 900 - own_count(old, WordCounter()))


def test_without_recorded_usage_the_number_is_estimated():
    recorded = dataclasses.replace(RECORDED, usage=None)
    (bill,) = reading(stale(LIVE, recorded)).bill
    assert (sum(bill.input.values()), bill.basis, bill.carried) == (311 + 11, "estimated", True)


def test_a_much_shorter_prompt_never_makes_a_negative_bill():
    recorded = call(system(words(0, 310)), user("q"), usage=usage(20, 5))
    (bill,) = reading(stale(call(user("q")), recorded)).bill
    assert sum(bill.input.values()) == 0


def test_the_test_as_recorded_has_the_recorded_bill():
    before = reading(dataclasses.replace(LIVE, session="s", tag=None)).as_recorded()
    (bill,) = before.bill
    assert (sum(bill.input.values()), bill.cached, bill.carried) == (20, {"system": 8}, False)
    assert before.calls[0].session == "s"


def test_a_guardrail_that_grew_is_billed_now_and_as_recorded():
    live, recorded = (
        "\n".join(words(n, 10) for n in range(0, 400, 10)),
        "\n".join(words(n, 10) for n in range(0, 100, 10)),
    )
    old = call(system(recorded), user("q"), usage=usage(110))
    new = stale(call(system(live), user("q")), old)
    one = reading(new, layers=[Layer("guardrail", text=live)])
    assert one.bill[0].input["layer:guardrail"] == 400
    assert one.as_recorded().bill[0].input["layer:guardrail"] == 100


def test_the_real_vocabulary_of_the_model_is_exact(tokens: Tokens):
    (bill,) = reading(LIVE, counter=tokens).bill
    added = tokens.count(words(0, 310), "gpt-4o") - tokens.count(words(0, 10), "gpt-4o")
    assert (sum(bill.input.values()), bill.basis) == (20 + added, "exact")


def test_a_call_that_plays_its_own_recording_is_as_reported():
    (bill,) = reading(RECORDED).bill
    assert (bill.basis, bill.carried, sum(bill.input.values())) == ("reported", False, 20)
