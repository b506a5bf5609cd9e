"""`altax cassettes prune` removes what the last whole run never played, and nothing else."""

import gzip
import hashlib
import json

import pytest
import yaml
from click.testing import CliRunner

from pytest_altax.capture.recording import Recording
from pytest_altax.capture.storage import cassette, store
from pytest_altax.cli import main
from pytest_altax.records import Request, Response
from pytest_altax.report.jsonlines import JsonLines
from pytest_altax.report.model import CassetteUse, Header, Results, RunResult, TestResult

URL = "https://api.openai.com/v1/chat/completions"
HEADER = Header("0.1", "2026-01-01", "3.11", "0" * 16, "none", "lexical", "rouge1-greedy", "auto")


def recording(number, events=None):
    request = Request("POST", URL, (("content-type", "application/json"),), b'{"q":%d}' % number)
    return Recording(request, Response(200, (), b"{}", "OK"), events=events)


def pair(number):
    request = {"method": "POST", "uri": URL, "headers": {}, "body": str(number)}
    return {
        "request": request,
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "a"}},
    }


class Project:
    """A folder with cassettes, and the results of a run over them."""

    def __init__(self, root):
        self.root = root
        self.tests = []
        self.partial = None

    def cassette(self, name, count=4, events=None):
        path = self.root / "cassettes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cassette.dump([recording(n, events and events[n]) for n in range(count)], {"at": "then"}))
        return path

    def test(self, path, unused, outcome="passed", name=None, digest=None):
        digest = digest or hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
        use = CassetteUse(path.relative_to(self.root).as_posix(), digest, 4, tuple(unused))
        name = name or f"test_a.py::test_{len(self.tests)}"
        self.tests.append(TestResult(id=name, file="test_a.py", outcome=outcome, cassettes=(use,)))

    def prune(self, *arguments):
        run = RunResult(tests=len(self.tests), calls=1, stale=0, partial=self.partial)
        results = Results(HEADER, tuple(self.tests), run, {})
        (self.root / "altax-results.jsonl").write_text(JsonLines().render(results))
        return CliRunner().invoke(main, ["cassettes", "prune", *map(str, arguments)])


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


def left(path):
    return [json.loads(one.request.body)["q"] for one in store.read(path).recordings]


def test_what_was_never_played_goes(project):
    path = project.cassette("a.json")
    project.test(path, [1, 3])
    result = project.prune()
    assert result.exit_code == 0, result.output
    assert result.output == "cassettes/a.json: removed 2 of 4 recordings (1, 3)\n"
    assert left(path) == [0, 2]
    assert store.read(path).header == {"at": "then"}


def test_the_order_of_what_stays_is_that_of_before(project):
    path = project.cassette("a.json", events=[(1, 8), (2, 3), (4, 7), (5, 6)])
    project.test(path, [1])
    project.prune()
    assert [one.events for one in store.read(path).recordings] == [(1, 6), (2, 5), (3, 4)]


def test_of_a_shared_cassette_goes_what_no_test_played(project):
    path = project.cassette("a.json")
    project.test(path, [0, 1, 3])
    project.test(path, [1, 2, 3])
    project.prune()
    assert left(path) == [0, 2]


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_test_that_did_not_pass_keeps_all_of_its_cassette(project, outcome):
    path = project.cassette("a.json")
    project.test(path, [1])
    project.test(path, [1, 2], outcome=outcome, name="test_a.py::test_it")
    result = project.prune()
    assert result.exit_code == 1
    assert result.output == f"cassettes/a.json: left as it is, test_a.py::test_it {outcome}\n"
    assert left(path) == [0, 1, 2, 3]


def test_a_cassette_that_has_changed_since_is_left(project):
    path = project.cassette("a.json")
    project.test(path, [1], digest="0" * 16)
    result = project.prune()
    assert result.exit_code == 1
    assert "has changed since the run" in result.stderr
    assert left(path) == [0, 1, 2, 3]


def test_a_partial_run_tells_nothing(project):
    path = project.cassette("a.json")
    project.test(path, [1])
    project.partial = "2 tests were deselected"
    result = project.prune()
    assert result.exit_code == 2
    assert "partial run (2 tests were deselected)" in result.output
    assert left(path) == [0, 1, 2, 3]


def test_a_dry_run_removes_nothing(project):
    path = project.cassette("a.json")
    project.test(path, [1])
    assert project.prune("--dry-run").output == "cassettes/a.json: would go 1 of 4 recordings (1)\n"
    assert left(path) == [0, 1, 2, 3]


def test_a_cassette_of_which_nothing_is_played_goes_whole(project):
    path = project.cassette("a.json")
    project.test(path, [0, 1, 2, 3])
    assert project.prune().exit_code == 0
    assert not path.exists()


def test_only_the_paths_that_are_named_are_pruned(project):
    one, two = project.cassette("one/a.json"), project.cassette("two/a.json")
    project.test(one, [0])
    project.test(two, [0])
    project.prune("cassettes/one")
    assert (left(one), left(two)) == ([1, 2, 3], [0, 1, 2, 3])


def test_a_cassette_that_no_test_opened_is_listed_and_goes_when_asked_for(project):
    path, orphan = project.cassette("test_a/a.json"), project.cassette("test_gone/b.json")
    project.test(path, [])
    result = project.prune()
    assert f"{orphan.as_posix()}: no test opened it" in result.output
    assert orphan.exists()
    assert "removed, no test opened it" in project.prune("--orphans").output
    assert not orphan.exists()
    assert path.exists()


SOURCE = "def test_0(): ...\n\nclass TestIt:\n    @pytest.mark.skip\n    async def test_skipped(self): ...\n"


@pytest.mark.parametrize("name", ["test_a/TestIt.test_skipped.json", "shop.json"])
def test_what_a_skipped_test_may_have_is_no_orphan(project, name):
    project.test(project.cassette("test_a/test_0.json"), [])
    kept = project.cassette(name)
    (project.root / "test_a.py").write_text(SOURCE)
    assert f"{name}: left as it is, test_skipped in test_a.py was not run" in project.prune("--orphans").output
    assert kept.exists()
    (project.root / "test_a.py").write_text(SOURCE.replace("test_skipped", "help"))
    project.prune("--orphans")
    assert not kept.exists()


def test_of_a_cassette_that_a_skipped_test_may_share_nothing_goes(project):
    shared, own = project.cassette("shop.json"), project.cassette("test_a/test_1.json")
    project.test(shared, [2])
    project.test(own, [2])
    (project.root / "test_a.py").write_text(SOURCE + "def test_1(): ...\n")
    result = project.prune()
    assert result.exit_code == 1
    assert "cassettes/shop.json: left as it is, test_skipped in test_a.py was not run" in result.output
    assert (left(shared), left(own)) == ([0, 1, 2, 3], [0, 1, 3])


@pytest.mark.parametrize(("name", "pack"), [("a.yaml", bytes), ("a.yaml.gz", gzip.compress)])
def test_a_cassette_of_vcrpy_stays_one(project, name, pack):
    path = project.cassette(name)
    data = yaml.dump({"interactions": [pair(n) for n in range(4)], "version": 1}).encode()
    path.write_bytes(pack(data))
    project.test(path, [0, 2])
    assert project.prune().exit_code == 0
    kept = path.read_bytes() if name == "a.yaml" else gzip.decompress(path.read_bytes())
    assert yaml.safe_load(kept) == {"interactions": [pair(1), pair(3)], "version": 1}


def test_another_format_is_left_and_named(project):
    path = project.cassette("a.har")
    entry = {"request": {"method": "GET", "url": URL, "headers": []}, "response": {"status": 200, "content": {}}}
    path.write_text(json.dumps({"log": {"entries": [entry]}}))
    project.test(path, [0])
    result = project.prune()
    assert result.exit_code == 1
    assert "recordings can be removed from cassettes of pytest-altax and vcrpy alone" in result.output


def test_without_results_it_is_a_usage_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["cassettes", "prune"]).exit_code == 2
