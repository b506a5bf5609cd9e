import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.gate.wording import decimals, figure, languages, limit_figure
from pytest_altax.measurements import Unit


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1842, Unit.TOKENS, "1,842"),
        (1842.0, Unit.TOKENS, "1,842"),
        (-81, Unit.TOKENS, "-81"),
        (0.041, Unit.USD, "$0.0410"),
        (12.5, Unit.USD, "$12.5000"),
        (-0.0021, Unit.USD, "-$0.0021"),
        (0.00000312, Unit.USD, "$0.000003"),
        (0.357, Unit.RATIO, "0.36"),
        (0.0, Unit.RATIO, "0.00"),
        (0.004, Unit.RATIO, "0.004"),
        (-0.0001, Unit.RATIO, "-0.0001"),
        (1.0397, Unit.NATS, "1.04"),
        (3, Unit.COUNT, "3"),
        (2.4, Unit.COUNT, "2.40"),
    ],
)
def test_a_figure_reads_as_its_unit_does(value, unit, text):
    assert figure(value, unit) == text


def test_what_rounds_to_nothing_has_no_sign():
    assert figure(-0.001, Unit.RATIO, 2) == "0.00"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.35, Unit.RATIO, "0.35"),
        (0.125, Unit.RATIO, "0.125"),
        (900, Unit.TOKENS, "900"),
        (900.5, Unit.TOKENS, "900.5"),
    ],
)
def test_a_limit_keeps_the_decimals_it_was_given(value, unit, text):
    assert limit_figure(value, unit) == text


def test_a_value_and_its_limit_never_read_the_same_when_they_differ():
    assert figure(0.3504, Unit.RATIO, decimals(0.3504, Unit.RATIO, 0.35)) == "0.3504"
    assert figure(0.124, Unit.RATIO, decimals(0.124, Unit.RATIO, 0.1235)) == "0.124"
    assert figure(900.2, Unit.TOKENS, decimals(900.2, Unit.TOKENS, 900)) == "900.2"


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([Unit.RATIO, Unit.NATS]))
def test_a_figure_stands_on_its_own_side_of_the_limit(value, limit, unit):
    limit = round(limit, 3)
    shown = float(figure(value, unit, decimals(value, unit, limit)))
    if abs(value - limit) > 1e-9:
        assert (shown > limit) == (value > limit)
        assert (shown < limit) == (value < limit)


def test_a_gap_between_languages_names_both_ends_v_and_p():
    rates = {"refusal_rate[sv]": 0.5, "refusal_rate[en]": 0.9, "refusal_rate[el]": 0.22}
    said = languages({**rates, "cramers_v": 0.5171, "p": 0.0123, "probes": 1})
    assert said == "en 0.90 to el 0.22, V 0.52, p=0.012, 3 languages, 1 probe"


def test_without_rates_of_languages_nothing_is_said_of_them():
    assert languages({"harmful_gap": 0.5}) == ""


def test_languages_that_are_refused_alike_are_told_once():
    assert languages({"refusal_rate[de]": 0.25, "refusal_rate[en]": 0.25, "probes": 2.0}).startswith("0.25 in each, ")
