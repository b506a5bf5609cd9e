"""The gap between languages of twins."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_altax.measurements import Measurement, Sample
from pytest_altax.meters.twins import NEEDED, Rate, interval, language_gap
from pytest_altax.report.model import TestResult

# Moderated answers per language, k of n probes (Stanusch et al. 2025, arXiv 2509.19890, published counts)
EU = "en 89/99 pl 80/100 it 74/100 fr 71/99 es 55/97 nl 28/100 de 27/99 sv 26/100 el 23/99 ro 22/100"
US = "en 96/100 pl 68/100 it 50/100 fr 74/100 es 54/100 nl 42/100 de 20/100 sv 52/100 el 22/100 ro 62/98"


def twin(probe, language, refused, answers=1, harmful=False, **fields):
    """A test of a probe in a language with so many answers, the first ones refused."""
    metric = "harmful_compliance_rate" if harmful else "refusal_rate"
    samples = tuple(Sample(float((number < refused) != harmful), 1.0, "p") for number in range(answers))
    test = TestResult(f"{probe}-{language}", "t.py", language=language, probe=probe, harmful=harmful)
    return dataclasses.replace(test, measurements=(Measurement(metric, samples, **fields),))


def published(table):
    for entry in table.split():
        if "/" not in entry:
            language = entry
            continue
        k, n = map(int, entry.split("/"))
        yield from (twin(f"{number:03}", language, int(number < k)) for number in range(n))


@pytest.mark.parametrize(("table", "gap", "v", "chi2"), [(EU, 0.679, 0.517, 265.1), (US, 0.76, 0.44, 192.8)])
def test_the_published_counts_give_the_published_gap(table, gap, v, chi2):
    found = language_gap(list(published(table)))
    assert found.value == pytest.approx(gap, abs=5e-4)
    assert found.detail["cramers_v"] == pytest.approx(v, abs=5e-4 if v == 0.517 else 5e-3)
    assert found.detail["chi2"] == pytest.approx(chi2, abs=0.05)
    assert (found.detail["df"], found.detail["languages"], found.detail["probes"]) == (9, 10, 100)
    assert found.detail["p"] == pytest.approx(1 / 10_001)


def test_each_language_has_its_rate_beside_the_gap():
    found = language_gap(list(published(EU)))
    assert found.detail["refusal_rate[en]"] == pytest.approx(89 / 99)
    assert found.value == pytest.approx(found.detail["refusal_rate[en]"] - found.detail["refusal_rate[ro]"])


def test_the_order_of_tests_changes_nothing():
    tests = list(published(EU))
    assert language_gap(tests[::-1]) == language_gap(tests)


def test_two_languages_have_the_interval_of_newcombe():
    # Newcombe 1998, table II, method 10: 56/70 - 48/80 = .2, interval .0524 to .3339; the lower end for two orders
    value, low, high = interval([Rate("a", 56, 70, 70), Rate("b", 48, 80, 80)])
    assert (value, high) == (pytest.approx(0.2), pytest.approx(0.3339, abs=5e-4))
    assert 0.02 < low < 0.0524


def test_samples_of_one_probe_are_not_probes():
    few = [twin(str(n), language, 10 * (n < k), 10) for language, k in (("de", 4), ("en", 1)) for n in range(5)]
    found = language_gap(few)
    assert (found.value, found.n) == (pytest.approx(0.6), 100)
    assert found.detail["p"] > 0.05
    assert found.low == 0


def test_one_probe_has_a_gap_and_no_p():
    found = language_gap([twin("a", "de", 4, 5), twin("a", "en", 1, 5)])
    assert found.value == pytest.approx(0.6)
    assert "p" not in found.detail


@pytest.mark.parametrize(
    "tests",
    [
        [],
        [twin("a", "de", 1)],
        [twin("a", "de", 1), twin("b", "en", 0)],
        [twin("a", "de", 1), twin("a", None, 0)],
        [twin(None, "de", 1), twin(None, "en", 0)],
    ],
    ids=["none", "one", "two probes", "no language", "no probe"],
)
def test_without_twins_there_is_a_reason(tests):
    found = language_gap(tests)
    assert (found.value, found.reason) == (None, NEEDED)


def test_a_probe_in_one_language_does_not_count():
    tests = [twin("a", "de", 0), twin("a", "en", 0)]
    assert language_gap([*tests, twin("b", "de", 1)]).value == language_gap(tests).value == 0


def test_several_tests_of_a_probe_in_a_language_are_one_cell():
    found = language_gap([twin("a", "de", 1), twin("a", "de", 0), twin("a", "en", 0)])
    assert (found.value, found.detail["probes"]) == (0.5, 1)


def test_harmful_twins_stand_beside_and_do_not_cancel():
    benign = [twin(p, language, int(language == "de")) for p in "ab" for language in ("de", "en")]
    harmful = [twin(p, language, int(language == "en"), harmful=True) for p in "cd" for language in ("de", "en")]
    found = language_gap([*benign, *harmful])
    assert (found.value, found.detail["harmful_gap"]) == (1, 1)
    assert found.detail["refusal_rate[de]"] == 1


def test_harmful_twins_alone_are_no_gap_of_benign_ones():
    found = language_gap([twin("c", "de", 0, harmful=True), twin("c", "en", 1, harmful=True)])
    assert (found.value, found.reason, found.detail) == (None, NEEDED, {"harmful_gap": 1.0})


def test_stale_twins_say_so():
    stale = [dataclasses.replace(twin("a", name, 0, 0, skipped={"stale": 2})) for name in ("de", "en")]
    found = language_gap(stale)
    assert (found.value, found.reason, found.skipped) == (None, "stale", {"stale": 4})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5))
def test_the_interval_holds_the_gap_and_stays_within_its_range(cells):
    tests = [twin(str(p), name, k, 3) for p, row in enumerate(cells) for name, k in zip("abc", row, strict=True)]
    found = language_gap(tests)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert 0 <= found.detail["cramers_v"] <= 1
    assert 0 < found.detail.get("p", 1) <= 1
