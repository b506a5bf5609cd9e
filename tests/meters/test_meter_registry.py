import dataclasses
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from meter_makers import Layer, call, reading, system, usage, user, words

from pytest_altax.errors import ConfigError, ResultsError, UnknownName
from pytest_altax.measurements import Direction, Estimate, Measurement, Metric, Pooling, Sample, Unit
from pytest_altax.meters.lines import LINES
from pytest_altax.meters.reading import Reading
from pytest_altax.meters.registry import MeterRegistry


class Shouting:
    """Share of answers in capitals."""

    metrics = (Metric("shouting_rate", Unit.RATIO, Direction.LOWER, Pooling.RATE, "answers in capitals"),)

    def measure(self, reading: Reading) -> list[Measurement]:
        answers = [choice.text for one in reading.calls for choice in one.choices]
        return [Measurement("shouting_rate", tuple(Sample(text.isupper(), 1, "g") for text in answers))]


def test_the_names_of_the_metrics_are_those_of_the_manual():
    names = set(MeterRegistry().metrics)
    lines = {f"{line}_{what}" for line in LINES for what in ("tokens", "ratio")}
    assert names == lines | {
        "tax_tokens", "tax_ratio", "task_share", "input_tokens", "output_tokens", "total_tokens", "cached_tokens",
        "calls", "cost_usd", "tax_usd", "refusal_rate", "harmful_compliance_rate", "refusal_selectivity",
        "refusal_determinism", "language_gap", "distinct_2", "distinct_clusters", "homogenization",
        "single_cluster_rate", "semantic_entropy", "vendi", "ead", "self_bleu", "compression_ratio",
        "token_entropy", "uncertainty_auroc",
    }  # fmt: skip


def test_every_metric_has_a_summary_and_a_page_with_all_its_headings():
    headings = ["What it measures", "Why it matters", "How", "Limits", "Example", "Options", "References"]
    registry = MeterRegistry()
    for name, metric in registry.metrics.items():
        assert metric.summary, name
        assert re.findall(r"^## (.+)$", metric.page, re.MULTILINE) == headings, name
        assert registry.page(name).startswith(f"# {name}\n\n{metric.summary}")


def test_measurements_are_sorted_by_metric():
    names = [one.metric for one in MeterRegistry().measure(reading(call(user("q"), usage=usage(9, 1))))]
    assert names == sorted(names)
    assert {"tax_ratio", "refusal_rate", "semantic_entropy"} <= set(names)


def test_a_test_without_calls_measures_nothing():
    assert MeterRegistry().measure(reading()) == ()


def test_a_third_party_adds_a_meter():
    registry = MeterRegistry([Shouting()])
    found = {one.metric: one for one in registry.measure(reading(call(user("q"), answer="YES", usage=usage(9, 1))))}
    assert found["shouting_rate"].samples == (Sample(True, 1, "g"),)
    assert "Share of answers in capitals." in registry.page("shouting_rate")


def test_two_meters_may_not_declare_the_same_metric():
    with pytest.raises(ConfigError, match="shouting_rate"):
        MeterRegistry([Shouting(), Shouting()])


def test_a_meter_may_not_measure_what_it_does_not_declare():
    meter = Shouting()
    meter.metrics = ()  # type: ignore[assignment]
    with pytest.raises(UnknownName, match="shouting_rate"):
        MeterRegistry([meter]).measure(reading())


@pytest.mark.parametrize(
    "measurement",
    [
        Measurement("shouting_rate", (Sample(1), Sample(math.nan))),
        Measurement("shouting_rate", (Sample(1, math.inf),)),
        Measurement("shouting_rate", (Sample(1),), error=math.nan),
    ],
)
def test_what_a_meter_measures_is_finite(measurement: Measurement):
    meter = Shouting()
    meter.measure = lambda reading: [measurement]  # type: ignore[method-assign]
    with pytest.raises(ResultsError, match=r"Shouting.*shouting_rate"):
        MeterRegistry([meter]).measure(reading())


def test_an_exception_inside_a_meter_names_the_meter():
    class Broken(Shouting):
        def measure(self, reading: Reading) -> Iterator[Measurement]:  # type: ignore[override]
            yield Measurement("shouting_rate", (Sample(1 / len(reading.calls)),))

    with pytest.raises(ZeroDivisionError) as caught:
        MeterRegistry([Broken()]).measure(reading())
    (note,) = caught.value.__notes__
    assert note.startswith("while the meter ")
    assert note.endswith("Broken measured")


def test_the_page_of_an_unknown_metric_names_the_nearest():
    with pytest.raises(UnknownName) as caught:
        MeterRegistry().page("refusl_rate")
    assert caught.value.did_you_mean == "refusal_rate"


def test_what_changed_is_measured_as_recorded_too():
    recorded = call(system(words(0, 10)), user("q"), usage=usage(20, 5))
    live = dataclasses.replace(recorded, messages=(system(words(0, 40)), user("q")), stale=("system prompt changed",))
    one = reading(dataclasses.replace(live, was=recorded), layers=[Layer("tone", text=words(0, 40))], earlier={})
    found = {measurement.metric: measurement for measurement in MeterRegistry().measure(one)}
    assert (found["layer_tokens"].samples, found["layer_tokens"].was) == ((Sample(40),), (Sample(0),))
    assert (found["refusal_rate"].samples, found["refusal_rate"].was) != ((), None)
    assert found["refusal_rate"].skipped == {"stale": 1}


def edited(now: str, then: str, **fields: Any) -> Measurement:
    """The tokens of a layer whose file held `then` when the test was recorded and holds `now`."""
    recorded = call(system(f"{then} Help."), user("q"), usage=usage(60, 5))
    live = call(system(f"{now} Help."), user("q"), usage=usage(60, 5), stale=("system prompt changed",), was=recorded)
    one = reading(live, layers=[Layer("tone", text=now)], **fields)
    return {found.metric: found for found in MeterRegistry().measure(one)}["layer_tokens"]


def test_an_edited_layer_is_measured_as_recorded_with_the_text_it_had():
    then = words(0, 40)
    found = edited(then.replace("w7 ", "w99 w98 "), then, earlier={"tone": (then,)})
    assert (found.samples, found.was) == ((Sample(41),), edited(then, then).samples)
    assert found.was == (Sample(40),)


def test_nothing_is_said_of_the_recording_where_nobody_knows_what_an_edited_layer_held():
    then = words(0, 40)
    found = edited(then.replace("w7 ", "w99 w98 "), then)
    assert (found.samples, found.was) == ((Sample(41),), None)


def test_a_layer_that_grew_is_measured_as_recorded_with_the_text_it_had():
    then = words(0, 40)
    found = edited(f"{then} {words(50, 5)}", then, earlier={"tone": (words(0, 30), then)})
    assert (found.samples, found.was) == ((Sample(45),), (Sample(40),))


def test_a_layer_that_was_emptied_is_measured_as_recorded():
    found = edited("", words(0, 40), earlier={"tone": (words(0, 40),)})
    assert (found.samples, found.was) == ((Sample(0),), (Sample(40),))


def test_nothing_is_said_of_the_recording_where_nothing_changed():
    found = MeterRegistry().measure(reading(call(user("q"), usage=usage(9, 1))))
    assert all(measurement.was is None for measurement in found)


def test_measurements_survive_being_plain_data():
    for measurement in MeterRegistry().measure(reading(call(user("q"), usage=usage(9, 1)))):
        assert Measurement.from_json(measurement.to_json()) == measurement


def test_metrics_of_a_whole_run_are_derived_from_pooled_ones():
    pooled = {
        name: Estimate(name, 0.25, low=0.1, high=0.5, n=10) for name in ("refusal_rate", "harmful_compliance_rate")
    }
    assert MeterRegistry().derive(pooled)["refusal_selectivity"].value == 0.5
    assert MeterRegistry().derive({}) == {}
