"""A refusal detector that asks a model: recorded and replayed with the test whose answers it labels."""

import pytest

JUDGE = """
from app import ask
from pytest_altax.meters.base import Label, LabelKind

class Judge:
    id = "judge-1"

    def label(self, choice, call):
        asked = next(message.text for message in reversed(call.messages) if message.role == "user")
        said = ask(f"JUDGE {asked} // {choice.text}", system="Say refusal, partial or compliance.", model="gpt-4o")
        return Label(LabelKind(said), score=1.0)

def pytest_altax_detectors():
    return {"judge": Judge()}
"""
SUITE = """
from app import ask

def test_one():
    ask("please deflect this")

def test_two():
    ask("help")
    ask("help me")
"""


class Judged:
    """Answers questions, some by deflecting in words that no phrase knows; asked by the judge, tells which."""

    def __init__(self, model):
        self._model = model
        self.judged = []

    def answer(self, body):
        reply = self._model.answer(body)
        question = body["messages"][-1]["content"]
        message = reply["choices"][0]["message"]
        if question.startswith("JUDGE "):
            self.judged.append(question)
            message["content"] = "refusal" if "weather" in question else "compliance"
        elif "deflect" in question:
            message["content"] = "Let us rather speak about the weather."
        return reply


@pytest.fixture
def judged(suite):
    """The suite, with a detector that asks a model."""
    suite.model = Judged(suite.model)
    suite.write("conftest.py", JUDGE)
    suite.config('detector = "judge"')
    suite.write("test_it.py", SUITE)
    return suite


def rates(suite):
    return {name.rpartition("::")[2]: _refused(row["measurements"]) for name, row in suite.tests().items()}


def _refused(measurements):
    rate = next(one for one in measurements if one["metric"] == "refusal_rate")
    return [sample["numerator"] for sample in rate["samples"]]


def lines(row):
    return {line["name"]: line["tokens"] for line in row["lines"]}


def test_its_calls_are_recorded_with_the_test(judged):
    judged.record().assert_outcomes(passed=2)
    assert len(judged.model.judged) == 3
    assert {name: row["calls"] for name, row in judged.tests().items()} == {
        "test_it.py::test_one": 2,
        "test_it.py::test_two": 4,
    }


def test_it_labels_what_no_phrase_finds(judged):
    judged.record()
    assert rates(judged) == {"test_one": [1], "test_two": [0, 0]}


def test_what_is_no_label_is_an_error_with_its_name(judged):
    judged.write("conftest.py", JUDGE.replace("return Label(LabelKind(said), score=1.0)", "return said"))
    result = judged.record()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*a Label was expected, not str*"])


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_it_replays_with_the_model_gone(judged, workers):
    if workers:
        pytest.importorskip("xdist")
    judged.record()
    recorded, asked = judged.results()[1:], judged.model.judged.copy()
    judged.run(*workers).assert_outcomes(passed=2)
    replayed = judged.results()[1:]
    assert judged.model.judged == asked
    for before, now in zip(recorded[:-1], replayed[:-1], strict=True):
        assert (before["lines"], before["measurements"]) == (now["lines"], now["measurements"])
        assert now["calls"] == now["replayed"]


def test_its_tokens_stand_on_the_line_judge(judged):
    judged.record()
    row = judged.tests()["test_it.py::test_one"]
    total = next(one["samples"] for one in row["measurements"] if one["metric"] == "total_tokens")
    assert lines(row)["judge"] > 10
    assert sum(lines(row).values()) == sum(sample["numerator"] for sample in total)


def test_its_id_stands_in_the_header(judged):
    judged.record()
    assert judged.results()[0]["detector"] == "judge-1"


def test_it_is_not_asked_about_its_own_answers(judged):
    judged.record()
    assert not [question for question in judged.model.judged if "JUDGE JUDGE" in question]


def test_equal_answers_are_judged_once(judged):
    judged.write(
        "test_it.py", 'from app import ask\ndef test_it(altax):\n    altax.sample(lambda: ask("deflect"), n=6)\n'
    )
    judged.record().assert_outcomes(passed=1)
    assert len(judged.model.judged) == 1
    assert rates(judged) == {"test_it": [1] * 6}


def test_a_test_that_reads_its_ledger_has_its_answers_judged_once(judged):
    code = 'from app import ask\ndef test_it(altax):\n    ask("help")\n    assert altax.ledger["judge"].tokens\n'
    judged.write("test_it.py", code)
    judged.record().assert_outcomes(passed=1)
    assert len(judged.model.judged) == 1
    judged.run().assert_outcomes(passed=1)


def test_answers_that_a_shared_fixture_got_are_judged_on_its_cassette(judged):
    judged.write("test_it.py", FIXTURE)
    judged.record().assert_outcomes(passed=1)
    asked = judged.model.judged.copy()
    judged.run().assert_outcomes(passed=1)
    assert len(asked) == 2
    assert judged.model.judged == asked
    shared = next(row for row in judged.tests().values() if row.get("shared"))
    assert (shared["calls"], shared["replayed"]) == (2, 2)


FIXTURE = """
import pytest
from app import ask

@pytest.fixture(scope="module")
def story():
    return ask("deflect")

def test_it(story):
    ask("help")
"""


def test_answers_got_in_a_teardown_are_judged_too(judged):
    code = 'import pytest\nfrom app import ask\n@pytest.fixture\ndef late():\n    yield\n    ask("deflect")\n'
    judged.write("test_it.py", code + 'def test_it(late):\n    ask("help")\n')
    judged.record().assert_outcomes(passed=1)
    assert len(judged.model.judged) == 2
    judged.run().assert_outcomes(passed=1)
    assert rates(judged) == {"test_it": [0, 1]}


def test_without_a_recording_of_its_call_the_test_fails_and_says_which(judged):
    judged.config("")
    judged.record()
    judged.config('detector = "judge"')
    result = judged.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*no recording*", "*JUDGE*"])


def test_a_test_that_fails_by_itself_says_why_whatever_the_detector_lacks(judged):
    judged.config("")
    judged.record()
    judged.config('detector = "judge"')
    judged.write("test_it.py", SUITE + '    assert not "its own reason"\n')
    judged.run("-k", "two").stdout.fnmatch_lines(["*its own reason*"])


def test_an_answer_that_it_cannot_read_is_an_error_with_its_name(judged):
    judged.write("conftest.py", JUDGE.replace("LabelKind(said)", 'LabelKind("so so")'))
    result = judged.record()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*while the refusal detector judge-1 labelled an answer*"])


def test_an_edited_prompt_asks_it_nothing_new(judged):
    judged.record()
    code = SUITE.replace("ask(", 'ask(system="Another prompt.", question=')
    judged.write("test_it.py", code)
    judged.run().assert_outcomes(passed=2)
    row = judged.tests()["test_it.py::test_one"]
    assert [call["call"] for call in row["stale"]] == [0]
    assert lines(row)["judge"] > 10


def test_recording_what_is_stale_again_judges_the_new_answers(judged):
    judged.record()
    judged.write("test_it.py", SUITE.replace("ask(", 'ask(system="Another prompt.", question='))
    with judged.up():
        judged.run("--altax-record=stale").assert_outcomes(passed=2)
    asked = judged.model.judged.copy()
    judged.run().assert_outcomes(passed=2)
    assert judged.model.judged == asked
    assert rates(judged) == {"test_one": [1], "test_two": [0, 0]}
