"""How often the gate of a change fails where nothing changed, and where something did: METRICS, with fixed seeds."""

import math

import pytest

from pytest_altax.stats.comparison import paired_change
from pytest_altax.stats.distributions import t_quantile
from pytest_altax.stats.intervals import effective_size, wilson

np = pytest.importorskip("numpy", reason="numpy is not installed")

RUNS = 20_000
EASY, HARD, SMALL_SUITE = (0.3, 2.7), (3, 7), (0.5, 1.2)


def changes(world, prompts, samples, added=0.0, seed=1):
    """The differences of each run (row) by prompt, where the change adds `added` to each probability, clipped to 1."""
    random = np.random.RandomState(seed)
    chances = random.beta(*world, (RUNS, prompts))
    after = random.binomial(samples, np.minimum(1, chances + added))
    return (after - random.binomial(samples, chances)) / samples


def fails(differences, limit=0.0):
    """Whether the paired cluster t fails each run: as `paired_change`, for many runs at once."""
    count = differences.shape[1]
    distance, deviation = differences.mean(axis=1) - limit, differences.std(axis=1, ddof=1)
    spread = deviation > 1e-12
    tested = distance * math.sqrt(count) > t_quantile(0.05, count - 1) * deviation
    return np.where(spread, tested, (distance > 1e-12) & (0.5**count < 0.05))


@pytest.mark.parametrize("limit", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("prompts", [2, 4, 5, 12])
def test_the_simulated_gate_is_the_one_of_the_verdicts(prompts, limit):
    runs = changes(EASY, prompts, 5, added=0.1)[:400]
    ours = [paired_change(run.tolist(), limit).p_above < 0.05 for run in runs]
    assert fails(runs, limit).tolist() == ours


def test_fail_if_worse_fails_nearly_every_second_run_though_nothing_changed():
    # .44 to the sample; .48 where the mean of rounded differences is compared with 0
    assert 0.43 <= np.mean(changes(EASY, 20, 5).sum(axis=1) > 1e-9) <= 0.5


@pytest.mark.parametrize(("world", "prompts", "samples"), [(EASY, 20, 5), (HARD, 20, 5), (SMALL_SUITE, 12, 4)])
def test_our_gate_fails_about_every_twentieth_run_though_nothing_changed(world, prompts, samples):
    assert 0.03 <= np.mean(fails(changes(world, prompts, samples))) <= 0.06


@pytest.mark.parametrize("samples", [3, 4, 5, 10])
@pytest.mark.parametrize("prompts", [2, 3, 4, 5, 6, 8, 10])
def test_our_gate_keeps_its_level_with_few_prompts(prompts, samples):
    assert np.mean(fails(changes(HARD, prompts, samples))) <= 0.07


@pytest.mark.parametrize(
    ("world", "prompts", "power"), [(EASY, 20, 0.65), (EASY, 50, 0.94), (HARD, 20, 0.42), (HARD, 50, 0.75)]
)
def test_our_gate_sees_ten_points_more(world, prompts, power):
    assert np.mean(fails(changes(world, prompts, 5, added=0.1))) >= power


def test_an_allowance_fails_next_to_no_run_in_which_nothing_changed():
    assert np.mean(fails(changes(SMALL_SUITE, 12, 4), 0.05)) <= 0.02


def test_a_change_as_large_as_its_allowance_keeps_the_level():
    random = np.random.RandomState(3)
    chances = 0.95 * random.beta(*SMALL_SUITE, (RUNS, 12))
    differences = (random.binomial(4, chances + 0.05) - random.binomial(4, chances)) / 4
    assert np.mean(fails(differences, 0.05)) <= 0.07


@pytest.mark.parametrize("limit", [0.0, 0.05])
def test_a_small_suite_sees_refusals_go_from_29_to_75_percent(limit):
    random = np.random.RandomState(4)
    chances = random.beta(*SMALL_SUITE, (RUNS, 12))
    share = (0.75 - chances.mean()) / (1 - chances.mean())
    after = random.binomial(4, chances + share * (1 - chances))
    assert np.mean(fails((after - random.binomial(4, chances)) / 4, limit)) >= 0.97


@pytest.mark.parametrize("seed", range(5))
def test_a_suite_whose_prompts_stay_the_same_keeps_the_level_too(seed):
    random = np.random.RandomState(seed)
    chances = np.tile(random.beta(*SMALL_SUITE, 12), (RUNS, 1))
    differences = (random.binomial(4, chances) - random.binomial(4, chances)) / 4
    assert np.mean(fails(differences)) <= 0.07


def test_samples_taken_for_independent_cover_too_little_and_the_effective_ones_nearly_enough():
    random = np.random.RandomState(2)
    runs = random.binomial(10, random.beta(*EASY, (2_000, 20)))
    pooled = [wilson(sum(run), 200) for run in runs.tolist()]
    sizes = [effective_size([(k, 10) for k in run]) for run in runs.tolist()]
    ours = [wilson(sum(run) / 200 * size, size) for run, size in zip(runs.tolist(), sizes, strict=True)]
    shares = [np.mean([low <= 0.1 <= high for low, high in intervals]) for intervals in (pooled, ours)]
    assert shares[0] <= 0.74
    assert shares[1] >= 0.9
