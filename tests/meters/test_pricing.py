"""Tiers, audio and caches kept for an hour at their own prices; dollars by line that sum to the cost."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meter_makers import Layer, Message, Part, PartKind, call, reading, system, usage, user, words
from test_bill_sums import LAYERS, sessions

from pytest_altax.measurements import Measurement
from pytest_altax.meters.base import Price
from pytest_altax.meters.cost import Cost, by_line
from pytest_altax.records import Call, Usage

MINE = Price(2.0, 10.0, cached=1.0, cache_write=4.0, cache_write_1h=5.0, input_audio=20.0, output_audio=50.0)
SOUND = Message("user", (Part(PartKind.TEXT, words(0, 10)), Part(PartKind.MEDIA, name="audio")))


def cost(*calls: Call, **fields: object) -> Measurement:
    measured = {one.metric: one for one in Cost().measure(reading(*calls, **{"prices": {"mine": MINE}, **fields}))}
    return measured["cost_usd"]


def dollars(*calls: Call, **fields: object) -> float:
    (sample,) = cost(*calls, **fields).samples
    return sample.numerator * 1e6


def lines(*calls: Call, **fields: object) -> dict[str, float]:
    found = by_line(reading(*calls, **{"prices": {"mine": MINE}, **fields}).costs)
    return {line: round(amount * 1e6, 6) for line, amount in found.items()}


def mine(*messages: Message, **fields: object) -> Call:
    return call(*messages, model="mine", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "provider", "spent", "context"),
    [
        ("gpt-5", "openai", usage(1_000, 100, cached=200), {"service_tier": "flex"}),
        ("gpt-5", "openai", usage(1_000, 100, cached=200), {"service_tier": "priority"}),
        ("gpt-4o", "openai", usage(1_000, 100, cached=200), {"processing": "batch"}),
        ("claude-sonnet-4-5", "anthropic", usage(1_000, 100, cached=200, cache_write=100), {"processing": "batch"}),
        ("claude-opus-4-8", "anthropic", usage(1_000, 100, cached=200, cache_write=100), {"speed": "fast"}),
        ("gpt-5", "openai", usage(1_000, 100), {"service_tier": "default"}),
        ("claude-sonnet-4-5", "anthropic", usage(1_000, 100, cache_write=300, cache_write_1h=100), {}),
        ("gpt-audio", "openai", usage(100, 50, audio_input=60, audio_output=30), {}),
        ("gemini-2.5-flash", "google", usage(900, 50, cached=500, audio_input=400, audio_cached=100), {}),
        ("gemini-2.5-pro", "google", usage(900, 50, audio_input=400), {}),
    ],
)
def test_prices_are_those_of_the_table(model: str, provider: str, spent: Usage, context: dict[str, str]):
    from genai_prices import Usage as Told
    from genai_prices import calc_price

    names = {
        "input": "input", "output": "output", "cached": "cache_read", "cache_write": "cache_write",
        "cache_write_1h": "cache_write_1h", "audio_input": "input_audio", "audio_cached": "cache_audio_read",
        "audio_output": "output_audio",
    }  # fmt: skip
    told = Told(**{f"{name}_tokens": getattr(spent, ours) for ours, name in names.items() if getattr(spent, ours)})
    expected = calc_price(told, model, provider_id=provider, price_context=context).total_price
    tier = next(iter(context.values()), None)
    one = dataclasses.replace(call(user("q"), model=model, usage=spent, tier=tier), provider=provider)
    assert dollars(one) == pytest.approx(float(expected) * 1e6)


@pytest.mark.parametrize("tier", ["flex", "priority", "batch", "reserved", "provisioned_throughput"])
def test_a_tier_without_a_price_is_said_and_never_priced_as_another(tier: str):
    one = dataclasses.replace(call(user("q"), model="amazon.nova-lite-v1:0", usage=usage(9, 9)), provider="bedrock")
    assert cost(one).skipped == {}
    tiered = cost(dataclasses.replace(one, tier=tier))
    assert (tiered.samples, tiered.skipped) == ((), {f"unpriced: amazon.nova-lite-v1:0 ({tier} tier)": 1})


@pytest.mark.parametrize("tier", ["default", "standard", "auto", "on_demand", "whatever"])
def test_tiers_of_other_names_cost_the_usual(tier: str):
    one = call(user("q"), usage=usage(100, 10))
    assert dollars(dataclasses.replace(one, tier=tier)) == dollars(one)


def test_flex_costs_the_usual_at_groq():
    one = call(user("q"), model="llama-3.3-70b-versatile", vendor="groq", usage=usage(100, 10))
    assert dollars(dataclasses.replace(one, tier="flex")) == dollars(one)


def test_own_prices_hold_in_every_tier_unless_they_name_one():
    tiers = {"mine": Price(2.0, 10.0), "mine (flex tier)": Price(1.0, 5.0)}
    spent = {"usage": usage(100, 10)}
    found = [dollars(mine(user("q"), tier=tier, **spent), prices=tiers) for tier in (None, "priority", "flex")]
    assert found == [300, 300, 150]


def test_audio_has_its_own_rates():
    spent = usage(100, 10, cached=50, audio_input=40, audio_cached=15, audio_output=4)
    # 25 tokens of text and 25 of audio as sent, 35 and 15 from the cache, where audio costs what text does
    assert dollars(mine(SOUND, usage=spent)) == 25 * 2 + 25 * 20 + 50 * 1 + 6 * 10 + 4 * 50


def test_audio_that_costs_other_than_text_is_said_where_its_price_is_not_known():
    spoken = call(SOUND, model="gpt-4o-audio-preview", usage=usage(100, 10, audio_input=40))
    assert cost(spoken).skipped == {"unpriced: gpt-4o-audio-preview (audio)": 1}
    assert cost(dataclasses.replace(spoken, usage=usage(100, 10))).skipped == {}


def test_own_prices_without_audio_price_it_as_text():
    prices = {"mine": Price(2.0, 10.0)}
    assert dollars(mine(SOUND, usage=usage(100, 10, audio_input=40, audio_output=5)), prices=prices) == 300


def test_audio_stands_on_the_lines_of_what_was_heard_and_said():
    found = lines(mine(system(words(50, 30)), SOUND, answer="yes", usage=usage(100, 1, audio_input=60, audio_output=1)))
    assert found == {"system": 30 * 2, "task": 10 * 2, "context": 60 * 20, "answer": 50}


def test_what_is_cached_for_an_hour_costs_more_where_it_was_written():
    tone = Layer("tone", text=words(0, 40))
    one = mine(system(words(0, 40)), user(words(100, 60)), usage=usage(100, 1, cache_write=40, cache_write_1h=40))
    assert lines(one, layers=[tone]) == {"layer:tone": 40 * 5, "task": 60 * 2, "answer": 10}


def test_an_hour_costs_twice_the_input_where_the_table_prices_writes_alone():
    spent = usage(1_000, 0, cache_write=1_000, cache_write_1h=1_000)
    one = dataclasses.replace(call(user("q"), model="gpt-5.6-sol", usage=spent), provider="openai")
    plain = dataclasses.replace(one, usage=usage(1_000, 0))
    assert dollars(one) == pytest.approx(2 * dollars(plain))


def test_a_changed_request_pays_for_no_more_audio_than_it_has_tokens():
    recorded = mine(SOUND, usage=usage(20, 10, cached=10, audio_input=20, audio_cached=10))
    live = dataclasses.replace(recorded, messages=(user(words(0, 5)),), stale=("changed",), was=recorded)
    left = sum(reading(live).bill[0].input.values())
    assert 0 < left < 20
    assert dollars(live) == pytest.approx(20 * left + 10 * 10)


def test_tokens_that_were_read_and_written_again_are_paid_for_as_both():
    one = mine(system(words(0, 90)), user(words(100, 10)), usage=usage(100, 0, cached=90, cache_write=90), answer=None)
    assert lines(one) == {"system": 90 * 1 + 90 * 4, "task": 10 * 2}


def test_lines_have_dollars_only_as_far_as_calls_have_a_price():
    assert lines(call(user("q"), model="local-llm", usage=usage(9, 9))) == {}
    both = [mine(user("a b"), usage=usage(2, 0)), call(user("a b"), model="local-llm", usage=usage(2, 0))]
    assert lines(*both)["task"] == 2 * 2


PRICES = {"gpt-4o": MINE, "claude-x": Price(3.0, 15.0)}


@st.composite
def heard(draw: st.DrawFn) -> list[Call]:
    """Sessions in which part of what was told is audio, or kept for an hour."""
    made = []
    for one in draw(sessions()):
        told = one.usage
        if told is not None:
            audio = draw(st.integers(0, told.input))
            written = draw(st.sampled_from([told.cache_write, told.input]))
            told = dataclasses.replace(
                told,
                cache_write=written,
                cache_write_1h=draw(st.integers(0, written)),
                audio_input=audio,
                audio_cached=draw(st.integers(0, min(audio, told.cached))),
                audio_output=draw(st.integers(0, told.output)),
            )
        made.append(dataclasses.replace(one, usage=told))
    return made


@given(heard())
@settings(deadline=None)
def test_the_dollars_of_all_lines_sum_to_the_cost(session: list[Call]):
    one = reading(*session, layers=LAYERS, prices=PRICES)
    found = {measured.metric: measured for measured in Cost().measure(one)}
    total = sum(sample.numerator for sample in found["cost_usd"].samples) if found else 0.0
    assert math.fsum(by_line(one.costs).values()) == pytest.approx(total, abs=1e-12)


@given(heard())
@settings(deadline=None)
def test_a_call_costs_what_its_usage_does(session: list[Call]):
    one = reading(*session, layers=LAYERS, prices=PRICES)
    for made, costs in zip(session, one.costs, strict=True):
        told, rate = made.usage, PRICES[made.model or ""]
        if told is None or made.stale or (not told.input and not told.output):
            continue
        written, hour = told.cache_write - told.cache_write_1h, rate.cache_write_1h or rate.input
        sent = told.input - told.cached - told.cache_write
        sent = told.input - max(told.cached, told.cache_write) if sent < 0 else sent
        expected = sent * rate.input + told.cached * (rate.cached or rate.input) + told.output * rate.output
        expected += written * (rate.cache_write or rate.input) + told.cache_write_1h * hour
        expected += (told.audio_input - told.audio_cached) * ((rate.input_audio or rate.input) - rate.input)
        expected += told.audio_output * ((rate.output_audio or rate.output) - rate.output)
        assert math.fsum(dollars for _, dollars in costs) == pytest.approx(expected)
