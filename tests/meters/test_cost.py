import dataclasses
import subprocess
import sys

import pytest
from meter_makers import Layer, call, reading, system, usage, user, words

from pytest_altax.measurements import Measurement
from pytest_altax.meters.base import Price
from pytest_altax.meters.cost import Cost
from pytest_altax.records import Call

MINE = {"mine": Price(2.0, 10.0, cached=1.0, cache_write=4.0)}
GUARD = Layer("tone", text=words(0, 40))


def measured(*calls: Call, **fields: object) -> dict[str, Measurement]:
    return {one.metric: one for one in Cost().measure(reading(*calls, **{"prices": MINE, **fields}))}


def dollars(*calls: Call, **fields: object) -> tuple[float, float]:
    found = measured(*calls, **fields)
    return tuple(found[name].samples[0].numerator * 1e6 for name in ("cost_usd", "tax_usd"))  # type: ignore[return-value]


def mine(*messages: object, **fields: object) -> Call:
    return call(*messages, model="mine", **fields)  # type: ignore[arg-type]


def test_input_and_output_have_their_own_rates():
    assert dollars(mine(user("q"), usage=usage(100, 10))) == (300, 0)


def test_cached_and_written_tokens_have_their_own_rates():
    assert dollars(mine(user("q"), usage=usage(100, 0, cached=50, cache_write=25))) == (50 * 1 + 25 * 4 + 25 * 2, 0)


def test_cached_rates_apply_from_the_start_of_the_prefix():
    def guarded(cached: int) -> Call:
        return mine(system(words(0, 40)), user(words(100, 60)), usage=usage(100, 0, cached=cached))

    assert [dollars(guarded(cached), layers=[GUARD])[1] for cached in (0, 10, 40, 90)] == [80, 70, 40, 40]


def test_the_tax_of_a_refusal_is_its_output():
    assert dollars(mine(user("q"), answer="no", usage=usage(10, 5))) == (70, 50)


def test_a_whole_call_on_a_line_of_the_tax_is_tax():
    cost, tax = dollars(mine(user("q"), tag="guard", usage=usage(100, 10, cached=50)))
    assert cost == tax == 250


def test_a_model_without_a_price_is_not_measured_and_never_free():
    found = measured(mine(user("q"), usage=usage(100, 10)), call(user("q"), model="local-llm", usage=usage(1, 1)))
    assert found["cost_usd"].skipped == {"unpriced: local-llm": 1}
    assert measured(call(user("q"), model="local-llm", usage=usage(1, 1)))["tax_usd"] == Measurement(
        "tax_usd", skipped={"unpriced: local-llm": 1}
    )


@pytest.mark.parametrize("model", ["omni-moderation-latest", None])
def test_openai_moderates_for_nothing(model: str | None):
    screened = Call("openai", "moderations", kind="moderation", model=model, messages=(user("a b"),), status=200)
    assert dollars(screened) == (0, 0)
    assert measured(screened)["cost_usd"].skipped == {}


def test_own_prices_of_a_moderation_model_count():
    screened = Call("openai", "moderations", kind="moderation", model="mine", messages=(user("a b"),), status=200)
    assert dollars(screened) == (4, 4)


def test_moderation_of_others_has_a_price_or_none():
    screened = Call("other", "moderations", kind="moderation", model="guard-1", messages=(user("a b"),), status=200)
    assert measured(screened)["cost_usd"].skipped == {"unpriced: guard-1": 1}


def test_the_model_that_answered_has_a_price_too():
    assert dollars(call(user("q"), model="deployment-7", answered_by="mine", usage=usage(100, 10))) == (300, 0)


def test_failed_calls_cost_nothing():
    assert dollars(mine(user("q"), answer=None, status=500, error="x")) == (0, 0)


def test_changed_requests_cost_what_they_would_today_with_the_recorded_output():
    recorded = mine(user("q"), usage=usage(50, 10, cached=50))
    live = dataclasses.replace(recorded, messages=(user(words(0, 21)),), stale=("changed",), was=recorded)
    assert dollars(live) == (70 * 2 + 10 * 10, 0)


def test_a_test_without_calls_is_quiet():
    assert measured() == {}


@pytest.mark.parametrize(
    ("model", "provider", "spent"),
    [
        ("gpt-4o", "openai", usage(1_000, 100, cached=200)),
        ("gpt-5", "openai", usage(5_000, 900, cached=1_024, reasoning=500)),
        ("claude-sonnet-4-5", "anthropic", usage(1_000, 100, cached=200, cache_write=100)),
        ("claude-sonnet-4-5", "anthropic", usage(250_000, 100)),
        ("text-embedding-3-small", "openai", usage(1_000, 0)),
        ("mistral-large-latest", "openai", usage(1_000, 100)),
    ],
)
def test_prices_are_those_of_the_table(model: str, provider: str, spent: object):
    from genai_prices import Usage, calc_price

    one = dataclasses.replace(call(user("q"), model=model, usage=spent), provider=provider)
    parts = {"cache_read_tokens": spent.cached, "cache_write_tokens": spent.cache_write}  # type: ignore[attr-defined]
    billed = Usage(input_tokens=spent.input, output_tokens=spent.output, **{k: v for k, v in parts.items() if v})  # type: ignore[attr-defined]
    expected = calc_price(billed, model, provider_id=None if "mistral" in model else provider).total_price
    assert dollars(one, prices={})[0] == pytest.approx(float(expected) * 1e6)


def test_the_vendors_price_goes_before_that_of_the_wire_format():
    from genai_prices import Usage, calc_price

    model, spent = "deepseek-r1-distill-llama-70b", usage(1_000, 100)
    hosted = dataclasses.replace(call(user("q"), model=model, usage=spent), vendor="groq")
    expected = calc_price(Usage(input_tokens=1_000, output_tokens=100), model, provider_id="groq").total_price
    assert dollars(hosted, prices={})[0] == pytest.approx(float(expected) * 1e6)
    assert dollars(dataclasses.replace(hosted, vendor=None), prices={}) != dollars(hosted, prices={})


def test_a_vendor_of_no_price_leaves_the_wire_formats():
    known = dataclasses.replace(call(user("q"), usage=usage(1_000, 100)), vendor="nobody")
    assert dollars(known, prices={}) == dollars(dataclasses.replace(known, vendor=None), prices={})


def test_the_example_of_the_page():
    assert dollars(call(user("q"), usage=usage(1_000, 100, cached=200)), prices={})[0] == pytest.approx(3_250)


def test_the_price_table_is_not_imported_before_a_price_is_asked_for():
    code = (
        "import sys, pytest_altax.meters.registry; sys.exit('genai_prices' in sys.modules or 'tiktoken' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
