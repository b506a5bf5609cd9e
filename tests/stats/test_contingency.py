import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_altax.stats.contingency import association, permutation_test
from pytest_altax.stats.distributions import binomial_tail

# Moderated answers per language in ten languages, k of n, as Stanusch et al. 2025 (arXiv 2509.19890) count them
EU = [(89, 99), (80, 100), (74, 100), (71, 99), (55, 97), (28, 100), (27, 99), (26, 100), (23, 99), (22, 100)]
US = [(96, 100), (68, 100), (50, 100), (74, 100), (54, 100), (42, 100), (20, 100), (52, 100), (22, 100), (62, 98)]
COUNT = st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("counts", "chi2", "v"), [(EU, 265.1, 0.517), (US, 192.8, 0.44)], ids=["EU", "US"])
def test_the_published_tables_have_the_published_association(counts, chi2, v):
    found = association(counts)
    assert (round(found.chi2, 1), found.freedom) == (chi2, 9)
    assert found.v == pytest.approx(v, abs=5e-4 if v == 0.517 else 5e-3)


@given(st.lists(COUNT, min_size=2, max_size=8))
def test_chi_square_is_that_of_scipy(counts):
    stats = pytest.importorskip("scipy.stats")
    table = [[k for k, _ in counts], [n - k for k, n in counts]]
    found = association(counts)
    if not all(map(sum, table)):
        assert (found.chi2, found.v) == (0, 0)
        return
    expected = stats.chi2_contingency(table, correction=False)
    assert found.chi2 == pytest.approx(expected.statistic, abs=1e-9)
    assert found.freedom == expected.dof
    assert found.v == pytest.approx(stats.contingency.association(table, method="cramer"), abs=1e-9)


@given(st.lists(COUNT, min_size=1, max_size=8), st.randoms())
def test_association_does_not_depend_on_order(counts, random):
    mixed = random.sample(counts, len(counts))
    assert association(mixed).chi2 == pytest.approx(association(counts).chi2, abs=1e-9)


def test_groups_without_samples_are_no_groups():
    assert association([(1, 2), (0, 0), (2, 2)]) == association([(1, 2), (2, 2)])


def test_no_groups_have_no_association():
    assert association([]).v == 0


def test_three_probes_refused_in_one_of_two_languages_alone():
    # 2³ arrangements, of which the observed one and its mirror image are the most extreme
    found = permutation_test([[(1, 1), (0, 1)]] * 3)
    assert (found.p, found.count, found.exact) == (2 / 8, 8, True)


def test_what_is_the_same_in_all_languages_is_no_evidence():
    found = permutation_test([[(1, 1), (1, 1)], [(0, 1), (0, 1)]])
    assert found.p == 1


def test_one_probe_can_tell_nothing():
    assert permutation_test([[(5, 5), (0, 5), (3, 5)]]).p == 1


def test_nothing_is_no_evidence():
    assert permutation_test([]).p == 1


def test_a_language_that_a_probe_lacks_gets_none_of_its_cells():
    found = permutation_test([[(1, 1), None, (0, 1)], [(1, 1), (0, 1), None]])
    assert (found.count, found.exact) == (4, True)
    assert found.p == 2 / 4


def probes(counts, number):
    """One sample for each probe and language: of `number` probes the first k refused, in each language by itself."""
    return [[(float((place * 7) % number < k * number / n), 1) for k, n in counts] for place in range(number)]


def test_many_probes_are_drawn_from_a_seed():
    strata = probes(EU, 100)
    found = permutation_test(strata)
    assert (found.exact, found.count) == (False, 10_000)
    assert found.p == 1 / 10_001
    assert permutation_test(strata) == found


def test_drawn_arrangements_agree_with_all_of_them():
    # of 15 probes that only one of two languages refused, 11 in the first: 2 P(X >= 11) of a fair coin
    found = permutation_test([[(1, 1), (0, 1)]] * 11 + [[(0, 1), (1, 1)]] * 4)
    assert not found.exact
    assert found.p == pytest.approx(2 * binomial_tail(11, 15, 0.5), abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(COUNT, COUNT, COUNT), min_size=1, max_size=4), st.permutations(range(3)))
def test_an_exact_p_does_not_depend_on_the_order_of_languages(strata, order):
    assert permutation_test([[row[i] for i in order] for row in strata]).p == pytest.approx(permutation_test(strata).p)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(COUNT, COUNT, COUNT), min_size=2, max_size=4))
def test_an_exact_p_is_that_of_trying_every_arrangement(strata):
    from itertools import permutations, product

    def chi2(rows):
        return association([(sum(c[0] for c in col), sum(c[1] for c in col)) for col in zip(*rows, strict=True)]).chi2

    observed = chi2(strata)
    values = [chi2(rows) for rows in product(*(list(permutations(row)) for row in strata))]
    share = sum(value >= observed - 1e-7 for value in values) / len(values)
    assert permutation_test(strata).p == pytest.approx(share)
