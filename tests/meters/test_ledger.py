import dataclasses

import pytest
from meter_makers import Layer, WordCounter, asks_for, assistant, call, reading, system, usage, user, words

from pytest_altax.gate.estimate import pool
from pytest_altax.measurements import Measurement, Sample
from pytest_altax.meters.ledger import Ledger
from pytest_altax.meters.lines import LINES
from pytest_altax.records import Call


def measured(*calls: Call, **fields: object) -> dict[str, Measurement]:
    return {one.metric: one for one in Ledger().measure(reading(*calls, **fields))}


def values(found: dict[str, Measurement]) -> dict[str, float]:
    return {name: one.samples[0].numerator for name, one in found.items() if one.samples}


GUARDED = call(system(f"{words(0, 40)} help"), user("a b"), answer="c d e", usage=usage(50, 4))
GUARD = Layer("tone", text=words(0, 40))


def test_each_line_is_a_metric_and_a_share_of_all_tokens():
    found = measured(GUARDED, layers=[GUARD])
    assert found["layer_tokens"].samples == (Sample(40),)
    assert found["layer_ratio"].samples == (Sample(40, 54),)
    assert {name: value for name, value in values(found).items() if value and name.endswith("_tokens")} == {
        "system_tokens": 1, "layer_tokens": 40, "task_tokens": 2, "framing_tokens": 7, "answer_tokens": 3,
        "output_framing_tokens": 1, "tax_tokens": 40, "input_tokens": 50, "output_tokens": 4, "total_tokens": 54,
    }  # fmt: skip


def test_the_lines_sum_to_all_tokens():
    found = values(measured(GUARDED, call(user("q"), tag="guard", usage=usage(9, 2)), layers=[GUARD]))
    assert sum(found[f"{line}_tokens"] for line in LINES) == found["total_tokens"] == 65


def test_each_declared_layer_is_a_metric():
    screened = call(user("q"), tag="screening", usage=usage(9, 2))
    found = values({one.metric: one for one in Ledger(["tone", "screening", "absent", "guard"]).measure(
        reading(GUARDED, screened, layers=[GUARD])
    )})  # fmt: skip
    assert (found["layer:tone"], found["layer:screening"], found["layer:absent"]) == (40, 11, 0)
    assert found["layer_tokens"] == 51
    assert "layer:guard" not in found


def test_layers_are_summed_in_one_metric():
    screened = call(user("q"), tag="pii", usage=usage(9, 1))
    assert values(measured(GUARDED, screened, layers=[GUARD]))["layer_tokens"] == 50


def test_a_line_without_tokens_is_0_and_measured():
    assert measured(GUARDED)["moderation_tokens"] == Measurement("moderation_tokens", (Sample(0),))


def test_the_task_share_is_task_and_answer():
    assert measured(GUARDED)["task_share"].samples == (Sample(5, 54),)


def test_a_line_can_be_moved_into_the_tax_or_out_of_it():
    assert values(measured(GUARDED, layers=[GUARD], tax_lines={"system": True}))["tax_tokens"] == 41
    assert values(measured(GUARDED, layers=[GUARD], tax_lines={"layer": False}))["tax_tokens"] == 0


def test_calls_and_cached_tokens_are_counted():
    found = values(measured(GUARDED, call(user("z"), usage=usage(9, 1, cached=4))))
    assert (found["calls"], found["cached_tokens"]) == (2, 4)


def test_a_test_without_calls_is_quiet():
    assert measured() == {}


FAILED = call(user("q"), answer=None, status=500, error="x")


@pytest.mark.parametrize("unbilled", [FAILED, call(user("q"), answer=None, kind="count")])
def test_shares_of_nothing_are_0_of_0_and_take_nothing_from_a_run(unbilled: Call):
    found = measured(unbilled)
    assert found["tax_ratio"] == Measurement("tax_ratio", (Sample(0, 0),))
    assert found["tax_tokens"].samples == (Sample(0),)


def test_a_share_of_nothing_is_not_measured_alone_but_sums_away_in_a_run():
    (metric,) = (one for one in Ledger.metrics if one.name == "layer_ratio")
    alone, other = measured(FAILED)["layer_ratio"], measured(GUARDED, layers=[GUARD])["layer_ratio"]
    assert pool(metric, [("a", alone)]).value is None
    assert pool(metric, [("a", alone), ("b", other)]).value == 40 / 54


def test_a_call_that_was_not_understood_is_named():
    unread = Call("unknown", "other", kind="other")
    assert measured(GUARDED, unread)["tax_tokens"].skipped == {"not understood": 1}


def stale(slope: float) -> dict[str, Measurement]:
    live = dataclasses.replace(GUARDED, messages=(system(words(0, 40)), user("a")), stale=("changed",), was=GUARDED)
    return measured(live, layers=[GUARD], counter=WordCounter(slope, 0.5 if slope != 1 else 0))


def test_changed_requests_are_exact_or_anchored_with_their_error():
    assert (stale(1)["input_tokens"].basis, stale(1)["input_tokens"].error) == ("exact", 0)
    found = stale(1.5)
    # Two words were removed; each is 1.5 tokens.
    assert (found["input_tokens"].basis, found["input_tokens"].error) == ("anchored", pytest.approx(0.5 * 1.5 * 2))
    assert (found["output_tokens"].basis, found["output_tokens"].error) == ("reported", 0)


def test_no_more_of_a_line_can_be_wrong_than_there_is():
    assert stale(1.5)["moderation_tokens"].error == 0
    assert stale(1.5)["task_tokens"].error <= 2


def test_what_was_cached_for_another_request_is_not_measured():
    assert stale(1)["cached_tokens"].skipped == {"stale": 1}


def schema_share(turns: int) -> float:
    """The share of schemas in all input: 4,000 tokens of them, 500 of system prompt, 100 a question, 300 an answer."""
    from pytest_altax.records import Tool

    tools, history, calls = (Tool("t", words(10**6, 4_000)),), [], []
    for turn in range(turns):
        history.append(user(words(turn * 1_000, 100)))
        answer = words(turn * 1_000 + 500, 300)
        given = 4_500 + sum(len(one.text.split()) for one in history)
        calls.append(call(system(words(2 * 10**6, 500)), *history, tools=tools, answer=answer, usage=usage(given, 300)))
        history.append(assistant(answer))
    found = values(measured(*calls))
    assert found["resent_tokens"] == 400 * turns * (turns - 1) / 2
    return found["idle_tools_tokens"] / found["input_tokens"]


def test_the_share_of_schemas_is_that_of_the_oracle():
    shares = [schema_share(turns) for turns in (1, 10, 30)]
    assert shares == [pytest.approx(expected, abs=5e-4) for expected in (0.8696, 0.625, 0.3846)]


def test_every_metric_that_is_declared_is_measured():
    assert {metric.name for metric in Ledger.metrics} == set(measured(GUARDED, call(asks_for("t"), usage=usage(2))))
