import dataclasses
import math
import os
import pathlib
import subprocess
import sys

import pytest
from meter_makers import Choice, ToolCall, call, reading, user

from pytest_altax.measurements import Measurement, Sample
from pytest_altax.meters.diversity import Diversity
from pytest_altax.meters.variety.group import variety
from pytest_altax.meters.variety.record import MEASURES
from pytest_altax.records import Call

HERE = pathlib.Path(__file__).parent


class Alike:
    """An embedder to which all texts are the same."""

    id = "alike-1"

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[1.0, 2.0]] * len(texts)


def measured(*calls: Call, **fields: object) -> dict[str, Measurement]:
    return {one.metric: one for one in Diversity().measure(reading(*calls, **fields))}


def samples(*answers: str, **fields: object) -> list[Call]:
    return [call(user("think of a word"), answer=text, recording=n, **fields) for n, text in enumerate(answers)]


def test_five_answers_in_three_classes():
    found = measured(*samples("red", "blue", "green", "blue", "red"))
    (group,) = {one.group for metric in found.values() for one in metric.samples}
    by_class = ("distinct_clusters", "homogenization", "single_cluster_rate", "semantic_entropy")
    assert {name: found[name].samples for name in by_class} == {
        "distinct_clusters": (Sample(3, 1, group),),
        "homogenization": (Sample(2, 5, group),),
        "single_cluster_rate": (Sample(0, 1, group),),
        "semantic_entropy": (Sample(pytest.approx(-0.8 * math.log(0.4) - 0.2 * math.log(0.2)), 1, group),),
    }


def test_each_metric_of_a_group_is_its_measure():
    answers = ["a red fox", "a blue fox", "a red fox", "no", "a red hen"]
    found = measured(*samples(*answers))
    values = variety(answers, [0, 1, 0, 2, 3]).values
    assert {name: [sample.numerator / sample.denominator for sample in one.samples] for name, one in found.items()} == {
        name: [values[name]] for name in MEASURES if name != "semantic_entropy_miller_madow"
    }


def test_answers_of_one_word_have_no_bigrams():
    found = measured(*samples(*["a"] * 5))
    assert found["distinct_2"] == Measurement("distinct_2", skipped={"no bigrams": 1})
    assert found["single_cluster_rate"].samples[0].numerator == 1


def test_the_choices_of_one_call_are_samples_too():
    choices = tuple(Choice(n, text) for n, text in enumerate("abcde"))
    found = measured(call(user("q"), answer=None, choices=choices))
    assert found["distinct_clusters"].samples[0].numerator == 5


def test_the_runs_of_a_sampling_are_one_group():
    calls = [call(user("q"), answer=text, session=f"sample-1/{n}", seed=n) for n, text in enumerate("aabbc")]
    assert measured(*calls)["distinct_clusters"].samples[0].numerator == 3


def test_other_sessions_are_other_groups():
    calls = [call(user("q"), answer=text, session=f"s{n}") for n, text in enumerate("aabbc")]
    assert measured(*calls)["distinct_clusters"].skipped == {"fewer than 5 samples": 5}


def test_each_prompt_is_a_sample_of_its_own():
    calls = [call(user(f"q{n % 2}"), answer=str(n)) for n in range(10)]
    groups = [sample.group for sample in measured(*calls)["distinct_clusters"].samples]
    assert len(set(groups)) == len(groups) == 2


def test_a_group_keeps_its_name_when_the_system_prompt_changes():
    def name(prompt: str) -> str:
        from meter_makers import system

        calls = [call(system(prompt), user("q"), answer=str(n)) for n in range(5)]
        return measured(*calls)["homogenization"].samples[0].group

    assert name("be kind") == name("be kinder")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"settings": {"temperature": 0}}, "temperature 0"),
        ({"seed": 7}, "fixed seed"),
        ({"recording": 3}, "one recording played again"),
    ],
)
def test_samples_that_were_not_drawn_anew_are_skipped(fields: dict[str, object], reason: str):
    calls = [dataclasses.replace(one, **fields) for one in samples(*"abcde")]  # type: ignore[arg-type]
    assert measured(*calls)["homogenization"] == Measurement("homogenization", skipped={reason: 1})


def test_a_temperature_that_is_not_given_is_not_0():
    assert measured(*samples(*"abcde", settings={"top_p": 1}))["homogenization"].samples


def test_stale_answers_are_skipped():
    calls = [dataclasses.replace(one, stale=("system prompt changed",), was=one) for one in samples(*"abcde")]
    assert measured(*calls)["homogenization"].skipped == {"stale": 5}


def test_tagged_calls_and_tool_calls_are_no_answers():
    tagged = samples(*"abcde", tag="judge")
    called = [call(user("r"), answer=None, choices=(Choice(tool_calls=(ToolCall("t"),)),)) for _ in range(5)]
    assert measured(*tagged) == {}
    assert measured(*called)["homogenization"].skipped == {"fewer than 5 samples": 1}


def test_a_test_without_answers_is_quiet():
    assert measured() == {}
    assert measured(call(user("q"), answer=None, status=500, error="x")) == {}


def test_harmful_tests_count_too():
    assert measured(*samples(*"abcde"), harmful=True)["homogenization"].samples


def test_answers_that_are_no_refusals_are_measured_apart():
    (group,) = reading(*samples("no", "no", *"abcde", "")).sampled.groups
    assert (group.refusals, group.empty, group.answers.samples) == (3, 1, 8)
    assert group.answered == variety(list("abcde"), range(5))


def test_an_embedder_of_the_run_is_asked():
    (group,) = reading(*samples(*"abcde"), embedder=Alike()).sampled.groups
    assert group.similarity == "alike-1"
    assert group.answers.values["vendi"] == pytest.approx(1)


@pytest.mark.parametrize("calls", ["", "call(user('q'), answer='a')", "*[call(user('q'), answer='a')] * 4"])
def test_without_five_samples_of_a_prompt_numpy_is_not_loaded(calls: str):
    code = f"""
import sys
from meter_makers import call, reading, user
from pytest_altax.meters.registry import MeterRegistry
MeterRegistry().measure(reading({calls}))
sys.exit("numpy" in sys.modules)
"""
    path = os.pathsep.join(map(str, (HERE, HERE.parents[1])))
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=True)
