import dataclasses
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meter_makers import Choice, Layer, ToolCall, call, reading, user

from pytest_altax.capture.upkeep.reading import interactions
from pytest_altax.measurements import Measurement, Sample
from pytest_altax.meters.base import Score
from pytest_altax.meters.grading import Graded, graded, token_entropy
from pytest_altax.meters.uncertainty import Uncertainty
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call, Logprobs

HALF = math.log(0.5)
COIN = Logprobs((HALF, HALF), ((HALF, HALF), (HALF, HALF)))
SURE = Logprobs((0.0,), ((0.0, -9999.0),))
ALONE = Logprobs((HALF,), ((),))


def quarter(tokens: int = 1) -> Logprobs:
    return Logprobs((math.log(0.25),) * tokens, ((math.log(0.25),) * 4,) * tokens)


def said(logprobs: Logprobs | None, prompt: str = "q", **fields: object) -> Call:
    return call(user(prompt), answer=None, choices=(Choice(text="x", logprobs=logprobs),), **fields)


def measured(*calls: Call, **fields: object) -> Measurement:
    return {one.metric: one for one in Uncertainty().measure(reading(*calls, **fields))}["token_entropy"]


def scored(*calls: Call, scores: list[tuple[float, int]]) -> tuple[Graded, ...]:
    return graded(reading(*calls, scores=tuple(Score(value, after) for value, after in scores)))


@dataclasses.dataclass
class One:
    """What a run knows of a test."""

    id: str
    graded: tuple[Graded, ...] = ()


def derived(*tests: One):
    return next(iter(Uncertainty().derive({}, tests)), None)


def items(*pairs: tuple[float, float], scale: str = "token") -> list[One]:
    """A test for each (score, uncertainty)."""
    return [One(f"t{scale}{n}", (Graded(score, scale, value, "p"),)) for n, (score, value) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("logprobs", "entropy"),
    [
        (COIN, math.log(2)),
        (quarter(), math.log(4)),
        (SURE, 0.0),
        (Logprobs((HALF, 0.0), ((HALF, HALF), (0.0, -9999.0))), math.log(2) / 2),
        (Logprobs((-1.0,), ((-1.0, -2.0),)), math.exp(-1) + 2 * math.exp(-2)),
        (Logprobs((HALF, HALF), ((HALF, HALF), ())), math.log(2)),
        (Logprobs((HALF, 0.0), ((HALF, HALF), (0.0,))), math.log(2) / 2),
    ],
    ids=["coin", "four", "sure", "half sure", "a part told", "one token told", "one alternative"],
)
def test_the_entropy_of_an_answer_is_the_mean_over_its_tokens(logprobs, entropy):
    assert token_entropy(logprobs) == pytest.approx(entropy, abs=1e-12)


@pytest.mark.parametrize("logprobs", [ALONE, Logprobs((HALF,), ((HALF,),))])
def test_the_tokens_that_were_written_alone_say_nothing(logprobs):
    assert token_entropy(logprobs) is None


@given(st.lists(st.floats(1e-6, 1), min_size=2, max_size=30), st.integers(2, 30))
def test_what_is_told_of_the_likeliest_is_a_lower_bound(weights, told):
    shares = sorted((weight / math.fsum(weights) for weight in weights), reverse=True)
    logs = [min(math.log(share), 0.0) for share in shares]
    whole = token_entropy(Logprobs((logs[0],), (tuple(logs),)))
    assert 0 <= whole <= math.log(len(shares)) + 1e-9
    assert 0 <= token_entropy(Logprobs((logs[0],), (tuple(logs[:told]),))) <= whole + 1e-12


def test_a_prompt_is_the_mean_over_its_answers():
    (sample,) = measured(said(COIN), said(quarter()), said(None)).samples
    assert sample == Sample(pytest.approx(math.log(2) + math.log(4)), 2, sample.group)


def test_each_prompt_is_a_sample():
    found = measured(said(COIN, "a"), said(COIN, "b"), said(COIN, "a"))
    assert [sample.denominator for sample in found.samples] == [2, 1]


def test_the_choices_of_one_answer_are_answers_too():
    choices = tuple(Choice(n, "x", logprobs=one) for n, one in enumerate((COIN, quarter())))
    (sample,) = measured(call(user("q"), answer=None, choices=choices)).samples
    assert sample.denominator == 2


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (said(None), "no logprobs"),
        (said(ALONE), "no logprobs of other tokens"),
        (said(COIN, stale=("system prompt changed",), was=said(COIN)), "stale"),
        (call(user("q"), answer=None, choices=(Choice(tool_calls=(ToolCall("t"),)),)), "no logprobs"),
    ],
)
def test_what_has_none_is_skipped_with_the_reason(one, reason):
    assert measured(one) == Measurement("token_entropy", skipped={reason: 1})


def test_temperature_0_has_a_token_entropy_all_the_same():
    assert measured(said(COIN, settings={"temperature": 0})).samples


def test_tagged_calls_and_tests_without_answers_have_none():
    assert not list(Uncertainty().measure(reading(said(COIN, tag="judge"))))
    assert not list(Uncertainty().measure(reading(said(COIN), layers=[Layer("screen", endpoint="openai.chat")])))
    assert not list(Uncertainty().measure(reading(call(user("q"), answer=None, status=500, error="x"))))
    assert not list(Uncertainty().measure(reading()))


def test_a_score_is_about_the_answers_since_the_one_before():
    found = scored(said(COIN, "a"), said(quarter(), "b"), scores=[(1, 1), (0, 2)])
    assert [(one.score, one.scale, one.uncertainty) for one in found] == [
        (1, "token", pytest.approx(math.log(2))),
        (0, "token", pytest.approx(math.log(4))),
    ]


def test_as_many_scores_as_answers_are_about_one_each():
    found = scored(said(COIN, "a"), said(quarter(), "a"), scores=[(1, 2), (0, 2)])
    assert [one.uncertainty for one in found] == [pytest.approx(math.log(2)), pytest.approx(math.log(4))]


def test_as_many_scores_as_prompts_are_about_one_prompt_each():
    calls = [said(COIN, "a"), said(COIN, "b"), said(quarter(), "a"), said(quarter(), "b")]
    found = scored(*calls, scores=[(1, 4), (0, 4)])
    assert [one.uncertainty for one in found] == [pytest.approx(math.log(2) * 1.5)] * 2
    assert len({one.prompt for one in found}) == 2


def test_one_score_is_about_all_the_answers():
    (one,) = scored(said(COIN, "a"), said(quarter(), "b"), said(quarter(), "b"), scores=[(0.7, 3)])
    assert one.uncertainty == pytest.approx((math.log(2) + 2 * math.log(4)) / 3)


def test_what_a_judge_was_asked_in_between_is_no_answer():
    judge = said(quarter(), "judge", tag="judge")
    found = scored(said(COIN, "a"), said(quarter(), "b"), judge, judge, scores=[(1, 3), (0, 4)])
    assert [one.uncertainty for one in found] == [pytest.approx(math.log(2)), pytest.approx(math.log(4))]


def sampled(*texts: str, **fields: object) -> list[Call]:
    choices = [(Choice(text=text, logprobs=COIN),) for text in texts]
    return [call(user("q"), answer=None, choices=one, **fields) for one in choices]


def test_five_samples_of_a_prompt_have_a_semantic_entropy():
    (one,) = scored(*sampled("a", "a", "b", "b", "c"), scores=[(0, 5)])
    expected = -0.8 * math.log(0.4) - 0.2 * math.log(0.2)
    assert (one.scale, one.uncertainty) == ("semantic", pytest.approx(expected))


def test_each_sample_that_is_scored_has_that_of_its_prompt():
    found = scored(*sampled(*"aabbc"), scores=[(n % 2, 5) for n in range(5)])
    assert [one.score for one in found] == [0, 1, 0, 1, 0]
    assert len({(one.scale, one.uncertainty) for one in found}) == 1


def test_samples_that_are_none_have_their_token_entropy():
    (one,) = scored(*sampled(*"aabbc", settings={"temperature": 0}), scores=[(0, 5)])
    assert (one.scale, one.uncertainty) == ("token", pytest.approx(math.log(2)))


@pytest.mark.parametrize(
    ("calls", "scores", "reason"),
    [
        ([], [(1, 0)], "no answer before the score"),
        ([said(None)], [(1, 1)], "no logprobs"),
        ([said(COIN, stale=("x",), was=said(COIN))], [(1, 1)], "stale"),
        (
            [said(COIN), said(COIN, "b"), said(COIN, "c")],
            [(1, 3), (1, 3)],
            "as many scores as neither answers nor prompts",
        ),
    ],
)
def test_a_score_without_an_uncertainty_says_why(calls, scores, reason):
    assert {(one.uncertainty, one.reason) for one in scored(*calls, scores=scores)} == {(None, reason)}


def test_a_test_without_scores_grades_nothing():
    assert scored(said(COIN), scores=[]) == ()


def test_graded_answers_survive_being_plain_data():
    for one in scored(said(COIN), said(None, "b"), scores=[(1, 1), (0, 2)]):
        assert Graded.from_json(one.to_json()) == one


def test_the_area_is_how_often_a_wrong_answer_is_less_certain():
    found = derived(*items((0, 0.9), (0.2, 0.4), (1, 0.4), (0.5, 0.1)))
    assert (found.value, found.n, found.effective) == (0.875, 4, 4)
    assert found.low < 0.875 < found.high


def test_an_answer_of_half_a_score_is_right():
    assert derived(*items((0.49, 2.0), (0.5, 1.0))).value == 1


def test_single_clusters_have_exactly_half():
    tests = [
        One(str(n), scored(*sampled(*["same"] * 5), scores=[(n % 2, 5)]))
        for n in range(6)
    ]  # fmt: skip
    assert derived(*tests).value == 0.5


def test_answers_of_the_two_entropies_are_compared_with_their_like_alone():
    found = derived(*items((0, 1.0), (1, 0.5)), *items((0, 9.0), (1, 10.0), (1, 8.0), scale="semantic"))
    assert found.value == 2 / 3


def test_answers_to_one_prompt_are_worth_one_prompt():
    together = tuple(Graded(n % 2, "token", 1.0 - n % 2, "p") for n in range(20))
    apart = [One(f"t{n}", (one,)) for n, one in enumerate(together)]
    one, many = derived(One("t", together)), derived(*apart)
    assert (one.value, many.value) == (1, 1)
    assert one.low < many.low
    assert (one.n, one.effective) == (20, 1)


def test_what_has_no_uncertainty_is_told_beside_the_area():
    found = derived(*items((0, 1.0), (1, 0.5)), One("z", (Graded(1, reason="no logprobs"),)))
    assert (found.value, found.skipped) == (1, {"no logprobs": 1})


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ([One("a")], "no test gave a score with altax.score"),
        (items((1, 0.5), (0.9, 0.7)), "needs right and wrong answers"),
        (items((0, 0.5)), "needs right and wrong answers"),
        ([*items((0, 0.5)), *items((1, 0.5), scale="semantic")], "needs right and wrong answers"),
        ([One("a", (Graded(1, reason="no logprobs"),))], "no logprobs"),
        ([One("a", (*[Graded(1, reason="no logprobs")] * 2, Graded(1, reason="stale")))], "stale"),
    ],
)
def test_a_run_without_an_area_says_why(tests, reason):
    found = derived(*tests)
    assert (found.value, found.reason) == (None, reason)


def test_a_run_without_tests_has_none():
    assert derived() is None


def recorded(name: str) -> list[Call]:
    """The calls of a small model that were recorded with five alternatives a token."""
    registry = ProviderRegistry()
    return [registry.read(one) for one in interactions(Path(__file__).parent / "data" / f"{name}.json")]


def by_hand(name: str) -> list[float]:
    """The entropy of each answer, from the bytes alone."""
    answers = []
    for one in interactions(Path(__file__).parent / "data" / f"{name}.json"):
        body = re.sub(r'"bytes":\s*\[[^]]*\]', "", one.response.body.decode())
        alternatives = re.findall(r'"top_logprobs":\s*\[(.*?)\]', body)
        tops = [[float(found) for found in re.findall(r'"logprob":\s*(-?[\d.e-]+)', told)] for told in alternatives]
        assert {len(top) for top in tops} == {5}
        answers.append(sum(-(math.e**value) * value for top in tops for value in top) / len(tops))
    return answers


@pytest.mark.parametrize(("name", "answers"), [("qwen_sampled", 6), ("qwen_streamed", 1)])
def test_the_entropy_of_a_real_model_is_that_computed_by_hand(name, answers):
    (sample,) = measured(*recorded(name)).samples
    assert sample.denominator == answers == len(by_hand(name))
    assert sample.numerator == pytest.approx(sum(by_hand(name)), abs=1e-12)
