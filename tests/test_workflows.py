"""The workflows: valid, pinned to commits, without permissions they do not need."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> dict[Any, Any]:
    """A workflow as data. YAML 1.1 reads its key `on` as True."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def tool(name: str) -> str:
    """The path of a command beside this interpreter, or on PATH; skips where there is none."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: .ci/run installs and runs it")
    return found


def check(*command: str) -> None:
    """Run a linter; show what it found when it fails."""
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_both_workflows_are_there():
    assert [path.name for path in WORKFLOWS] == ["altax.yml", "ci.yml"]


@each_workflow
def test_no_permission_is_given_by_default_and_a_job_only_reads(path):
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert all(job["permissions"] == {"contents": "read"} for job in workflow["jobs"].values())


@each_workflow
def test_every_job_ends_by_itself(path):
    assert all(job["timeout-minutes"] <= 20 for job in read(path)["jobs"].values())


@each_workflow
def test_every_action_is_pinned_to_a_commit_with_its_version(path):
    uses = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert uses
    assert [line for line in uses if not PINNED.search(line)] == []


def test_the_gate_runs_on_pull_requests_without_a_secret():
    path = ROOT / ".github/workflows/altax.yml"
    assert list(read(path)[True]) == ["pull_request"]
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_ci_tests_every_python_that_the_package_names():
    classifiers = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    matrix = read(ROOT / ".github/workflows/ci.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == classifiers
    assert matrix["include"] == [{"python": classifiers[0], "dependencies": "oldest"}]


@each_workflow
def test_each_workflow_fits_its_schema(path):
    check(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(path))


def test_dependabot_fits_its_schema():
    check(tool("check-jsonschema"), "--builtin-schema", "vendor.dependabot", str(ROOT / ".github/dependabot.yml"))


def test_zizmor_finds_nothing():
    check(tool("zizmor"), "--offline", "--quiet", str(ROOT / ".github"))


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ('<testcase classname="tests.providers.test_weather" name="test_reads[openai]"/>', 0),
        ('<testcase classname="tests.test_usage" name="test_the_weather_adds_up"/>', 0),
        ('<testcase classname="tests.test_weather" name="test_reads"><skipped/></testcase>', 1),
        ('<testcase classname="tests.test_house" name="test_is_short[test_weather.py]"/>', 1),
        ("", 1),
    ],
)
def test_ci_wants_a_test_of_that_name_that_was_not_skipped(tmp_path, inside, code):
    report = tmp_path / "tests.xml"
    report.write_text(f"<testsuites><testsuite>{inside}</testsuite></testsuites>", encoding="utf-8")
    command = [sys.executable, str(ROOT / ".ci/ran.py"), "weather", str(report)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == code
