import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats import resampling
from pytest_altax.stats.contingency import Permuted
from pytest_altax.stats.resampling import Bootstrapped, paired_bootstrap, sign_flip_test

pytest.importorskip("numpy", reason="numpy is not installed")

CHANGES = [0.2, 0, 0, -0.2, 0.4, 0.2, 0, 0.6, 0.2, 0]
SHORT = st.lists(st.integers(-5, 5), max_size=12)
ROWS = [(1, 1200, 1, 1000), (0, 900, 1, 800), (1, 1500, 1, 1100), (1, 1000, 0, 950), (1, 700, 1, 650)] * 4


def test_signs_are_flipped_in_every_way_where_there_are_few():
    # scipy 1.17.1 permutation_test(permutation_type="samples", n_resamples=inf) gives the same p, of all 10 signs
    assert sign_flip_test(CHANGES) == Permuted(0.078125, 2**6, exact=True)
    assert sign_flip_test(CHANGES, sides=2).p == 0.15625
    assert sign_flip_test(CHANGES, 0.05) == Permuted(0.1484375, 2**10, exact=True)


def test_where_nothing_changed_no_sign_can_be_flipped():
    assert sign_flip_test([0.0] * 30) == Permuted(1.0, 1, exact=True)
    assert sign_flip_test([]).p == 1


def test_four_prompts_show_nothing_at_5_percent_by_their_signs():
    assert sign_flip_test([0.9, 0.8, 1.0, 0.7]).p == 0.0625


def test_changes_that_equal_the_limit_but_for_rounding_are_at_it():
    assert sign_flip_test([0.55 - 0.5] * 20, 0.05).p == 1


def test_many_changes_are_drawn_and_agree_with_all_of_them(monkeypatch):
    changes = [0.1 * place - 0.45 for place in range(12)]
    exact = sign_flip_test(changes)
    monkeypatch.setattr(resampling, "_ENUMERATED", 0)
    drawn = sign_flip_test(changes)
    assert (exact.exact, drawn.exact, drawn.count) == (True, False, 20_000)
    assert drawn.p == pytest.approx(exact.p, abs=3 * math.sqrt(exact.p * (1 - exact.p) / 20_000))


def test_a_drawn_p_is_never_zero_and_the_same_each_time():
    assert sign_flip_test([1.0] * 40).p == 1 / 20_001
    uneven = [0.3, -0.2, 0.1] * 10
    assert sign_flip_test(uneven) == sign_flip_test(uneven)
    assert sign_flip_test(uneven) != sign_flip_test(uneven, seed=1)


@given(SHORT)
def test_flips_are_counted_one_by_one(changes):
    moved = [change for change in changes if change]
    sums = [0]
    for change in moved:
        sums = [value + side * change for value in sums for side in (1, -1)]
    observed = sum(moved)
    assert sign_flip_test(changes).p == sum(value >= observed for value in sums) / len(sums)
    assert sign_flip_test(changes, sides=2).p == sum(abs(value) >= abs(observed) for value in sums) / len(sums)


def test_a_bootstrap_holds_the_value_it_is_of():
    found = paired_bootstrap(ROWS)
    assert found.value == pytest.approx(math.log((16 / 21200) / (16 / 18000)))
    assert found.low < found.value < found.high


def test_a_bootstrap_is_the_same_each_time_and_another_with_another_seed():
    assert paired_bootstrap(ROWS) == paired_bootstrap(ROWS)
    assert paired_bootstrap(ROWS) != paired_bootstrap(ROWS, seed=1)


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    whole, flips = paired_bootstrap(ROWS), sign_flip_test([0.3, -0.2, 0.1] * 10)
    monkeypatch.setattr(resampling, "_AT_ONCE", 1000)
    assert paired_bootstrap(ROWS) == whole
    assert sign_flip_test([0.3, -0.2, 0.1] * 10) == flips


def test_a_bootstrapped_mean_is_as_wide_as_students_interval():
    # 30 rows of a normal shape: t(.975, 29) = 2.04523
    rows = [(resampling.normal_tail(place / 5 - 3), 1.0) for place in range(30)]
    values = [value for value, _ in rows]
    mean = sum(values) / 30
    half = 2.04523 * math.sqrt(sum((value - mean) ** 2 for value in values) / 29 / 30)
    found = paired_bootstrap(rows, lambda sums: sums[:, 0] / sums[:, 1])
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.03)


def test_rows_that_are_all_alike_leave_no_doubt():
    found = paired_bootstrap([(1, 1200, 1, 1000)] * 10)
    assert (found.low, found.high) == pytest.approx((found.value, found.value))


def test_draws_without_a_pass_leave_an_end_open():
    found = paired_bootstrap([(1, 100, 1, 100)] + [(0, 100, 1, 100)] * 5)
    assert (found.low, math.isfinite(found.high)) == (-math.inf, True)


def test_draws_without_a_value_leave_both_ends_open():
    found = paired_bootstrap([(1, 100, 1, 110)] + [(0, 100, 0, 90)] * 5)
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_two_or_three_rows_bound_nothing():
    found = paired_bootstrap([(1, 100, 1, 100), (1, 150, 1, 140)])
    assert found == Bootstrapped(found.value, -math.inf, math.inf, 10_000)


def test_one_row_or_no_value_is_no_interval():
    assert paired_bootstrap([(1, 100, 1, 100)]) is None
    assert paired_bootstrap([]) is None
    assert paired_bootstrap([(0, 100, 0, 100)] * 9) is None


@pytest.mark.parametrize(("rows", "most"), [(8, 0.14), (20, 0.11)])
def test_bootstrapped_intervals_cover_what_they_promise(rows, most):
    import numpy as np

    random = np.random.RandomState(5)
    missed, runs = 0, 300
    for _ in range(runs):
        # passes of .8 x .95 with a layer and .8 without, tokens 1.2 times as many with it
        without = random.lognormal(7, 0.3, rows)
        tokens = 1.2 * without * random.lognormal(-0.005, 0.1, rows)
        columns = (random.binomial(1, 0.76, rows), tokens, random.binomial(1, 0.8, rows), without)
        found = paired_bootstrap(np.stack(columns, axis=1), draws=1_000)
        missed += found is None or not found.low <= math.log(0.95 / 1.2) <= found.high
    assert missed / runs <= most
