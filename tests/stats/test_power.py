import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.power import (
    Spread,
    detectable_effect,
    power_of,
    prompts_needed,
    samples_for_rise,
    samples_needed,
)

NINTH, SIXTH = 1 / 9, 1 / 6
EFFECTS = st.floats(0.01, 0.9)
VARIANCES = st.floats(0.001, 2)
POWERS = st.floats(0.55, 0.99)


def test_the_published_sample_sizes_come_out():
    # Miller 2024 (arXiv 2411.00640): a change of .03, power .8, two-sided .05
    assert prompts_needed(0.03, Spread(NINTH).of_change()) == 969
    assert prompts_needed(0.03, Spread(NINTH, SIXTH, SIXTH).of_change(1)) == 3876


def test_the_published_detectable_effects_come_out():
    spread = Spread(NINTH, SIXTH, SIXTH)
    assert detectable_effect(198, spread.of_change(1)) == pytest.approx(0.1327, abs=5e-5)
    assert detectable_effect(198, spread.of_change(10)) == pytest.approx(0.0757, abs=5e-5)


def test_a_one_sided_gate_needs_fewer_prompts():
    # (1.644854 + .841621)² / 9 / .0009
    assert prompts_needed(0.03, NINTH, sides=1) == 764


def test_samples_before_and_after_may_differ():
    assert Spread(0.1, 0.2, 0.3).of_change((4, 10)) == pytest.approx(0.1 + 0.05 + 0.03)
    assert Spread(0.1, 0.2, 0.3).of_change(2) == pytest.approx(0.35)


def test_different_prompts_before_and_after_add_their_spreads():
    assert Spread.unpaired((0.1, 0.15), 0.2, 0.3) == Spread(0.25, 0.2, 0.3)


def test_a_spread_is_read_from_the_counts_of_prompts():
    # changes 1/2, 0, -1/4; variances of samples before 1/4, 1/3, 0; after 0, 1/3, 1/4
    found = Spread.of_rates([((1, 4), (3, 4)), ((2, 4), (2, 4)), ((4, 4), (3, 4))])
    assert found.before == pytest.approx((1 / 4 + 1 / 3) / 3)
    assert found.after == pytest.approx((1 / 4 + 1 / 3 + 1 / 4) / 3)
    seen = ((1 / 2 - 1 / 12) ** 2 + (1 / 12) ** 2 + (1 / 3) ** 2) / 2
    assert found.between == pytest.approx(max(0, seen - (found.before + found.after) / 4))


def test_a_spread_takes_two_prompts_with_two_samples_each():
    assert Spread.of_rates([]) is None
    assert Spread.of_rates([((1, 4), (3, 4)), ((1, 1), (0, 4))]) is None


def test_a_spread_read_from_many_prompts_is_that_of_their_world():
    np = pytest.importorskip("numpy", reason="numpy is not installed")
    random = np.random.RandomState(1)
    chances = random.beta(3, 7, 20_000)
    shifts = random.choice([0.0, 0.2], 20_000) * (1 - chances)
    before, after = random.binomial(5, chances).tolist(), random.binomial(5, chances + shifts).tolist()
    found = Spread.of_rates([((k, 5), (j, 5)) for k, j in zip(before, after, strict=True)])
    assert found.between == pytest.approx(np.var(shifts), abs=0.002)
    assert found.before == pytest.approx(np.mean(chances * (1 - chances)), abs=0.002)


def test_nothing_to_detect_has_no_sample_size():
    assert prompts_needed(0, 0.1) is None


def test_without_spread_one_prompt_shows_any_change():
    assert prompts_needed(0.01, 0) == 1
    assert power_of(0.01, 1, 0) == 1
    assert (power_of(-0.01, 1, 0, sides=1), power_of(-0.01, 1, 0, sides=2)) == (0, 1)


def test_more_samples_help_until_the_prompts_themselves_differ_too_much():
    # 198 prompts of 10 samples show .0757, of any number of samples .0664
    spread = Spread(NINTH, SIXTH, SIXTH)
    assert samples_needed(0.0757, 198, spread) == 10
    assert samples_needed(0.0665, 198, spread) == math.ceil(1 / 3 / (198 * 0.0665**2 / 7.848879 - NINTH))
    assert samples_needed(0.066, 198, spread) is None


@given(EFFECTS, st.integers(2, 500), VARIANCES, VARIANCES, st.sampled_from([1, 2]))
def test_the_samples_needed_show_the_effect_and_one_less_does_not(effect, n, between, noise, sides):
    spread = Spread(between, noise, noise / 2)
    samples = samples_needed(effect, n, spread, sides=sides)
    if samples is None:
        assert detectable_effect(n, spread.between, sides=sides) >= effect
        return
    assert detectable_effect(n, spread.of_change(samples), sides=sides) <= effect * (1 + 1e-6)
    assert samples == 1 or detectable_effect(n, spread.of_change(samples - 1), sides=sides) > effect * (1 - 1e-6)


def test_no_prompts_detect_nothing():
    assert detectable_effect(0, 0.1) == math.inf


def test_power_has_its_values():
    # statsmodels 0.15.0 normal_power(.3, 50, .05, "two-sided" and "larger")
    assert power_of(0.3, 50, 1) == pytest.approx(0.5641160254310036, rel=1e-9)
    assert power_of(0.3, 50, 1, sides=1) == pytest.approx(0.6831290430800073, rel=1e-9)


@given(st.integers(1, 5000), VARIANCES, POWERS, st.sampled_from([1, 2]))
def test_the_detectable_effect_is_the_inverse_of_the_prompts_needed(n, variance, power, sides):
    effect = detectable_effect(n, variance, power=power, sides=sides)
    assert prompts_needed(effect, variance, power=power, sides=sides) == n


@given(EFFECTS, VARIANCES, POWERS, st.sampled_from([1, 2]))
def test_the_prompts_needed_have_the_power_asked_for(effect, variance, power, sides):
    n = prompts_needed(effect, variance, power=power, sides=sides)
    assert power_of(effect, n, variance, sides=sides) >= power - 1e-6
    # the formula leaves out the far tail of a two-sided test, which adds less than this
    assert n == 1 or power_of(effect, n - 1, variance, sides=sides) < power + 1e-4


@given(EFFECTS, VARIANCES, POWERS)
def test_a_fall_takes_as_many_prompts_as_a_rise(effect, variance, power):
    assert prompts_needed(-effect, variance, power=power) == prompts_needed(effect, variance, power=power)


@given(st.integers(1, 1000), VARIANCES)
def test_an_unchanged_truth_alarms_at_the_level(n, variance):
    assert power_of(0, n, variance) == pytest.approx(0.05)
    assert power_of(0, n, variance, sides=1) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("now", "then", "limit", "n"),
    [((40, 100), (20, 100), 0.0, 28), ((10, 10), (0, 10), 0.0, 1), ((3, 10), (2, 10), 0.1, None)],
)
def test_the_samples_of_one_prompt_that_tell_its_change_from_a_limit(now, then, limit, n):
    # By hand: 1.6449² x (.2 x .8 + .4 x .6) / .2² = 27.05, a little more with half a sample added
    assert samples_for_rise(now, then, limit, 0.05) == n
