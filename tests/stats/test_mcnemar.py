import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.stats.comparison import mcnemar

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(
    ("lost", "gained", "two_sided", "one_sided", "mid"),
    [
        # statsmodels 0.15.0 mcnemar(exact=True), scipy 1.17.1 binomtest(alternative="greater") and binom
        (10, 2, 0.03857421875, 0.019287109375, 0.01123046875),
        (1, 9, 0.021484375, 0.9990234375, 0.994140625),
        (5, 5, 1.0, 0.623046875, 0.5),
        (8, 0, 0.0078125, 0.00390625, 0.001953125),
        (25, 40, 0.08168153394154003, 0.9768232628335444, 0.9679912479313872),
    ],
)
def test_mcnemar_gives_the_exact_values(lost, gained, two_sided, one_sided, mid):
    assert mcnemar(lost, gained) == pytest.approx(two_sided, rel=1e-9)
    assert mcnemar(lost, gained, sides=1) == pytest.approx(one_sided, rel=1e-9)
    assert mcnemar(lost, gained, sides=1, mid=True) == pytest.approx(mid, rel=1e-9)


def test_a_two_sided_mid_p_is_the_exact_one_less_the_chance_of_what_was_seen():
    # Fagerland, Lydersen & Laake 2013, BMC Med. Res. Methodol. 13:91
    assert mcnemar(10, 2, mid=True) == pytest.approx(mcnemar(10, 2) - math.comb(12, 2) / 2**12)


def test_where_nothing_changed_nothing_is_shown():
    assert (mcnemar(0, 0), mcnemar(0, 0, sides=1)) == (1, 1)
    assert (mcnemar(0, 0, mid=True), mcnemar(0, 0, sides=1, mid=True)) == (1, 0.5)


@given(COUNTS, COUNTS)
def test_two_sided_mcnemar_does_not_care_which_is_which(lost, gained):
    assert mcnemar(lost, gained) == mcnemar(gained, lost)


@given(COUNTS, COUNTS)
def test_one_sided_tails_are_those_of_fair_coins(lost, gained):
    n = lost + gained
    chance = sum(math.comb(n, k) for k in range(lost, n + 1)) / 2**n
    assert mcnemar(lost, gained, sides=1) == pytest.approx(chance, rel=1e-8)


@given(COUNTS, COUNTS)
def test_a_mid_p_is_less_cautious_and_its_sides_add_up_to_one(lost, gained):
    assert mcnemar(lost, gained, sides=1, mid=True) <= mcnemar(lost, gained, sides=1)
    both = mcnemar(lost, gained, sides=1, mid=True) + mcnemar(gained, lost, sides=1, mid=True)
    assert both == pytest.approx(1)


@pytest.mark.parametrize("changed", [5, 10, 30])
def test_fair_changes_alarm_in_at_most_alpha_of_the_runs(changed):
    alarms = sum(math.comb(changed, k) for k in range(changed + 1) if mcnemar(k, changed - k, sides=1) < 0.05)
    assert alarms / 2**changed <= 0.05
