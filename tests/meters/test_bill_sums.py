"""Whatever a session looks like, its lines sum exactly to what was billed."""

import dataclasses
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from meter_makers import Layer, WordCounter, call, reading, usage, words

from pytest_altax.meters.bill import sum_lines
from pytest_altax.records import Call, Choice, Message, Part, PartKind, Tool, ToolCall

FRAGMENTS = [
    words(0, 40),
    words(0, 33),
    words(100, 35),
    "ok",
    "no",
    "secret <policy>be kind</policy>",
    "日本語 テキスト",
    " \n\n ",
    "",
]
text = st.lists(st.sampled_from(FRAGMENTS), max_size=3).map(" ".join)
parts = st.builds(Part, st.sampled_from(PartKind), text, st.sampled_from([None, "search"]))
messages = st.builds(
    Message, st.sampled_from(["system", "user", "assistant", "tool"]), st.lists(parts, max_size=3).map(tuple)
)
choices = st.builds(
    Choice,
    text=text,
    reasoning=text,
    refusal=st.none() | text,
    tool_calls=st.lists(st.builds(ToolCall, st.sampled_from(["search", "mail"]), text), max_size=2).map(tuple),
)
usages = st.builds(
    lambda given, out, cached, write, thought: usage(
        given, out, cached=given * cached // 4, cache_write=given * write // 4, reasoning=out * thought // 4
    ),
    st.integers(0, 500), st.integers(0, 200), st.integers(0, 2), st.integers(0, 2), st.integers(0, 4),
)  # fmt: skip
calls = st.builds(
    lambda sent, answers, used, tools, **fields: call(
        *sent, answer=None, choices=tuple(answers), usage=used, tools=tuple(tools), **fields
    ),
    st.lists(messages, max_size=5),
    st.lists(choices, max_size=3),
    st.none() | usages,
    st.lists(st.builds(Tool, st.sampled_from(["search", "mail"]), text), max_size=2),
    tag=st.sampled_from([None, None, "guard", "pii"]),
    session=st.sampled_from(["", "sample-1/0"]),
    model=st.sampled_from(["gpt-4o", "claude-x"]),
    status=st.sampled_from([200, 200, 400, 500]),
    previous_response_id=st.sampled_from([None, None, "r"]),
    mcp_servers=st.sampled_from([(), (), ("docs",)]),
)
LAYERS = (Layer("tone", text=words(0, 33)), Layer("policy", pattern=re.compile("<policy>.*?</policy>")))


@st.composite
def sessions(draw: st.DrawFn) -> list[Call]:
    """Calls, some of which are stale: their answer belongs to another request."""
    made = []
    for one in draw(st.lists(calls, max_size=5)):
        before = draw(st.none() | calls) if draw(st.booleans()) else None
        if before is not None:
            was = dataclasses.replace(one, messages=before.messages, tools=before.tools)
            one = dataclasses.replace(one, stale=("changed",), was=was)
        made.append(one)
    return made


@given(sessions(), st.sampled_from([1.0, 1.22]), st.booleans())
@settings(deadline=None)
def test_the_lines_of_every_call_sum_to_its_bill(session: list[Call], slope: float, harmful: bool):
    one = reading(*session, layers=LAYERS, counter=WordCounter(slope, 0.1), harmful=harmful)
    for made, bill in zip(session, one.bill, strict=True):
        if made.usage is not None:
            assert sum(bill.output.values()) == made.usage.output
            if not made.stale:
                assert sum(bill.input.values()) == made.usage.input
                assert sum(bill.cached.values()) == made.usage.cached
                assert sum(bill.cache_write.values()) == made.usage.cache_write
        assert all(tokens >= 0 for line, tokens in {**bill.input, **bill.output}.items() if "framing" not in line)


@given(sessions())
@settings(deadline=None)
def test_the_bill_does_not_depend_on_when_it_is_read(session: list[Call]):
    assert reading(*session, layers=LAYERS).bill == reading(*session, layers=LAYERS).bill


@given(sessions())
@settings(deadline=None, max_examples=30)
def test_the_lines_of_a_test_sum_to_its_calls(session: list[Call]):
    bills = reading(*session, layers=LAYERS).bill
    total = sum(sum(bill.input.values()) + sum(bill.output.values()) for bill in bills)
    assert sum(sum_lines(bills).values()) == total
