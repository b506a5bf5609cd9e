"""What replay adds to a suite of 200 tests of 5 calls: pytest-recording against this plugin, each over no recording.

    python benchmarks/suite.py [TESTS] [ROUNDS]

The same tests, the same installed plugins. Without recording the client has a mock transport and both plugins are
off; with one of them it replays that one's cassettes. CPU seconds of the whole pytest process, the kinds in turn, the
median of the rounds. `capture` is our recorder as a fixture, one tape a test, which is what pytest-recording does;
`altax` is the plugin, which also reads, meters and reports every call.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import workload

CALLS = 5
HERE = Path(__file__).parent
OFF = ("-p", "no:altax", "-p", "no:recording")
KINDS = {
    "none": OFF,
    "pytest-recording": ("-p", "no:altax", "--record-mode=none"),
    "capture": OFF,
    "altax": ("-p", "no:recording", "--altax"),
}
TEST = """
import os, sys
import httpx, pytest
sys.path.insert(0, {here!r})
import workload

def answered(request):
    return httpx.Response(200, content=ANSWER)

ANSWER = workload.answer(0)
BODIES = [workload.spelled(number) for number in range({calls})]
MOCKED = os.environ["BENCHMARK"] == "none"

@pytest.fixture(scope="session")
def client():
    # the real transport reads the certificates of the machine: every kind pays for that
    real = httpx.HTTPTransport()
    with httpx.Client(transport=httpx.MockTransport(answered) if MOCKED else real) as client:
        yield client
    real.close()

@pytest.fixture(scope="session")
def engine():
    from pytest_altax.capture import CaptureSettings, Engine
    from pytest_altax.providers.registry import ProviderRegistry

    engine = Engine(CaptureSettings(), ProviderRegistry())
    engine.install()
    yield engine
    engine.uninstall()

@pytest.fixture(autouse=os.environ["BENCHMARK"] == "capture")
def tape(engine, request):
    from pathlib import Path

    with engine.playing(engine.tape(Path("cassettes", "test_suite", request.node.name + ".json"))) as tape:
        yield
    assert not tape.errors and not tape.unused

@pytest.mark.vcr
@pytest.mark.parametrize("test", range({tests}))
def test_it(test, client):
    for body in BODIES[test * {each} : test * {each} + {each}]:
        client.post(workload.URL, content=body, headers={{"content-type": "application/json"}}).raise_for_status()
"""


def build(folder: Path, tests: int) -> None:
    """Write the suite and its cassettes of both kinds, each in a folder of its own."""
    for kind in KINDS:
        home = folder / kind
        cassettes = home / "cassettes" / "test_suite"
        cassettes.mkdir(parents=True)
        (home / "pyproject.toml").write_text("[tool.pytest.ini_options]\nmarkers = ['vcr']\n")
        text = TEST.format(here=str(HERE), calls=tests * CALLS, tests=tests, each=CALLS)
        (home / "test_suite.py").write_text(text)
        for test in range(tests):
            calls = range(test * CALLS, (test + 1) * CALLS)
            if kind in ("altax", "capture"):
                workload.ours(cassettes / f"test_it[{test}].json", calls)
            elif kind == "pytest-recording":
                workload.vcrpys(cassettes / f"test_it[{test}].yaml", calls)


def seconds(folder: Path, kind: str, tests: int) -> float:
    """CPU seconds of one run of the suite."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *KINDS[kind]]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(
        command, cwd=folder / kind, env={**os.environ, "BENCHMARK": kind}, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if told.returncode or f"{tests} passed" not in told.stdout:
        raise SystemExit(told.stdout + told.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the figures."""
    tests = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as name:
        build(Path(name), tests)
        taken = [{kind: seconds(Path(name), kind, tests) for kind in KINDS} for _ in range(rounds)]
    medians = {kind: statistics.median(one[kind] for one in taken) for kind in KINDS}
    print(f"{tests} tests of {CALLS} calls, without recording: {medians['none']:.2f} s")
    theirs = medians["pytest-recording"] - medians["none"]
    print(f"pytest-recording adds {theirs:.2f} s")
    for kind, told in (("capture", "capture"), ("altax", "altax, metering and report included,")):
        own = medians[kind] - medians["none"]
        print(f"{told} adds {own:.2f} s: {own / theirs:.2f} of that")


if __name__ == "__main__":
    main()
