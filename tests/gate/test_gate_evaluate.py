import math
import random

import pytest
from gate_metrics import CLUSTERS, COST, MEAN, METRICS, RATE, outcomes, part
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.gate.budget import Limit, Policy
from pytest_altax.gate.estimate import pool
from pytest_altax.gate.evaluate import evaluate
from pytest_altax.measurements import Estimate, Status, Verdict

PASS, FAIL, INCONCLUSIVE, NOT_MEASURED = Status.PASS, Status.FAIL, Status.INCONCLUSIVE, Status.NOT_MEASURED


DEFAULT = Policy()


def judge(limit, estimate, policy=DEFAULT, **options):
    """The one verdict of one limit."""
    (verdict,) = evaluate([limit], {estimate.metric: estimate}, METRICS, policy, **options)
    return verdict


def rate(*groups):
    return pool(RATE, outcomes(RATE, *groups))


def mean(*values, metric=MEAN):
    return pool(metric, [(f"test_{number}", part(metric, (value,))) for number, value in enumerate(values)])


@pytest.mark.parametrize(("value", "status"), [(899, PASS), (900, PASS), (901, FAIL)])
def test_totals_are_compared_exactly(value, status):
    verdict = judge(Limit("tax_tokens", "max", 900), Estimate("tax_tokens", value))
    assert (verdict.status, verdict.fails, verdict.p) == (status, status is FAIL, None)


@pytest.mark.parametrize(("value", "status"), [(899, FAIL), (900, PASS), (901, PASS)])
def test_a_min_limits_the_other_side(value, status):
    assert judge(Limit("tax_tokens", "min", 900), Estimate("tax_tokens", value)).status is status


def test_dollars_that_differ_by_rounding_alone_are_equal():
    estimate = pool(COST, [("a", part(COST, (0.1,), (0.1,), (0.1,)))])
    assert judge(Limit("cost_usd", "max", 0.3), estimate).status is PASS


@pytest.mark.parametrize(("value", "status"), [(889, PASS), (890, INCONCLUSIVE), (910, INCONCLUSIVE), (911, FAIL)])
def test_a_limit_within_the_expected_error_is_inconclusive(value, status):
    estimate = Estimate("tax_tokens", value, error=10)
    assert judge(Limit("tax_tokens", "max", 900), estimate).status is status


@pytest.mark.parametrize(("refused", "status"), [(0, PASS), (1, FAIL)])
def test_a_limit_of_zero_compares_counts(refused, status):
    verdict = judge(Limit("refusal_rate", "max", 0), rate((refused, 3)))
    assert (verdict.status, verdict.p) == (status, None)


@pytest.mark.parametrize(("refused", "status"), [(3, PASS), (2, FAIL)])
def test_a_limit_of_one_compares_counts(refused, status):
    assert judge(Limit("refusal_rate", "min", 1), rate((refused, 3))).status is status


@pytest.mark.parametrize(
    ("refused", "status"), [(0, PASS), (2, PASS), (5, INCONCLUSIVE), (10, INCONCLUSIVE), (15, INCONCLUSIVE), (16, FAIL)]
)
def test_a_rate_fails_or_passes_only_where_its_whole_interval_lies_on_one_side(refused, status):
    verdict = judge(Limit("refusal_rate", "max", 0.1), rate((refused, 100)))
    assert verdict.status is status


@pytest.mark.parametrize(
    ("refused", "status"),
    [(100, PASS), (98, PASS), (95, INCONCLUSIVE), (90, INCONCLUSIVE), (85, INCONCLUSIVE), (84, FAIL)],
)
def test_a_lower_limit_of_a_rate_is_the_mirror_of_an_upper_one(refused, status):
    verdict = judge(Limit("refusal_rate", "min", 0.9), rate((refused, 100)))
    mirror = judge(Limit("refusal_rate", "max", 0.1), rate((100 - refused, 100)))
    assert verdict.status is status
    assert (verdict.p, verdict.needed) == (pytest.approx(mirror.p), mirror.needed)


def test_samples_of_few_prompts_prove_less():
    limit = Limit("refusal_rate", "max", 0.1)
    assert judge(limit, rate(*[(1, 5)] * 30)).status is FAIL
    assert judge(limit, rate(*[(5, 5)] * 6, *[(0, 5)] * 24)).status is INCONCLUSIVE


def test_an_inconclusive_rate_says_how_many_more_samples_would_decide():
    limit, seen = Limit("refusal_rate", "max", 0.02), rate((0, 30))
    needed = judge(limit, seen).needed
    assert needed == 119
    assert judge(limit, rate((0, 30 + needed))).status is PASS
    assert judge(limit, rate((0, 29 + needed))).status is INCONCLUSIVE


def test_a_rate_at_its_limit_cannot_be_decided_by_more_of_the_same():
    verdict = judge(Limit("refusal_rate", "max", 0.1), rate((1, 10)))
    assert (verdict.status, verdict.needed) == (INCONCLUSIVE, None)


def test_means_are_tested_over_prompts():
    limit = Limit("distinct_2", "min", 0.5)
    assert judge(limit, mean(0.2, 0.25, 0.3, 0.2, 0.25)).status is FAIL
    assert judge(limit, mean(0.8, 0.85, 0.7, 0.8, 0.85)).status is PASS
    assert judge(limit, mean(0.2, 0.9, 0.3, 0.7, 0.25)).status is INCONCLUSIVE


def test_one_prompt_proves_nothing_about_a_mean():
    verdict = judge(Limit("distinct_2", "min", 0.5), mean(0.1))
    assert (verdict.status, verdict.needed) == (INCONCLUSIVE, None)


@pytest.mark.parametrize(
    ("bound", "value", "status"),
    [("min", 0.4, FAIL), ("min", 0.5, PASS), ("min", 0.6, PASS), ("max", 0.6, FAIL), ("max", 0.5, PASS)],
)
def test_a_test_of_one_prompt_judges_the_mean_of_what_was_recorded(bound, value, status):
    verdict = judge(Limit("distinct_2", bound, 0.5), mean(value), scope="test_a")
    assert (verdict.status, verdict.fails, verdict.p, verdict.needed) == (status, status is FAIL, None, None)


def test_a_test_of_several_prompts_tests_its_mean_as_a_run_does():
    limit, seen = Limit("distinct_2", "min", 0.5), mean(0.2, 0.9, 0.3, 0.7, 0.25)
    alone, run = judge(limit, seen, scope="test_a"), judge(limit, seen)
    assert (alone.status, alone.p, alone.message) == (INCONCLUSIVE, run.p, run.message)


def test_a_mean_of_one_prompt_has_no_share_in_holm():
    limits = [Limit("distinct_2", "min", 0.5), Limit("refusal_rate", "max", 0.1)]
    estimates = {"distinct_2": mean(0.1), "refusal_rate": rate((17, 100))}
    exact, tested = evaluate(limits, estimates, METRICS, Policy(), scope="test_a")
    assert (exact.p, tested.p) == (None, judge(limits[1], estimates["refusal_rate"]).p)


def test_a_rate_of_one_sample_is_tested_in_a_test_too():
    assert judge(Limit("refusal_rate", "max", 0.5), rate((1, 1)), scope="test_a").status is INCONCLUSIVE


def test_equal_means_prove_something_from_five_prompts_on():
    limit = Limit("distinct_2", "min", 0.5)
    assert judge(limit, mean(*[0.1] * 4)).status is INCONCLUSIVE
    assert judge(limit, mean(*[0.1] * 5)).status is FAIL
    assert judge(limit, mean(*[0.1] * 4)).needed == 1


def test_a_mean_at_the_end_of_its_range_is_compared_exactly():
    assert judge(Limit("distinct_clusters", "max", 1), mean(1, 2, metric=CLUSTERS)).status is FAIL
    assert judge(Limit("distinct_clusters", "max", 1), mean(1, 1, metric=CLUSTERS)).status is PASS


def test_holm_covers_the_tested_limits_alone():
    limits = [Limit("refusal_rate", "max", 0.1), Limit("tax_tokens", "max", 5), Limit("refusal_rate", "max", 0.05)]
    estimates = {"refusal_rate": rate((18, 100)), "tax_tokens": Estimate("tax_tokens", 4)}
    loose, exact, tight = evaluate(limits, estimates, METRICS, Policy())
    alone = judge(limits[0], estimates["refusal_rate"])
    assert exact.p is None
    assert loose.p == pytest.approx(alone.p)
    assert tight.p == pytest.approx(2 * judge(limits[2], estimates["refusal_rate"]).p)


def test_each_limit_has_its_own_alpha():
    seen = rate((17, 100))
    assert judge(Limit("refusal_rate", "max", 0.1, alpha=0.05), seen).status is FAIL
    assert judge(Limit("refusal_rate", "max", 0.1, alpha=0.01), seen).status is INCONCLUSIVE


@pytest.mark.parametrize(
    ("choice", "fails", "warns"), [("pass", False, False), ("warn", False, True), ("fail", True, False)]
)
def test_the_user_chooses_what_doubt_and_staleness_do(choice, fails, warns):
    doubt = judge(Limit("refusal_rate", "max", 0.1), rate((1, 10)), Policy(on_inconclusive=choice))
    stale = judge(Limit("refusal_rate", "max", 0.1), Estimate("refusal_rate", reason="stale"), Policy(on_stale=choice))
    assert (doubt.fails, doubt.warns, stale.fails, stale.warns) == (fails, warns, fails, warns)
    assert stale.status is NOT_MEASURED


def test_any_other_metric_that_is_not_measured_fails_with_its_reason():
    lenient = Policy(on_inconclusive="pass", on_stale="pass")
    verdict = judge(Limit("cost_usd", "max", 1), Estimate("cost_usd", reason="unpriced: model x (3 calls)"), lenient)
    assert (verdict.status, verdict.fails) == (NOT_MEASURED, True)
    assert verdict.message.startswith("cost_usd is not measured: unpriced: model x (3 calls)\n")


def test_a_metric_nobody_called_is_not_measured_and_fails():
    (verdict,) = evaluate([Limit("tax_tokens", "max", 5)], {}, METRICS, Policy())
    assert (verdict.status, verdict.fails) == (NOT_MEASURED, True)
    assert verdict.estimate.reason == "no call of it was made"


def test_a_partial_run_judges_nothing_and_fails_nothing():
    limits = [Limit("tax_tokens", "max", 1), Limit("refusal_rate", "max", 0), Limit("cost_usd", "max", 0)]
    estimates = {"tax_tokens": Estimate("tax_tokens", 5), "refusal_rate": rate((3, 3))}
    for verdict in evaluate(limits, estimates, METRICS, Policy(on_stale="fail"), partial="-k refund"):
        assert (verdict.status, verdict.fails, verdict.warns) == (NOT_MEASURED, False, False)
        assert verdict.estimate.reason == "partial: -k refund"


def test_a_reason_that_begins_like_a_partial_run_fails_all_the_same():
    assert judge(Limit("cost_usd", "max", 1), Estimate("cost_usd", reason="partial: by a meter")).fails


def test_verdicts_keep_the_order_of_the_limits_and_say_whose_they_are():
    limits = [Limit("tax_tokens", "max", 1, source="s", line=4), Limit("tax_ratio", "max", 1)]
    found = {"tax_tokens": Estimate("tax_tokens", 5), "tax_ratio": Estimate("tax_ratio", 0.5)}
    first, second = evaluate(limits, found, METRICS, Policy(), scope="test_a")
    assert (first.metric, first.scope, first.source, first.line) == ("tax_tokens", "test_a", "s", 4)
    assert second.metric == "tax_ratio"


def test_a_verdict_travels_as_json():
    verdict = judge(Limit("refusal_rate", "max", 0.1), rate((1, 10)))
    assert Verdict.from_json(verdict.to_json()) == verdict


GROUPS = st.lists(
    st.integers(1, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=20
)


@given(GROUPS, st.floats(0, 1), st.floats(0, 1))
def test_a_tighter_limit_never_turns_a_failure_into_a_pass(groups, one, other):
    tight, loose = sorted((one, other))
    seen = rate(*groups)
    if judge(Limit("refusal_rate", "max", loose), seen).status is FAIL:
        assert judge(Limit("refusal_rate", "max", tight), seen).status is not PASS


@given(GROUPS, st.floats(0.001, 0.999))
def test_a_failing_rate_is_above_its_limit_and_a_passing_one_within(groups, limit):
    verdict = judge(Limit("refusal_rate", "max", limit), rate(*groups))
    if verdict.status is FAIL:
        assert verdict.estimate.value > limit
    if verdict.status is PASS:
        assert verdict.estimate.value < limit


def test_a_rate_at_its_limit_seldom_fails_a_build():
    # Refusal probabilities of 20 prompts from Beta(.3, 2.7), 5 samples of each: the true rate is the limit, .1
    world = random.Random(7)
    failed, runs = 0, 500
    for _ in range(runs):
        chances = [world.betavariate(0.3, 2.7) for _ in range(20)]
        groups = [(sum(world.random() < chance for _ in range(5)), 5) for chance in chances]
        failed += judge(Limit("refusal_rate", "max", 0.1), rate(*groups)).fails
    assert failed / runs < 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)
