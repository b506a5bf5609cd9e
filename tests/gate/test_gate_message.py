import dataclasses

from gate_metrics import COST, MEAN, METRICS, RATE, RATIO, TOKENS, outcomes, part

from pytest_altax.gate.budget import Limit, Policy
from pytest_altax.gate.estimate import contributions, pool
from pytest_altax.gate.evaluate import evaluate
from pytest_altax.measurements import Basis, Estimate, Sample

SOURCE = "pyproject.toml [tool.pytest-altax.budget]"


def lines(limit, estimate, **options):
    (verdict,) = evaluate([limit], {estimate.metric: estimate}, METRICS, Policy(), **options)
    return verdict.message.split("\n")


def test_an_exact_failure_says_value_change_culprits_and_place():
    limit = Limit("tax_ratio", "max", 0.35, source=f"{SOURCE} tax_ratio = 0.35", line=14)
    parts = [
        ("tests/test_a.py::test_one", part(RATIO, (755, 1842), was=(Sample(455, 1542),))),
        ("tests/test_a.py::test_two", part(RATIO, (90, 500))),
    ]
    said = lines(limit, pool(RATIO, parts), contributions={"tax_ratio": contributions(RATIO, parts)})
    assert said == [
        "tax_ratio 0.36 is above its budget of 0.35",
        "  as recorded 0.27, +0.09",
        "  most of it: tests/test_a.py::test_one 755/1,842",
        "  set in pyproject.toml [tool.pytest-altax.budget] tax_ratio = 0.35 (line 14)",
        "  read: altax explain tax_ratio",
    ]


def test_a_sampled_failure_says_interval_counts_and_p():
    limits = [Limit("refusal_rate", "max", 0.05), Limit("distinct_2", "min", 0.4)]
    parts = outcomes(RATE, (9, 12), (8, 12), *[(1, 12)] * 6)
    estimates = {"refusal_rate": pool(RATE, parts), "distinct_2": Estimate("distinct_2", 0.5, n=9, deviation=0.1)}
    named = {"refusal_rate": contributions(RATE, parts)}
    verdict, _ = evaluate(limits, estimates, METRICS, Policy(), contributions=named)
    assert verdict.message.split("\n") == [
        "refusal_rate 0.24 [0.10, 0.47], 23 of 96 (17 effective), is above its budget of 0.05",
        "  p=0.014 after Holm over 2 gates",
        "  most of it: test_0 9/12, test_1 8/12, test_2 1/12",
        "  read: altax explain refusal_rate",
    ]


def test_a_total_names_the_tests_that_grew_most_since_they_were_recorded():
    parts = [
        ("tests/test_a.py::big", part(TOKENS, (5000,))),
        ("tests/test_a.py::one", part(TOKENS, (1142,), was=(Sample(842),))),
        ("tests/test_b.py::two", part(TOKENS, (400,), was=(Sample(300),))),
    ]
    said = lines(
        Limit("tax_tokens", "max", 900), pool(TOKENS, parts), contributions={"tax_tokens": contributions(TOKENS, parts)}
    )
    assert "  as recorded 6,142, +400" in said
    assert "  most of it: tests/test_a.py::one 842 → 1,142, tests/test_b.py::two 300 → 400" in said


def test_tests_of_one_file_are_named_without_repeating_it():
    named = {"tax_tokens": [("t.py::a", 5, 1), ("t.py::b", 4, 1), ("u.py::c", 3, 1), ("u.py::d", 2, 1)]}
    said = lines(Limit("tax_tokens", "max", 9), Estimate("tax_tokens", 14), contributions=named)
    assert "  most of it: t.py::a 5, ::b 4, u.py::c 3" in said


def test_of_a_lower_limit_the_worst_tests_are_the_lowest():
    parts = [("a", part(MEAN, (0.9,))), ("b", part(MEAN, (0.1,))), ("c", part(MEAN, (0.3,)))]
    said = lines(
        Limit("distinct_2", "min", 0.5), pool(MEAN, parts), contributions={"distinct_2": contributions(MEAN, parts)}
    )
    assert "  most of it: b 0.10, c 0.30" in said


def test_a_single_test_is_not_told_that_it_is_most_of_it():
    said = lines(
        Limit("tax_tokens", "max", 9), Estimate("tax_tokens", 14), contributions={"tax_tokens": [("a", 14, 1)]}
    )
    assert not [line for line in said if "most of it" in line]


def test_doubt_says_what_would_decide():
    said = lines(Limit("refusal_rate", "max", 0.02), pool(RATE, outcomes(RATE, (0, 30))))
    assert said[0] == "refusal_rate 0.00 [0.00, 0.11], 0 of 30, cannot be told from its budget of 0.02"
    assert "  about 119 more samples like these would decide" in said
    said = lines(Limit("distinct_2", "min", 0.5), pool(MEAN, [("a", part(MEAN, (0.4,)))]))
    assert said[0] == "distinct_2 0.40, mean of 1 prompt, cannot be told from its budget of 0.50"
    assert "  one prompt has no interval: sample at least one more" in said


def test_one_prompt_of_a_test_is_told_without_an_interval():
    estimate = pool(MEAN, [("a", part(MEAN, (0.4,)))])
    assert lines(Limit("distinct_2", "min", 0.5), estimate, scope="a") == [
        "distinct_2 0.40 is below its budget of 0.50",
        "  read: altax explain distinct_2",
    ]


def test_a_number_derived_from_others_counts_its_samples():
    derived = Estimate("distinct_2", 0.3, low=0.1, high=0.6, n=40, effective=40, deviation=1.0)
    said = lines(Limit("distinct_2", "min", 0.5), derived)
    assert said[0] == "distinct_2 0.30 [0.10, 0.60], 40 samples, cannot be told from its budget of 0.50"
    assert "  about 30 more samples like these would decide" in said


def test_a_count_that_is_not_the_providers_says_so_where_it_matters():
    said = lines(Limit("tax_tokens", "max", 900), Estimate("tax_tokens", 905, error=40, basis=Basis.ANCHORED))
    assert said[0] == "tax_tokens 905 ± 40 cannot be told from its budget of 900"
    assert "  the limit lies within the expected error of the count, which is anchored" in said


def test_a_stale_metric_says_what_was_recorded_and_how_to_record_again():
    said = lines(Limit("refusal_rate", "max", 0.1), Estimate("refusal_rate", reason="stale", was=0.06))
    assert said[:2] == ["refusal_rate is not measured: stale", "  as recorded 0.06"]
    assert "--altax-record=stale" in said[2]


def test_what_was_left_out_is_said():
    parts = [("a", part(RATE, *[(1, 1, "g")] * 20, skipped={"stale": 8}))]
    assert "  left out: stale 8" in lines(Limit("refusal_rate", "max", 0.1), pool(RATE, parts))


def test_a_pass_is_one_line():
    assert lines(Limit("cost_usd", "max", 0.05), Estimate("cost_usd", 0.041)) == [
        "cost_usd $0.0410 is within its budget of $0.0500"
    ]


def test_the_difference_is_that_of_what_is_printed():
    said = lines(Limit("tax_ratio", "max", 0.3), Estimate("tax_ratio", 0.357, was=0.334))
    assert said[:2] == ["tax_ratio 0.36 is above its budget of 0.30", "  as recorded 0.33, +0.03"]


def test_a_fall_has_its_sign():
    assert "  as recorded $0.0600, -$0.0100" in lines(
        Limit("cost_usd", "max", 0.01), Estimate("cost_usd", 0.05, was=0.06)
    )


def test_nothing_hostile_in_a_name_reaches_the_message():
    named = {"tax_tokens": [("t.py::a[\x1b[31m\n::error::\u202e]", 5, 1), ("t.py::b", 4, 1)]}
    hostile = dataclasses.replace(Estimate("cost_usd", reason="unpriced: model \x1b]0;x\x07\r"))
    said = lines(Limit("tax_tokens", "max", 9), Estimate("tax_tokens", 14), contributions=named)
    said += lines(Limit("cost_usd", "max", 9), hostile)
    assert all(character.isprintable() for line in said for character in line)
    assert COST.name in said[-1]


def test_long_names_are_cut():
    named = {"tax_tokens": [("t.py::" + "a" * 5000, 5, 1), ("t.py::b", 4, 1)]}
    assert max(map(len, lines(Limit("tax_tokens", "max", 9), Estimate("tax_tokens", 14), contributions=named))) < 300


def test_a_gap_between_languages_is_told_by_language():
    detail = {"refusal_rate[de]": 0.6, "refusal_rate[\x1b[2J]": 0.1, "cramers_v": 0.5, "probes": 9}
    said = lines(Limit("distinct_2", "max", 0.1), Estimate("distinct_2", 0.5, low=0.2, high=0.7, n=90, detail=detail))
    assert "  de 0.60 to \ufffd[2J 0.10, V 0.50, 2 languages, 9 probes" in said
