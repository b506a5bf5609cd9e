"""How much sampled answers differ, as the run shows it."""

import pytest

SAMPLING = """
import itertools
import pytest
from app import ask

@pytest.mark.altax(harmful={harmful})
def test_it(altax):
    altax.sample(lambda: ask("Name a bird."), n={n})
"""
NO = "I'm sorry, but I can't help with that request."


def answering(suite, *texts):
    """Let the model give these answers in turn."""
    one, left = suite.model.answer, list(texts)

    def answer(body):
        found = one(body)
        found["choices"][0]["message"]["content"] = left.pop(0)
        return found

    suite.model.answer = answer


def test_a_run_with_samples_shows_how_much_they_differ(suite):
    answering(suite, "A robin.", "A wren.", "A robin.", "An owl at night.", "A robin.")
    suite.write("test_shop.py", SAMPLING.format(harmful=False, n=5))
    suite.record().assert_outcomes(passed=1)
    result = suite.run()
    result.stdout.fnmatch_lines(
        [
            "  diversity of 1 prompt with 5 answers or more; clusterer rouge1-greedy-*, similarity ngrams-1-2-cosine",
            "*words per answer *2.4",
            "*distinct_clusters *2.000",
            "*vendi *.*",
        ]
    )
    (group,) = suite.tests()["test_shop.py::test_it"]["sampled"]
    assert group["answers"]["values"]["distinct_clusters"] == 2


def test_refusals_are_left_out_in_a_column_of_their_own(suite):
    answering(suite, "A robin.", NO, "A wren.", "A robin.", "An owl at night.", "A robin.")
    suite.write("test_shop.py", SAMPLING.format(harmful=False, n=6))
    suite.record().assert_outcomes(passed=1)
    suite.run().stdout.fnmatch_lines(["* all *no refusals", "*refused *17% *-", "*distinct_clusters *3.000 *2.000"])


@pytest.mark.parametrize("n", [1, 4])
def test_a_run_without_five_samples_says_nothing_of_it(suite, n):
    suite.write("test_shop.py", SAMPLING.format(harmful=False, n=n))
    suite.record().assert_outcomes(passed=1)
    assert "diversity of" not in suite.run().stdout.str()
    assert "sampled" not in suite.tests()["test_shop.py::test_it"]
