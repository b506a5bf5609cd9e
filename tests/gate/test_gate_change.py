import pytest
from gate_metrics import COST, MEAN, METRICS, RATE, RATIO, TOKENS, outcomes, part

from pytest_altax.gate.baseline import Baseline, BaselineHeader, bless
from pytest_altax.gate.budget import Limit, Policy
from pytest_altax.gate.change import Against, change
from pytest_altax.gate.estimate import pool
from pytest_altax.gate.evaluate import evaluate
from pytest_altax.measurements import Metric, Sample, Status

HEADER = BaselineHeader("0.1.0", "2026-11-23T12:00:00+00:00", "lexical-1", "rouge1-1", "auto")


def judge(limit, base, head, **fields):
    metric = METRICS[limit.metric]
    [verdict] = evaluate(
        [limit],
        {metric.name: pool(metric, head)},
        METRICS,
        Policy(),
        changes=lambda known: change(known, base, head),
        **fields,
    )
    return verdict


def tokens(**tests):
    return [(id, part(TOKENS, (count,))) for id, count in tests.items()]


def limit(metric, bound, value, **fields):
    return Limit(metric.name, bound, value, **fields)


@pytest.mark.parametrize(
    ("now", "bound", "value", "status"),
    [
        (1000, "max-increase", 0, Status.PASS),
        (1028, "max-increase", 28, Status.PASS),
        (1029, "max-increase", 28, Status.FAIL),
        (900, "max-increase", 0, Status.PASS),
        (900, "max-decrease", 100, Status.PASS),
        (899, "max-decrease", 100, Status.FAIL),
        (2000, "max-decrease", 0, Status.PASS),
    ],
)
def test_a_counted_metric_is_compared_exactly(now, bound, value, status):
    assert judge(limit(TOKENS, bound, value), tokens(a=1000), tokens(a=now)).status is status


@pytest.mark.parametrize(("now", "status"), [(1050, Status.PASS), (1051, Status.FAIL)])
def test_a_share_is_one_of_what_the_baseline_has(now, status):
    assert judge(limit(TOKENS, "max-increase", 0.05, relative=True), tokens(a=1000), tokens(a=now)).status is status


def test_what_is_too_small_to_matter_does_not_fail():
    small = limit(TOKENS, "max-increase", 0, ignore_below=30)
    assert judge(small, tokens(a=1000), tokens(a=1030)).status is Status.PASS
    assert judge(small, tokens(a=1000), tokens(a=1031)).status is Status.FAIL


def test_a_new_test_is_no_increase():
    assert judge(limit(TOKENS, "max-increase", 0), tokens(a=1000), tokens(a=1000, b=500)).status is Status.PASS


def test_a_test_that_is_gone_is_no_decrease():
    assert judge(limit(TOKENS, "max-decrease", 0), tokens(a=1000, b=9), tokens(a=1000)).status is Status.PASS


def test_a_ratio_is_compared_as_a_ratio_of_sums():
    base, head = [("a", part(RATIO, (10, 100)))], [("a", part(RATIO, (30, 200)))]
    found = change(RATIO, base, head)
    assert (found.base, found.now, found.estimate.value) == (0.1, 0.15, pytest.approx(0.05))


def test_without_a_test_in_common_nothing_is_measured_and_nothing_fails():
    verdict = judge(limit(TOKENS, "max-increase", 0), tokens(a=1), tokens(b=900))
    assert (verdict.status, verdict.fails) == (Status.NOT_MEASURED, False)
    assert verdict.message.startswith("the change of tax_tokens is not measured: no baseline: this test is new")


def test_a_change_within_the_expected_error_of_a_count_is_inconclusive():
    head = [("a", part(TOKENS, (1040,), error=50.0))]
    assert judge(limit(TOKENS, "max-increase", 0), tokens(a=1000), head).status is Status.INCONCLUSIVE


def test_sampled_metrics_are_paired_by_prompt():
    base = outcomes(RATE, *[(0, 5)] * 6, *[(5, 5)] * 6)
    head = outcomes(RATE, *[(2, 5)] * 6, *[(5, 5)] * 6)
    found = change(RATE, base, head)
    assert sorted(found.differences) == pytest.approx([0.0] * 6 + [0.4] * 6)
    assert found.estimate.value == pytest.approx(0.2)


def test_the_same_answers_are_no_change():
    base = outcomes(RATE, *[(number % 5, 5) for number in range(20)])
    verdict = judge(limit(RATE, "max-increase", 0.05), base, base)
    assert verdict.status is Status.PASS


def test_nothing_changed_keeps_a_limit_of_no_increase():
    base = outcomes(RATE, (1, 5), (0, 5))
    assert judge(limit(RATE, "max-increase", 0), base, base).status is Status.PASS


def test_refusals_that_rose_everywhere_fail():
    base, head = (outcomes(RATE, *[(count, 5)] * 12) for count in (1, 4))
    verdict = judge(limit(RATE, "max-increase", 0.05), base, head)
    assert (verdict.status, verdict.base) == (Status.FAIL, pytest.approx(0.2))
    assert verdict.message.startswith("refusal_rate 0.80, +0.60")
    assert "over 12 prompts since the baseline's 0.20, is above its budget of +0.05" in verdict.message


def test_a_drop_of_a_mean_fails_its_limit_of_decrease():
    base, head = ([(f"t{n}", part(MEAN, (value + n / 100, 1, "g"))) for n in range(8)] for value in (0.8, 0.5))
    assert judge(limit(MEAN, "max-decrease", 0.1), base, head).status is Status.FAIL
    assert judge(limit(MEAN, "max-increase", 0.0), base, head).status is Status.PASS


def test_one_prompt_is_compared_by_its_counts():
    base, head = [("a", part(RATE, *[(0, 1, "g")] * 10))], [("a", part(RATE, *[(1, 1, "g")] * 10))]
    assert judge(limit(RATE, "max-increase", 0), base, head, scope="a").status is Status.FAIL
    half = [("a", part(RATE, *[(n % 2, 1, "g") for n in range(10)]))]
    assert judge(limit(RATE, "max-increase", 0), half, head, scope="a").status is Status.FAIL
    few = [("a", part(RATE, *[(n > 6, 1, "g") for n in range(10)]))]
    assert judge(limit(RATE, "max-increase", 0), base, few, scope="a").status is Status.INCONCLUSIVE


def test_prompts_that_the_baseline_has_not_are_left_out_and_counted():
    base = [("a", part(RATE, (0, 1, "both")))]
    head = [("a", part(RATE, (1, 1, "new"), (0, 1, "both")))]
    assert change(RATE, base, head).estimate.skipped == {"prompts that the baseline has not": 1}


def against(depends=("detector",), **readers):
    samples = {"refusal_rate": (Sample(1, 5, "g"),)}
    baseline = Baseline(HEADER, frozenset(samples), {"a": samples})
    metric = Metric(RATE.name, RATE.unit, RATE.direction, RATE.pooling, RATE.summary, depends=depends)
    head = [("a", part(RATE, (1, 5, "g")))]
    return Against(baseline, readers={"detector": "lexical-1", **readers}).change(metric, head)


def test_a_baseline_of_another_detector_is_not_comparable():
    assert against(detector="hybrid-1").estimate.reason == "not comparable: the detector was lexical-1, now hybrid-1"


def test_what_a_metric_does_not_rest_on_may_differ():
    assert against(depends=(), detector="hybrid-1").estimate.value == 0


def test_without_a_baseline_the_verdict_says_how_to_make_one():
    [verdict] = evaluate(
        [limit(COST, "max-increase", 0)], {}, METRICS, Policy(), changes=lambda metric: Against().change(metric, [])
    )
    assert (verdict.status, verdict.fails) == (Status.NOT_MEASURED, False)
    assert "no baseline: make one with altax baseline update" in verdict.message


def test_a_partial_run_judges_no_change():
    verdict = judge(limit(TOKENS, "max-increase", 0), tokens(a=1), tokens(a=9), partial="-k was given")
    assert (verdict.status, verdict.fails) == (Status.NOT_MEASURED, False)


def sampled(successes, n):
    return outcomes(RATE, (successes, n))


@pytest.mark.parametrize(
    ("now", "status"), [(300, Status.FAIL), (156, Status.INCONCLUSIVE), (140, Status.INCONCLUSIVE), (100, Status.PASS)]
)
def test_a_change_of_one_prompt_is_tested_against_its_limit_not_against_none(now, status):
    # 100 of 1,000 then: 156 has risen for certain, though not by more than five points
    assert judge(limit(RATE, "max-increase", 0.05), sampled(100, 1000), sampled(now, 1000)).status is status


def test_the_last_digit_of_a_sum_of_dollars_is_no_change():
    base, head = [("a", part(COST, (0.3,)))], [("a", part(COST, (0.1,), (0.2,), error=0.01))]
    assert judge(limit(COST, "max-increase", 0), base, head).status is Status.PASS


def test_several_samples_of_a_mean_in_one_group_are_no_change_when_they_are_replayed():
    head = [("a", part(MEAN, (1, 3, "g"), (2, 7, "g"), (1, 2, "h")))]
    base = bless(HEADER, [(id, [one]) for id, one in head], METRICS)
    assert judge(limit(MEAN, "max-decrease", 0), base.parts(MEAN.name), head).status is Status.PASS


def test_the_values_and_their_change_add_up_where_prompts_have_other_numbers_of_samples():
    base, head = outcomes(RATE, (1, 2), (0, 8)), outcomes(RATE, (2, 2), (0, 8))
    verdict = judge(limit(RATE, "max-increase", 0), base, head)
    assert "refusal_rate 0.50, +0.25" in verdict.message
    assert verdict.base == 0.25


def test_prompts_that_the_baseline_alone_has_are_counted():
    base = [("a", part(RATE, (1, 1, "g"), (0, 1, "h"), (0, 1, "i")))]
    head = [("a", part(RATE, (1, 1, "g"), (1, 1, "h")))]
    verdict = judge(limit(RATE, "max-increase", 0), base, head)
    assert verdict.estimate.skipped == {"prompts that the baseline alone has": 1}


def test_what_one_prompt_cannot_tell_names_the_samples_that_would():
    verdict = judge(limit(RATE, "max-increase", 0), sampled(2, 10), sampled(4, 10))
    assert verdict.status is Status.INCONCLUSIVE
    assert "+0.20 over 1 prompt since" in verdict.message
    assert "about 19 more samples of this prompt, in either run, would decide" in verdict.message


def test_so_many_samples_do_decide():
    assert judge(limit(RATE, "max-increase", 0), sampled(20, 100), sampled(40, 100)).status is Status.FAIL


def test_what_many_prompts_cannot_tell_names_the_prompts_that_would_and_what_these_show():
    base = outcomes(RATE, *[(1, 5)] * 10)
    head = outcomes(RATE, *[(1, 5), (3, 5)] * 3, *[(1, 5), (0, 5)] * 2)
    verdict = judge(limit(RATE, "max-increase", 0.05), base, head)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.needed > 10
    assert "more prompts like these would decide; 10 show one of 0.1" in verdict.message


def test_what_is_measured_no_longer_is_no_missing_baseline():
    against = Against(Baseline(HEADER, frozenset([TOKENS.name]), {"a": {TOKENS.name: (Sample(5),)}}))
    [verdict] = evaluate(
        [limit(TOKENS, "max-increase", 0)], {}, METRICS, Policy(), changes=lambda metric: against.change(metric, [])
    )
    assert (verdict.status, verdict.fails) == (Status.NOT_MEASURED, True)
    assert "no call of it was made" in verdict.message


def test_what_was_not_measured_then_does_not_fail_now():
    found = Against(Baseline(HEADER, frozenset(), {})).change(TOKENS, tokens(a=5))
    assert found.estimate.reason == "no baseline: nothing of it was measured then"
