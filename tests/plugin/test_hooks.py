"""What a third party adds from a conftest, without touching the package."""

METER = '''
from pytest_altax.measurements import Direction, Measurement, Metric, Pooling, Sample, Unit

class Doors:
    """How often answers speak of doors."""

    metrics = (Metric("doors", Unit.COUNT, Direction.LOWER, Pooling.TOTAL, "answers that speak of doors"),)

    def measure(self, reading):
        answers = [choice.text for call in reading.calls for choice in call.choices]
        yield Measurement("doors", (Sample(float(sum("door" in text for text in answers))),))

def pytest_altax_meters():
    return [Doors()]
'''
DETECTOR = """
from pytest_altax.meters.base import Label, LabelKind

class Strict:
    id = "strict-1"

    def label(self, choice, call):
        return Label(LabelKind.REFUSAL)

def pytest_altax_detectors():
    return {"strict": Strict()}
"""
REPORTER = """
class Count:
    destination = None

    def render(self, results):
        return f"counted {results.run.calls}\\n"

def pytest_altax_reporters():
    return {"count": Count()}
"""
PROVIDER = """
from pytest_altax.records import Call, Usage

class Acme:
    name = "acme"

    def claims(self, request):
        return request.url.endswith("/v1/chat/completions")

    def read(self, interaction):
        return Call("acme", "talk", model="acme-1", usage=Usage(7, 5))

def pytest_altax_providers():
    return [Acme()]
"""
TEST = "from app import ask\n\ndef test_door():\n    ask('Where is the door?')\n"


def test_a_third_partys_metric_is_budgeted_like_any_other(suite):
    suite.write("conftest.py", METER)
    suite.config("[tool.pytest-altax.budget]\ndoors = 0\n")
    suite.write("test_shop.py", TEST)
    suite.record()
    suite.run().stdout.fnmatch_lines(["*FAILED pyproject.toml::altax?doors? - *doors 1 is above its budget of 0"])


def test_a_third_partys_detector_labels_the_answers(suite):
    suite.write("conftest.py", DETECTOR)
    suite.config('detector = "strict"\n')
    suite.write("test_shop.py", TEST)
    suite.record()
    suite.run().stdout.fnmatch_lines(["altax: *detector strict-1*", "*test_door * 1/1 *"])


def test_a_third_partys_report_is_printed_when_asked_for(suite):
    suite.write("conftest.py", REPORTER)
    suite.write("test_shop.py", TEST)
    suite.record()
    suite.run("--altax-report=count").stdout.fnmatch_lines(["counted 1"])


def test_a_third_partys_provider_is_asked_first(suite):
    suite.write("conftest.py", PROVIDER)
    suite.write("test_shop.py", TEST)
    suite.record()
    suite.run()
    total = next(one for one in suite.the_run()["estimates"] if one["metric"] == "total_tokens")
    assert total["value"] == 12


VOCABULARY = """
class Letters:
    name, error = "letters-1", 0.0

    def encode(self, text):
        return [ord(letter) for letter in text]

    def ends(self, text):
        return list(range(1, len(text) + 1))

def pytest_altax_vocabularies():
    return {"gpt-4o": Letters()}
"""


def test_a_third_partys_vocabulary_counts_its_models_and_stands_in_the_header(suite):
    suite.write("conftest.py", VOCABULARY)
    suite.write("test_shop.py", TEST)
    suite.record()
    suite.run()
    task = next(one for one in suite.the_run()["estimates"] if one["metric"] == "task_tokens")
    assert (task["value"], suite.results()[0]["tokenizer"]) == (len("Where is the door?"), "auto letters-1")
