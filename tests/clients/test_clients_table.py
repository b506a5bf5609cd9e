"""The table of clients in README.md shows what the scenarios are, and can show what failed."""

from pathlib import Path

from every_client import FRAMEWORKS, SCENARIOS
from matrix import Outcome, outcomes, shown, table, versions_in

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_scenarios_that_are_run_here():
    text = shown(README.read_text(encoding="utf-8"))
    passing = [Outcome(one.client, one.name, one.way, "", True) for one in (*SCENARIOS, *FRAMEWORKS)]
    assert text == table(passing, versions_in(text)), "make it anew: python tests/clients/matrix.py JUNIT_XML"


def test_the_names_of_scenarios_are_unique():
    names = [one.id for one in (*SCENARIOS, *FRAMEWORKS)]
    assert len(names) == len(set(names))


def report(path, *cases):
    """A JUnit report of cases: name, client, way, version, and what is in it."""
    text = ""
    for name, client, way, version, inside in cases:
        told = {"client": client, "way": way, "version": version}
        properties = "".join(f'<property name="{key}" value="{value}"/>' for key, value in told.items())
        text += f'<testcase name="{name}"><properties>{properties}</properties>{inside}</testcase>'
    path.write_text(f"<testsuites><testsuite>{text}<testcase/></testsuite></testsuites>", encoding="utf-8")
    return list(outcomes(str(path)))


def test_a_failure_shows_in_its_row_alone(tmp_path):
    new = report(
        tmp_path / "new.xml",
        ("one", "a", "sync", "1.10", ""),
        ("two", "a", "sync", "1.10", ""),
        ("three", "a", "async", "1.10", ""),
        ("one", "b", "threads", "Python 3.14", ""),
    )
    old = report(
        tmp_path / "old.xml",
        ("one", "a", "sync", "1.9", ""),
        ("two", "a", "sync", "1.9", "<failure/>"),
        ("three", "a", "async", "1.9", ""),
        ("one", "b", "threads", "Python 3.11", ""),
        ("one", "c", "sync", "1", "<skipped/>"),
    )
    made = table([*new, *old])
    assert made.splitlines()[2:] == [
        "| `a` | 1.9 – 1.10 | 1 of 2 | yes |  |  |  |  | 2 of 3 |",
        "| `b` | Python 3.11 – 3.14 |  |  |  |  | yes |  | 1 |",
    ]
    assert versions_in(made) == {"a": "1.9 – 1.10", "b": "Python 3.11 – 3.14"}
