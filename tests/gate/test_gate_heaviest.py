from gate_metrics import COST, MEAN, METRICS, RATE, TOKENS, part
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.gate.budget import Limit, Policy
from pytest_altax.gate.estimate import contributions, pool
from pytest_altax.gate.evaluate import evaluate
from pytest_altax.gate.heaviest import MOST, Heaviest
from pytest_altax.measurements import Sample

LIMITS = [
    Limit("tax_tokens", "max", 10),
    Limit("cost_usd", "min", 1e9),
    Limit("refusal_rate", "max", 0.0),
    Limit("distinct_2", "min", 1.0),
    Limit("distinct_2", "min", 0.999),
]
WAS = st.none() | st.integers(0, 50)


@st.composite
def parts(draw, metric):
    """Measurements of a few tests, some of which have changed since they were recorded."""
    found = []
    for number in range(draw(st.integers(0, 9))):
        values = draw(st.lists(st.tuples(st.integers(0, 1), st.just(1), st.sampled_from("gh")), max_size=3))
        was = draw(WAS)
        before = None if was is None or metric.pooling.sampled else (Sample(was),)
        found.append((f"test_{number}", part(metric, *values, was=before)))
    return found


def verdicts(limits, measured, named):
    estimates = {name: pool(METRICS[name], of_metric) for name, of_metric in measured.items()}
    return evaluate(limits, estimates, METRICS, Policy(), contributions=named)


@given(st.fixed_dictionaries({metric.name: parts(metric) for metric in (TOKENS, COST, RATE, MEAN)}))
def test_the_few_that_are_kept_say_what_all_of_them_would(measured):
    kept = {name: Heaviest(METRICS[name], LIMITS) for name in measured}
    for name, of_metric in measured.items():
        for test, one in of_metric:
            kept[name].add(test, one)
    every = {name: contributions(METRICS[name], of_metric) for name, of_metric in measured.items()}
    few = {name: found.found() for name, found in kept.items()}
    assert verdicts(LIMITS, measured, few) == verdicts(LIMITS, measured, every)


def test_no_more_are_kept_than_a_message_may_name_with_and_without_what_has_changed():
    heaviest = Heaviest(TOKENS, LIMITS)
    for number in range(1000):
        heaviest.add(f"test_{number:04}", part(TOKENS, (number,)))
    assert len(heaviest.found()) == 2 * MOST
    assert [item.numerator for item in heaviest.found()][-MOST:] == [997, 998, 999]


def test_nothing_is_kept_of_a_metric_without_a_limit():
    heaviest = Heaviest(TOKENS, [Limit("cost_usd", "max", 1), Limit("tax_tokens", "max-increase", 1)])
    heaviest.add("test_a", part(TOKENS, (5,)))
    assert heaviest.found() == []
