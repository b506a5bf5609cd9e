"""Recordings of other projects, where they lie beside the repository: the ledger sums, and growth is no cache break."""

import json
from pathlib import Path

import pytest
from meter_makers import context

from pytest_altax.capture.storage import store
from pytest_altax.errors import CassetteError
from pytest_altax.meters.reading import Reading
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, Request
from pytest_altax.text.tokens import Tokens

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
SMALL = 60_000
# Every so many of the files with several calls.
STEP = 4

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of recordings is not there")


def sent(request: Request) -> tuple[object, list]:
    """What a request begins with and its messages, read from the wire by other rules than those under test."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return None, []
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        return None, []
    head = {name: body.get(name) for name in ("model", "tools", "system", "response_format", "tool_choice", "thinking")}
    return json.dumps(head, sort_keys=True), body["messages"]


def grows(earlier: Request, later: Request) -> bool:
    (head, before), (other, now) = sent(earlier), sent(later)
    return head is not None and head == other and bool(before) and now[: len(before)] == before


@pytest.fixture(scope="module")
def sessions() -> list[tuple[list[Interaction], Reading]]:
    rows = map(json.loads, (CORPUS / "INDEX.jsonl").read_text(encoding="utf-8").splitlines())
    several = sorted({CORPUS / row["repo"] / row["file"] for row in rows if row["idx"] > 0})
    counter, found = Tokens(), []
    for path in [path for path in several if path.stat().st_size < SMALL][::STEP]:
        try:
            recordings = store.read(path).recordings
        except CassetteError:
            continue
        held = [
            Interaction(one.request, one.response, started=2 * n, ended=2 * n + 1) for n, one in enumerate(recordings)
        ]
        calls = tuple(ProviderRegistry().read(one) for one in held)
        found.append((held, Reading(calls, context(counter=counter))))
    return found


def test_the_lines_of_every_call_sum_to_what_was_reported(sessions):
    billed = [pair for _, reading in sessions for pair in zip(reading.calls, reading.bill, strict=True)]
    reported = [(call.usage, bill) for call, bill in billed if call.usage]
    assert len(reported) > 100
    assert [bill for usage, bill in reported if sum(bill.input.values()) != usage.input] == []
    assert [bill for usage, bill in reported if sum(bill.output.values()) != usage.output] == []


def test_no_more_of_a_line_is_cacheable_than_stands_on_it(sessions):
    bills = [bill for _, reading in sessions for bill in reading.bill]
    assert any(bill.cacheable for bill in bills)
    assert all(0 < n <= bill.input[line] for bill in bills for line, n in bill.cacheable.items())


def test_a_call_whose_messages_begin_with_those_of_the_call_before_has_no_break(sessions):
    grown = [
        number in reading.cache_breaks
        for held, reading in sessions
        for number in range(1, len(held))
        if grows(held[number - 1].request, held[number].request)
    ]
    assert len(grown) > 20
    assert not any(grown)
