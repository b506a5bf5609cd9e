"""N recordings of one prompt replay in their order; the N+1st call is an error, never a repeat."""

import importlib.util

import pytest

SYNC = """
from app import ask

def test_draws(altax):
    answers = altax.sample(lambda: ask("Draw?"), n=COUNT)
    assert [answer.split(":")[0].rpartition(" ")[2] for answer in answers] == ["1", "2", "3", "4"][:COUNT]
"""
ASYNC = """
import os
import httpx
import pytest
MARK

async def draw():
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Draw?"}]}
    async with httpx.AsyncClient() as client:
        reply = await client.post(os.environ["LLM_URL"] + "/v1/chat/completions", json=body)
    return reply.json()["choices"][0]["message"]["content"]

async def test_draws(altax):
    answers = await altax.sample(draw, n=COUNT)
    assert [answer.split(":")[0].rpartition(" ")[2] for answer in answers] == ["1", "2", "3", "4"][:COUNT]
"""
ASYNCIO = "pytestmark = pytest.mark.asyncio"
ANYIO = """
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "BACKEND"
"""
BACKENDS = ["asyncio", *(["trio"] if importlib.util.find_spec("trio") else [])]


def holds_for(suite, source):
    """Three are recorded, three replay in order, the fourth is an error of the test."""
    suite.write("test_shop.py", source.replace("COUNT", "3"))
    suite.record().assert_outcomes(passed=1)
    suite.run().assert_outcomes(passed=1)
    measured = suite.tests()["test_shop.py::test_draws"]["measurements"]
    refusals = next(one for one in measured if one["metric"] == "refusal_rate")
    assert len({sample.get("group") for sample in refusals["samples"]}) == 1
    assert len(refusals["samples"]) == 3
    suite.write("test_shop.py", source.replace("COUNT", "4"))
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no recording is left for POST*its 3 recordings were all played*"])
    assert suite.model.asked == 3


def test_samples_replay_in_order_and_one_more_is_an_error(suite):
    holds_for(suite, SYNC)


def test_samples_of_a_coroutine_do_so_under_pytest_asyncio(suite):
    holds_for(suite, ASYNC.replace("MARK", ASYNCIO))


@pytest.mark.parametrize("backend", BACKENDS)
def test_samples_of_a_coroutine_do_so_under_anyio(suite, backend):
    holds_for(suite, ASYNC.replace("MARK", ANYIO.replace("BACKEND", backend)))


def test_samples_may_be_recorded_beyond_those_that_are_there(suite):
    suite.write("test_shop.py", SYNC.replace("COUNT", "3"))
    suite.record()
    suite.write("test_shop.py", SYNC.replace("COUNT", "4"))
    suite.record("--altax-record=new_episodes").assert_outcomes(passed=1)
    assert suite.model.asked == 4
    suite.run().assert_outcomes(passed=1)
