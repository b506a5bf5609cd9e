"""The refusals of a run, as a reader sees them."""

import dataclasses

from pytest_altax.measurements import Estimate
from pytest_altax.report.refusals import refusals
from pytest_altax.report.terminal import table

BENIGN = Estimate("refusal_rate", 0.025, numerator=2, denominator=80, n=80)
HARMFUL = Estimate("harmful_compliance_rate", 0.05, numerator=1, denominator=20, n=20)
SELECTIVITY = Estimate("refusal_selectivity", 0.925, low=0.8, high=0.98)
CANNED = Estimate("refusal_determinism", 0.8, n=15)
DETAIL = {"refusal_rate[en]": 0.9, "refusal_rate[el]": 0.22, "cramers_v": 0.5171, "p": 0.00005, "probes": 100}
GAP = Estimate("language_gap", 0.68, low=0.5, high=0.78, detail=DETAIL)


def said(results, *estimates):
    return refusals(dataclasses.replace(results.run, estimates=estimates))


def test_both_sides_are_told_wherever_both_exist(results):
    expected = (
        "refused 2 of 80 benign, 19 of 20 harmful, selectivity 0.93 [0.80, 0.98] · 80% of 15 refusals have one text"
    )
    assert said(results, BENIGN, HARMFUL, SELECTIVITY, CANNED) == [expected]


def test_one_side_alone_stands_in_the_table_already(results):
    assert said(results, BENIGN) == []


def test_a_gap_between_languages_is_told_with_v_and_p(results):
    expected = "language gap 0.68 [0.50, 0.78]: en 0.90 to el 0.22, V 0.52, p<0.001, 2 languages, 100 probes"
    assert said(results, GAP) == [expected]


def test_what_was_not_measured_is_not_told(results):
    assert said(results, Estimate("language_gap", reason="stale"), Estimate("refusal_determinism", reason="x")) == []


def test_names_of_languages_are_made_harmless(results):
    evil = dataclasses.replace(GAP, detail={"refusal_rate[\x1b[2J]": 0.9, "refusal_rate[a]": 0.1})
    assert "\x1b" not in said(results, evil)[0]


def test_the_lines_stand_below_the_run(results):
    run = dataclasses.replace(results.run, estimates=(*results.run.estimates, GAP))
    texts = [row.text for row in table(dataclasses.replace(results, run=run), 100, 0)]
    assert any(text.startswith("  language gap 0.68") for text in texts)
