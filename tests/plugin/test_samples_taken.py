"""`altax.sample` as a test uses it: how many, in what order, what is raised, and which answers are samples of one."""

import json
import time

import pytest

BAD = ["0", "-1", "True", "False", "2.0", "2.5", "'3'", "None"]
LATER = """
import os
import httpx

async def aask(question):
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}]}
    async with httpx.AsyncClient(verify=False) as client:
        reply = await client.post(os.environ["LLM_URL"] + "/v1/chat/completions", json=body)
    return reply.json()["choices"][0]["message"]["content"]
"""


def drawn(suite, body):
    """Record a test of this body and replay it with the model gone."""
    suite.write("later.py", LATER)
    head = "import asyncio\nimport pytest\nfrom app import ask\nfrom later import aask\n"
    suite.write("test_shop.py", f"{head}\n{body}")
    suite.record().assert_outcomes(passed=1)
    asked = suite.model.asked
    suite.run().assert_outcomes(passed=1)
    assert suite.model.asked == asked


def choosing(suite, n):
    """Let the model answer with n choices."""
    one = suite.model.answer

    def answer(body):
        answers = [one(body) for _ in range(n)]
        choices = [{**each["choices"][0], "index": index} for index, each in enumerate(answers)]
        return {**answers[0], "choices": choices}

    suite.model.answer = answer


def measured(suite, metric, test="test_shop.py::test_it"):
    return next(one for one in suite.tests()[test]["measurements"] if one["metric"] == metric)


@pytest.mark.parametrize("n", BAD)
@pytest.mark.parametrize("run", ["run", "run_without"])
def test_a_number_of_samples_that_is_none_is_refused(suite, n, run):
    suite.write("test_shop.py", f"def test_it(altax):\n    altax.sample(lambda: 1, n={n})\n")
    result = getattr(suite, run)()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*ValueError: altax.sample takes a whole number of samples, 1 or more, not {n}"])


def test_a_whole_number_of_any_type_will_do(suite):
    source = "class Three:\n    def __index__(self): return 3\n\n"
    suite.write("test_shop.py", source + "def test_it(altax):\n    assert altax.sample(int, Three()) == [0, 0, 0]\n")
    suite.run_without().assert_outcomes(passed=1)


RAISING = """
import itertools

def failing():
    numbers = itertools.count(1)
    def fail():
        if next(numbers) == 3:
            raise KeyError("no such door")
    return fail

async def afailing(fail):
    fail()

def test_it(altax):
    altax.sample(failing(), n=5)

@pytest.mark.asyncio
async def test_too(altax):
    fail = failing()
    await altax.sample(lambda: afailing(fail), n=5)
"""


@pytest.mark.parametrize("run", ["run", "run_without"])
def test_what_a_sample_raises_is_raised_with_its_number(suite, run):
    suite.write("test_shop.py", f"import pytest\n{RAISING}")
    result = getattr(suite, run)()
    result.assert_outcomes(failed=2)
    assert result.stdout.str().count("in sample 3 of 5 of altax.sample") == 2
    assert "KeyError: 'no such door'" in result.stdout.str()


def test_samples_gathered_side_by_side_keep_their_order(suite):
    drawn(
        suite,
        """
@pytest.mark.asyncio
async def test_it(altax):
    red, blue = await asyncio.gather(
        altax.sample(lambda: aask("Red?"), n=4), altax.sample(lambda: aask("Blue?"), n=4)
    )
    assert [len(set(red)), len(set(blue)), len({*red, *blue})] == [4, 4, 8]
    with open("seen.txt", "a") as seen:
        print(red, blue, file=seen)
""",
    )
    live, replayed = (suite.path / "seen.txt").read_text().splitlines()
    assert live == replayed
    assert len({one["group"] for one in measured(suite, "refusal_rate")["samples"]}) == 2


def test_the_calls_that_one_sample_gathers_belong_to_it(suite):
    drawn(
        suite,
        """
async def both():
    return await asyncio.gather(aask("Red?"), aask("Blue?"))

@pytest.mark.asyncio
async def test_it(altax):
    pairs = await altax.sample(both, n=5)
    assert len(pairs) == 5
""",
    )
    groups = [one["group"] for one in measured(suite, "refusal_rate")["samples"]]
    assert sorted(map(groups.count, set(groups))) == [5, 5]
    assert len(measured(suite, "distinct_clusters")["samples"]) == 2


HISTORY = '[{"role": "user", "content": "Red?"}, {"role": "assistant", "content": first}]'
TALK = f"""
def talk(altax):
    with SESSION:
        first = ask("Red?")
        return ask("And then?", history={HISTORY})

def test_it(altax):
    altax.sample(lambda: talk(altax), n=3)
"""


def test_a_session_inside_a_sample_is_one_of_that_sample(suite):
    def resent(session):
        suite.write("test_shop.py", f"import contextlib\nfrom app import ask\n{TALK.replace('SESSION', session)}")
        suite.record().assert_outcomes(passed=1)
        return sum(one["numerator"] for one in measured(suite, "resent_tokens")["samples"])

    assert resent("altax.session('lobby')") == resent("contextlib.nullcontext()") > 0


@pytest.mark.parametrize("n", [5, 7])
def test_several_choices_of_one_answer_are_as_many_samples(suite, n):
    choosing(suite, n)
    drawn(suite, "def test_it(altax):\n    ask('Red?')\n")
    (sample,) = measured(suite, "homogenization")["samples"]
    assert sample["denominator"] == n


def test_choices_of_several_answers_are_one_pool(suite):
    choosing(suite, 3)
    drawn(suite, "def test_it(altax):\n    altax.sample(lambda: ask('Red?'), n=2)\n")
    (sample,) = measured(suite, "homogenization")["samples"]
    assert sample["denominator"] == 6


def test_the_same_request_made_again_and_again_is_sampling_too(suite):
    drawn(suite, "def test_it():\n    for _ in range(5):\n        ask('Red?')\n    ask('Blue?')\n")
    (sample,) = measured(suite, "homogenization")["samples"]
    assert sample["denominator"] == 5
    assert measured(suite, "homogenization")["skipped"] == {"fewer than 5 samples": 1}


def test_samples_of_one_prompt_side_by_side_get_what_each_of_them_was_answered(suite):
    one, asked = suite.model.answer, iter(range(100))

    def answer(body):
        # the first of two that run side by side is the slower one, so it falls behind
        time.sleep(0.08 * (next(asked) in (0, 4)))
        return one(body)

    suite.model.answer = answer
    drawn(
        suite,
        """
@pytest.mark.asyncio
async def test_it(altax):
    first, second = await asyncio.gather(*(altax.sample(lambda: aask("Red?"), n=4) for _ in range(2)))
    with open("seen.txt", "a") as seen:
        print(first, second, file=seen)
""",
    )
    live, replayed = (suite.path / "seen.txt").read_text().splitlines()
    assert live == replayed


def test_recordings_of_other_samples_serve_where_there_is_none_of_its_own(suite):
    body = (
        "def test_it(altax):\n    altax.sample(lambda: ask('Red?'), n=2)\n    altax.sample(lambda: ask('Red?'), n=2)\n"
    )
    drawn(suite, body)
    suite.write(
        "test_shop.py", "from app import ask\n\ndef test_it(altax):\n    altax.sample(lambda: ask('Red?'), n=4)\n"
    )
    suite.run().assert_outcomes(passed=1)


def test_a_cassette_says_which_sample_a_recording_is_of(suite):
    drawn(suite, "def test_it(altax):\n    ask('Blue?')\n    altax.sample(lambda: ask('Red?'), n=2)\n")
    (path,) = (suite.path / "cassettes").rglob("*.json")
    kept = json.loads(path.read_text(encoding="utf-8"))["interactions"]
    assert [one.get("session") for one in kept] == [None, "sample-1/0", "sample-1/1"]
