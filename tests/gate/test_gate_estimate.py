import math
import random

import pytest
from gate_metrics import CLUSTERS, COST, MEAN, METRICS, RATE, RATIO, TOKENS, outcomes, part
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.gate.estimate import Contribution, contributions, is_stale, pool
from pytest_altax.measurements import Basis, Estimate, Sample

SAMPLES = st.lists(st.builds(Sample, st.integers(0, 1), st.just(1.0), st.sampled_from("ab")), min_size=1, max_size=8)


def test_a_total_sums_the_tests():
    estimate = pool(TOKENS, [("a", part(TOKENS, (100,), (20,))), ("b", part(TOKENS, (3,)))])
    assert (estimate.value, estimate.n, estimate.low) == (123, 3, None)


def test_a_ratio_divides_the_sums_and_not_the_ratios():
    estimate = pool(RATIO, [("a", part(RATIO, (1, 10))), ("b", part(RATIO, (50, 90)))])
    assert (estimate.value, estimate.numerator, estimate.denominator) == (0.51, 51, 100)
    assert estimate.low is None


def test_a_total_with_an_unpriced_call_is_not_measured():
    parts = [("a", part(COST, (0.2,))), ("b", part(COST, skipped={"unpriced: model x": 3}))]
    estimate = pool(COST, parts)
    assert (estimate.value, estimate.reason) == (None, "unpriced: model x (3 calls)")


def test_all_reasons_of_a_total_are_named_the_most_frequent_first():
    skipped = {"unpriced: model x": 1, "unpriced: model y": 5, "a": 1, "b": 1, "c": 1}
    assert pool(COST, [("a", part(COST, skipped=skipped))]).reason == (
        "unpriced: model y (5 calls), a (1 call), b (1 call), and 2 reasons more"
    )


def test_a_rate_is_that_of_the_samples_there_are_and_counts_the_others():
    parts = [("a", part(RATE, (1, 1, "g"), (0, 1, "g"))), ("b", part(RATE, skipped={"stale": 8}))]
    estimate = pool(RATE, parts)
    assert (estimate.value, estimate.n, estimate.skipped) == (0.5, 2, {"stale": 8})


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_nothing_at_all_is_not_measured(metric):
    assert (pool(metric, []).value, pool(metric, []).reason) == (None, "no samples")


def test_without_samples_the_most_frequent_reason_is_given():
    parts = [("a", part(MEAN, skipped={"too few samples": 2, "temperature 0": 1}))]
    assert pool(MEAN, parts).reason == "too few samples"


def test_staleness_is_the_reason_wherever_it_is_one():
    parts = [("a", part(MEAN, skipped={"too few samples": 11})), ("b", part(MEAN, skipped={"stale": 1}))]
    assert pool(MEAN, parts).reason == "stale"
    assert is_stale(pool(MEAN, parts))


def test_a_total_that_is_stale_and_unpriced_is_not_merely_stale():
    estimate = pool(COST, [("a", part(COST, skipped={"stale": 9, "unpriced: model x": 1}))])
    assert not is_stale(estimate)


def test_a_ratio_over_nothing_is_not_measured():
    assert pool(RATIO, [("a", part(RATIO, (0, 0)))]).value is None


def test_prompt_groups_of_different_tests_are_different_prompts():
    estimate = pool(RATE, outcomes(RATE, (5, 5), (0, 5), (5, 5), (0, 5)))
    assert estimate.n == 20
    assert estimate.effective == pytest.approx(3)


def test_one_prompt_group_is_worth_all_its_samples():
    estimate = pool(RATE, outcomes(RATE, (0, 10)))
    assert (estimate.effective, estimate.low, round(estimate.high, 4)) == (10, 0, 0.2775)


def test_equal_outcomes_are_worth_their_prompts():
    estimate = pool(RATE, outcomes(RATE, *[(0, 5)] * 30))
    assert (estimate.effective, round(estimate.high, 4)) == (30, 0.1135)


def test_a_mean_averages_prompt_groups_whatever_their_size():
    parts = [("a", part(MEAN, (1, 2, "g"), (30, 40, "h"))), ("b", part(MEAN, (1, 4, "g")))]
    estimate = pool(MEAN, parts)
    assert (estimate.value, estimate.n) == (0.5, 3)
    assert estimate.deviation == pytest.approx(0.25)


def test_the_interval_of_a_mean_stays_in_the_range_of_its_metric():
    estimate = pool(MEAN, [("a", part(MEAN, (1, 1, "g"), (0.5, 1, "h")))])
    assert (estimate.low, estimate.high) == (0, 1)
    assert pool(CLUSTERS, [("a", part(CLUSTERS, (1, 1, "g"), (9, 1, "h")))]).low == 1


def test_a_mean_of_one_prompt_has_no_interval():
    estimate = pool(MEAN, [("a", part(MEAN, (1, 2, "g")))])
    assert (estimate.value, estimate.low, estimate.high) == (0.5, None, None)


def test_the_value_as_recorded_takes_unchanged_tests_as_they_are():
    parts = [("a", part(TOKENS, (300,), was=(Sample(200),))), ("b", part(TOKENS, (50,)))]
    assert (pool(TOKENS, parts).value, pool(TOKENS, parts).was) == (350, 250)


def test_without_a_change_there_is_no_value_as_recorded():
    assert pool(TOKENS, [("a", part(TOKENS, (300,)))]).was is None


def test_a_stale_rate_still_says_what_was_recorded():
    parts = [("a", part(RATE, skipped={"stale": 2}, was=(Sample(1, 1), Sample(0, 1))))]
    assert (pool(RATE, parts).value, pool(RATE, parts).was) == (None, 0.5)


def test_the_worst_basis_of_the_parts_is_that_of_the_whole():
    parts = [("a", part(TOKENS, (1,), basis=Basis.ANCHORED)), ("b", part(TOKENS, (1,), basis=Basis.EXACT))]
    assert pool(TOKENS, parts).basis is Basis.ANCHORED
    assert pool(TOKENS, []).basis is Basis.REPORTED


def test_expected_errors_add_up_since_one_slope_errs_to_one_side():
    parts = [("a", part(TOKENS, (100,), error=3.0)), ("b", part(TOKENS, (100,), error=4.0))]
    assert pool(TOKENS, parts).error == 7


def test_the_expected_error_of_a_ratio_is_in_its_own_unit():
    assert pool(RATIO, [("a", part(RATIO, (50, 200), error=10.0))]).error == 0.05


@given(st.dictionaries(st.text(max_size=3), SAMPLES, min_size=1, max_size=6), st.randoms())
def test_the_order_of_tests_changes_nothing(tests, order):
    parts = [(test, part(RATE).__class__("refusal_rate", tuple(samples))) for test, samples in tests.items()]
    shuffled = order.sample(parts, len(parts))
    one, other = pool(RATE, parts), pool(RATE, shuffled)
    assert one.to_json() == pytest.approx(other.to_json())


@given(st.dictionaries(st.text(max_size=3), SAMPLES, min_size=1, max_size=6))
def test_a_rate_lies_within_its_interval(tests):
    estimate = pool(RATE, [(test, part(RATE).__class__("refusal_rate", tuple(found))) for test, found in tests.items()])
    assert estimate.low - 1e-12 <= estimate.value <= estimate.high + 1e-12
    assert Estimate.from_json(estimate.to_json()) == estimate


def test_intervals_of_clustered_rates_cover_what_they_promise():
    # The world of METRICS: refusal probabilities of 20 prompts from Beta(.3, 2.7), 5 samples of each, mean .1
    world = random.Random(11)
    covered, runs = 0, 600
    for _ in range(runs):
        chances = [world.betavariate(0.3, 2.7) for _ in range(20)]
        groups = [(sum(world.random() < chance for _ in range(5)), 5) for chance in chances]
        estimate = pool(RATE, outcomes(RATE, *groups))
        covered += estimate.low <= 0.1 <= estimate.high
    assert covered / runs > 0.9 - 2 * math.sqrt(0.09 / runs)


def test_contributions_say_what_each_test_adds_and_what_it_added_before():
    parts = [("a", part(TOKENS, (30,), (4,), was=(Sample(20),))), ("b", part(TOKENS, (5,))), ("c", part(TOKENS))]
    assert contributions(TOKENS, parts) == (Contribution("a", 34, 2, 20), Contribution("b", 5, 1))


def test_contributions_to_a_mean_count_prompts_not_samples():
    assert contributions(MEAN, [("a", part(MEAN, (1, 2), (30, 40)))]) == (Contribution("a", 1.25, 2),)
