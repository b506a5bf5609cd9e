"""`--altax-samples`: how many samples every `altax.sample` takes, whatever its test says."""

import pytest

DRAW = """
from app import ask

def test_it(altax):
    drawn = altax.sample(lambda: ask("Red?"), n=5)
    with open("seen.txt", "a") as seen:
        print(*drawn, sep="|", file=seen)
"""
ASYNC = """
import httpx, os, pytest

async def draw():
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Red?"}]}
    async with httpx.AsyncClient(verify=False) as client:
        reply = await client.post(os.environ["LLM_URL"] + "/v1/chat/completions", json=body)
    return reply.json()["choices"][0]["message"]["content"]

@pytest.mark.asyncio
async def test_it(altax):
    drawn = await altax.sample(draw, n=5)
    with open("seen.txt", "a") as seen:
        print(*drawn, sep="|", file=seen)
"""
TEST = "test_shop.py::test_it"


def recorded(suite, *options, source=DRAW):
    suite.write("test_shop.py", source)
    suite.record(*options).assert_outcomes(passed=1)


def seen(suite):
    """The samples of each run so far, the last one last."""
    return [line.split("|") for line in (suite.path / "seen.txt").read_text().splitlines()]


@pytest.mark.parametrize("given", ["0", "-1", "two", "2.5", "", "１"])
def test_what_is_no_number_of_samples_is_refused(suite, given):
    result = suite.run(f"--altax-samples={given}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = f"--altax-samples: takes a whole number of samples, 1 or more, not {given!r}"
    assert said in result.stderr.str()


def test_it_is_told_to_be_without_effect_where_it_is(suite):
    suite.write("test_shop.py", "def test_it(altax):\n    assert len(altax.sample(int, n=2)) == 2\n")
    result = suite.run_without("--altax-samples=3")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["--altax-samples has no effect without --altax"])


@pytest.mark.parametrize("source", [DRAW, ASYNC], ids=["sync", "async"])
def test_it_is_how_many_are_recorded(suite, source):
    recorded(suite, "--altax-samples=7", source=source)
    assert suite.model.asked == 7
    suite.run("--altax-samples=7").assert_outcomes(passed=1)
    assert seen(suite)[0] == seen(suite)[1]


@pytest.mark.parametrize("source", [DRAW, ASYNC], ids=["sync", "async"])
def test_fewer_than_recorded_are_the_first_of_them(suite, source):
    recorded(suite, source=source)
    suite.run("--altax-samples=3").assert_outcomes(passed=1)
    assert seen(suite)[1] == seen(suite)[0][:3]


def test_fewer_are_said_and_no_drift(suite):
    recorded(suite)
    result = suite.run("--altax-samples=3")
    said = "altax.sample took 3 of its 5 samples (--altax-samples=3)"
    result.stdout.fnmatch_lines(["altax: *, samples=3*", f"{TEST}: {said}"])
    assert "never played" not in result.stdout.str()
    assert suite.tests()[TEST]["attention"] == [said]
    assert "unused" not in suite.the_run()
    assert "unused" not in suite.tests()[TEST]["cassettes"][0]


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "stale"])
def test_fewer_leave_the_cassette_as_it_is(suite, mode):
    recorded(suite)
    path = suite.path / "cassettes" / "test_shop" / "test_it.json"
    before = path.read_bytes()
    with suite.up():
        suite.run("--altax-samples=3", f"--altax-record={mode}").assert_outcomes(passed=1)
    assert path.read_bytes() == before
    assert suite.model.asked == 5


def test_fewer_recorded_beside_something_new_keep_the_others(suite):
    recorded(suite)
    suite.write("test_shop.py", DRAW + '    ask("And what of blue, then?")\n')
    with suite.up():
        suite.run("--altax-samples=3", "--altax-record=new_episodes").assert_outcomes(passed=1)
    suite.run().assert_outcomes(passed=1)
    assert sorted(seen(suite)[2]) == sorted(seen(suite)[0])


def test_fewer_are_not_measured_where_five_are_needed(suite):
    recorded(suite)
    suite.run("--altax-samples=3")
    found = {one["metric"]: one for one in suite.tests()[TEST]["measurements"]}
    assert found["semantic_entropy"]["skipped"] == {"fewer than 5 samples": 1}
    assert len(found["refusal_rate"]["samples"]) == 3


@pytest.mark.parametrize("source", [DRAW, ASYNC], ids=["sync", "async"])
def test_more_than_recorded_are_an_error_that_says_how_many_there_are_and_how_to_get_more(suite, source):
    recorded(suite, source=source)
    result = suite.run("--altax-samples=6")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*no recording is left for POST*",
            "*5 samples are recorded, and altax.sample asks for more",
            "*--altax-record=new_episodes records what is missing*or ask for no more: n=5 or --altax-samples=5",
        ]
    )
    with suite.up():
        suite.run("--altax-samples=6", "--altax-record=new_episodes").assert_outcomes(passed=1)
    assert suite.model.asked == 6
    suite.run("--altax-samples=6").assert_outcomes(passed=1)
    assert seen(suite)[-1][:5] == seen(suite)[0]


def test_one_recorded_sample_is_one(suite):
    recorded(suite, "--altax-samples=1")
    result = suite.run()
    result.stdout.fnmatch_lines(["*1 sample is recorded, and altax.sample asks for more"])


def test_samples_of_two_calls_are_counted_as_samples(suite):
    source = DRAW.replace('lambda: ask("Red?")', 'lambda: ask("Red?") + ask("Red?")')
    recorded(suite, source=source)
    suite.run("--altax-samples=6").stdout.fnmatch_lines(["*its 10 recordings were all played*", "*5 samples are rec*"])


def test_workers_take_as_many(suite):
    tests = DRAW.replace(
        "def test_it(altax)", '@pytest.mark.parametrize("number", range(4))\ndef test_it(number, altax)'
    )
    suite.write("test_shop.py", "import pytest\n" + tests.replace('"Red?"', 'f"Red {number}?"'))
    suite.record("--altax-samples=6", "-n2").assert_outcomes(passed=4)
    assert suite.model.asked == 24
    result = suite.run("--altax-samples=4", "-n2")
    result.assert_outcomes(passed=4)
    assert {row["calls"] for row in suite.tests().values()} == {4}
    result.stdout.fnmatch_lines(["4 tests: altax.sample took 4 of its 5 samples*"])
    live, replayed = ({line[0]: line for line in lines} for lines in (seen(suite)[:4], seen(suite)[4:]))
    assert all(live[first][:4] == line for first, line in replayed.items())


def test_a_test_that_takes_fewer_in_itself_has_recordings_never_played(suite):
    recorded(suite)
    suite.write("test_shop.py", DRAW.replace("n=5", "n=3"))
    suite.run().stdout.fnmatch_lines(["2 recordings were never played*"])


def test_more_than_recorded_of_a_prompt_that_has_changed_are_an_error_too(suite):
    recorded(suite)
    suite.write("test_shop.py", DRAW.replace('ask("Red?")', 'ask("Red?", system="You are a careful assistant.")'))
    suite.run().stdout.fnmatch_lines(["*5 calls stale*"])
    result = suite.run("--altax-samples=6")
    result.stdout.fnmatch_lines(["*its task's 5 recordings were all played*", "*5 samples are recorded, and altax*"])
