"""Log probabilities and scores of a whole run: recorded, replayed with the model gone, judged by a budget."""

import math

import pytest

SUITE = """
import pytest
from app import ask

@pytest.mark.parametrize("number", range(6))
def test_it(altax, number):
    ask(f"What is {number}?")
    altax.score(number % 2)
"""


def telling(suite, shares):
    """Let the model tell, with answer k, a token whose alternatives have these shares at place k."""
    one = suite.model.answer
    numbers = iter(range(10**6))

    def answer(body):
        whole = one(body)
        top = [{"token": f"t{n}", "logprob": math.log(share)} for n, share in enumerate(shares[next(numbers)])]
        whole["choices"][0]["logprobs"] = {"content": [{**top[0], "top_logprobs": top}]}
        return whole

    suite.model.answer = answer


def estimate(suite, metric):
    return next(one for one in suite.the_run()["estimates"] if one["metric"] == metric)


def recorded(suite, source=SUITE, shares=((0.5, 0.5), (0.9, 0.05)) * 3):
    telling(suite, list(shares))
    suite.write("test_shop.py", source)
    suite.record().assert_outcomes(passed=len(shares))


def test_the_entropy_of_what_was_recorded_is_measured_again_and_again(suite):
    recorded(suite)
    entropies = [-sum(p * math.log(p) for p in shares) for shares in ((0.5, 0.5), (0.9, 0.05))]
    for _ in range(2):
        assert estimate(suite, "token_entropy")["value"] == pytest.approx(math.fsum(entropies) / 2)
        suite.run().assert_outcomes(passed=6)


def test_a_run_whose_model_is_less_sure_of_wrong_answers_has_an_area_of_1(suite):
    recorded(suite)
    suite.run("-n2").assert_outcomes(passed=6)
    found = estimate(suite, "uncertainty_auroc")
    assert (found["value"], found["n"]) == (1.0, 6)
    assert 0.5 < found["low"] < 1
    assert len(suite.tests()["test_shop.py::test_it[0]"]["graded"]) == 1


def test_a_budget_of_the_area_is_judged(suite):
    source = SUITE.replace("number % 2", "1 - number % 2").replace("range(6)", "range(12)")
    recorded(suite, source, ((0.5, 0.5), (0.9, 0.05)) * 6)
    suite.config("[tool.pytest-altax.budget]\nuncertainty_auroc = 0.5\n")
    result = suite.run()
    assert estimate(suite, "uncertainty_auroc")["value"] == 0
    result.assert_outcomes(passed=12, failed=1)
    result.stdout.fnmatch_lines(["*uncertainty_auroc 0.00 [[]0.00, 0.??], 12 samples, is below its budget of 0.50*"])


def test_a_few_answers_prove_nothing_of_the_area(suite):
    recorded(suite, source=SUITE.replace("number % 2", "1 - number % 2"))
    suite.config("[tool.pytest-altax.budget]\nuncertainty_auroc = 0.5\n")
    result = suite.run()
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["*altax[[]uncertainty_auroc[]]*0.00*cannot be told from its budget*"])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (SUITE.replace("    altax.score(number % 2)\n", ""), "no test gave a score with altax.score"),
        (SUITE.replace("number % 2", "1"), "needs right and wrong answers"),
    ],
)
def test_a_budget_of_an_area_that_is_not_there_fails_and_says_why(suite, source, reason):
    recorded(suite, source=source)
    suite.config("[tool.pytest-altax.budget]\nuncertainty_auroc = 0.5\n")
    result = suite.run()
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines([f"*uncertainty_auroc is not measured: {reason}*"])


def test_answers_without_log_probabilities_are_said_to_be_so(suite):
    suite.write("test_shop.py", SUITE)
    suite.record()
    assert estimate(suite, "token_entropy")["reason"] == "no logprobs"
    assert estimate(suite, "uncertainty_auroc")["reason"] == "no logprobs"


def test_a_score_that_a_fixture_gives_afterwards_counts(suite):
    fixture = "@pytest.fixture(autouse=True)\ndef graded(altax, number):\n    yield\n    altax.score(number % 2)\n\n"
    source = SUITE.replace("@pytest", fixture + "@pytest", 1).replace("    altax.score(number % 2)\n", "", 2)
    source = source.replace("    yield\n", "    yield\n    altax.score(number % 2)\n")
    recorded(suite, source=source)
    assert estimate(suite, "uncertainty_auroc")["value"] == 1.0
    assert suite.tests()["test_shop.py::test_it[3]"]["scores"] == [1.0]
