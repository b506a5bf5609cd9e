"""Made-up results of tests, in any number of shards of a project in an empty folder."""

import dataclasses

from click.testing import CliRunner
from hypothesis import strategies as st

from pytest_altax.cli import main
from pytest_altax.cli.project import project_of
from pytest_altax.gate.baseline import BaselineHeader, bless, write
from pytest_altax.gate.origin import against
from pytest_altax.measurements import Measurement, Sample
from pytest_altax.meters.grading import Graded
from pytest_altax.meters.savings import Saving, ToolUse
from pytest_altax.report.jsonlines import JsonLines
from pytest_altax.report.model import CassetteUse, LedgerLine, Results, RunResult, StaleCall, TestResult
from pytest_altax.run.summary import header, summarise

BUDGET = """
[tool.pytest-altax.budget]
tax_tokens = 300
refusal_rate = 0.1
distinct_2 = {min = 0.9}

[tool.pytest-altax.layers]
guard = {regex = "never share"}
"""

AMOUNTS = st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 2000)
UNUSED = st.sampled_from([(), (0, 2), (2,)])
GROUPS = st.sampled_from(["a", "b", "c"])


def total(name, draw):
    was = draw(st.none() | AMOUNTS)
    samples = tuple(Sample(value) for value in draw(st.lists(AMOUNTS, min_size=1, max_size=3)))
    return Measurement(name, samples, was=None if was is None else (Sample(was),))


@st.composite
def result(draw, id="tests/test_a.py::test_a"):
    """The results of a test with some of everything that a run adds up."""
    rates = st.builds(Sample, st.sampled_from([0.0, 1.0]), st.just(1.0), GROUPS)
    means = st.builds(Sample, st.floats(0, 1), st.just(1.0), GROUPS)
    tools = st.builds(
        ToolUse, st.sampled_from("xyz"), st.integers(1, 90), st.just("tools[0]"), usd=AMOUNTS, called=st.booleans()
    )
    graded = st.builds(Graded, st.sampled_from([0.0, 1.0]), st.just("token"), st.none() | st.floats(0, 3), GROUPS)
    cassettes = st.builds(
        CassetteUse,
        st.sampled_from(["one.json", "two.json"]),
        st.none(),
        st.just(3),
        st.sampled_from([(), (0, 2), (2,)]),
    )
    return TestResult(
        id,
        id.partition("::")[0],
        1,
        calls=draw(st.integers(0, 3)),
        language=draw(st.sampled_from([None, "de", "fr"])),
        probe=draw(st.sampled_from([None, "p", "q"])),
        lines=(LedgerLine("guard", draw(st.integers(0, 99)), taxed=True, usd=draw(AMOUNTS)),),
        measurements=(
            Measurement("distinct_2", tuple(draw(st.lists(means, max_size=3)))),
            Measurement("refusal_determinism", skipped={"fewer than 5 refusals": 1}),
            Measurement("refusal_rate", tuple(draw(st.lists(rates, max_size=4)))),
            total("tax_tokens", draw),
        ),
        stale=(StaleCall(0, ("system prompt changed",), diff=("- a",)),) if draw(st.booleans()) else (),
        nearest={"guard": draw(st.sampled_from(["always share", "share"]))},
        tools=tuple(draw(st.lists(tools, max_size=2, unique_by=lambda use: use.name))),
        savings=(Saving("transcript", "messages[0]", draw(st.integers(1, 50)), draw(AMOUNTS)),),
        refusals=draw(st.dictionaries(st.sampled_from(["t", "u"]), st.integers(1, 4))),
        graded=tuple(draw(st.lists(graded, max_size=2))),
        cassettes=tuple(draw(st.lists(cassettes, max_size=1))),
    )


def plain_test(id, value=100, **fields):
    """A small result."""
    return TestResult(
        id, "tests/test_a.py", 1, calls=1, measurements=(Measurement("tax_tokens", (Sample(value),)),), **fields
    )


class Shop:
    """A project in a folder, and the shards of its runs."""

    def __init__(self, folder, settings=BUDGET):
        self.folder = folder
        (folder / "pyproject.toml").write_text(settings)
        self.project = project_of(folder / "pyproject.toml")
        self.target = folder / "altax-results.jsonl"

    def bless(self, found):
        """Make these tests the standing baseline."""
        metrics, readers = self.project.meters.metrics, self.project.readers
        head = BaselineHeader("0.1.0", header(self.project).created, **readers)
        blessed = bless(head, ((test.id, test.measurements) for test in found), metrics)
        self.project.baseline.write_text(write(blessed, metrics))

    def whole(self, found):
        """The file of a run of these tests but for its header."""
        compared = against(None, self.project.baseline, self.project.meters.metrics, self.project.readers)
        project = dataclasses.replace(self.project, against=compared)
        counted, run = summarise(project, sorted(found, key=lambda test: test.id), (), None)
        results = Results(header(self.project), counted, run, self.project.meters.metrics)
        return JsonLines().render(results).split("\n", 1)[1]

    def shards(self, *parts):
        """Files of shards with these tests."""
        paths = []
        for number, found in enumerate(parts, 1):
            name = f"{number}/{len(parts)}"
            head = dataclasses.replace(header(self.project), shard=name, suite="0" * 16, revision="abc")
            run = RunResult(len(found), 0, 0, partial=f"shard {name}")
            rows = Results(head, tuple(sorted(found, key=lambda test: test.id)), run, self.project.meters.metrics)
            paths.append(self.folder / f"shard-{number:04}.jsonl")
            paths[-1].write_bytes(JsonLines().render(rows).encode())
        return paths

    def merge(self, *paths):
        """Run `altax merge`."""
        config = ["--config", str(self.folder / "pyproject.toml"), "--to", str(self.target)]
        return CliRunner().invoke(main, ["merge", *config, *map(str, paths)])

    def merged(self):
        """The merged file but for its header."""
        return self.target.read_bytes().decode().split("\n", 1)[1]
