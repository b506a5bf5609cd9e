"""A baseline that is recomputed from the merge base."""

import shutil
import subprocess

import pytest
from baseline_shop import LONG, TEST, git, longer, recorded


@pytest.fixture
def shop(suite):
    return recorded(suite)


@pytest.fixture
def committed(shop):
    """The shop, committed on `main` without a baseline, and its prompt grown on a branch."""
    shop.write(".gitignore", "__pycache__\naltax-results.jsonl\n")
    git(shop.path, "init", "-q", "-b", "main")
    git(shop.path, "add", "-A")
    git(shop.path, "commit", "-qm", "start")
    git(shop.path, "checkout", "-qb", "work")
    longer(shop)
    return shop


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_the_merge_base_is_recomputed_where_it_has_no_baseline(committed, workers):
    result = committed.run("--altax-baseline=git:main?recompute", *workers)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*baseline: *, the merge base with main, recomputed (today)*"])
    listed = subprocess.run(["git", "worktree", "list"], cwd=committed.path, capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) == 1


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_merge_base_that_measures_nothing_yet_is_no_baseline(committed, workers):
    git(committed.path, "checkout", "-q", "main")
    git(committed.path, "rm", "-rq", "test_shop.py", "cassettes")
    git(committed.path, "commit", "-qm", "nothing yet")
    git(committed.path, "checkout", "-qB", "work")
    git(committed.path, "checkout", "-q", "HEAD~1", "--", "test_shop.py", "cassettes")
    result = committed.run("--altax-baseline=git:main?recompute", *workers)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*no baseline: no test calls a model at *, the merge base with main"])


def test_a_new_test_file_that_is_asked_for_is_not_looked_for_in_the_merge_base(committed):
    committed.write("test_new.py", TEST)
    (committed.path / "cassettes" / "test_new").mkdir()
    shutil.copy(committed.path / "cassettes/test_shop/test_door.json", committed.path / "cassettes/test_new")
    result = committed.run("--altax-baseline=git:main?recompute", "test_new.py::test_door", "test_shop.py::test_door")
    assert result.ret == 0
    result = committed.run("--altax-baseline=git:main?recompute", "test_new.py")
    assert result.ret == 0


def below(shop, layout):
    """Move the shop into a folder of its repository, its prompt into a package of a layout, committed on `main`."""
    inner = shop.path / "services" / "shop"
    inner.mkdir(parents=True)
    for name in ("pyproject.toml", "app.py", "test_shop.py", "cassettes"):
        shutil.move(shop.path / name, inner / name)
    (inner / layout).mkdir()
    shutil.move(shop.path / "prompt.py", inner / layout / "prompt.py")
    shop.write(".gitignore", "__pycache__\naltax-results.jsonl\n")
    git(shop.path, "init", "-q", "-b", "main")
    git(shop.path, "add", "-A")
    git(shop.path, "commit", "-qm", "start")
    git(shop.path, "checkout", "-qb", "work")
    (inner / layout / "prompt.py").write_text(LONG)
    return inner


def test_a_merge_base_with_a_src_layout_below_the_top_runs_its_own_code(shop, monkeypatch):
    inner = below(shop, "src")
    monkeypatch.setenv("PYTHONPATH", str(inner / "src"))
    result = shop.run_apart(
        f"--rootdir={inner}", "--altax-baseline=git:main?recompute", f"-c{inner}/pyproject.toml", inner
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["input_tokens *, +* since the baseline's *"])


def test_a_merge_base_that_would_run_the_code_of_the_working_tree_stops_the_run(shop, monkeypatch):
    inner = below(shop, "lib")
    monkeypatch.setenv("PYTHONPATH", str(inner / "lib"))
    result = shop.run_apart(
        f"--rootdir={inner}", "--altax-baseline=git:main?recompute", f"-c{inner}/pyproject.toml", inner
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*ran code of the working tree*", "*prompt from *services/shop/lib/prompt.py"])


def test_tests_of_the_merge_base_that_failed_are_counted(committed):
    git(committed.path, "checkout", "-q", "main")
    committed.write("test_shop.py", TEST + "    assert False\n")
    git(committed.path, "commit", "-qam", "red")
    git(committed.path, "checkout", "-qB", "work")
    committed.write("test_shop.py", TEST)
    result = committed.run("--altax-baseline=git:main?recompute")
    result.stdout.fnmatch_lines(["*, recomputed, 1 of its tests failed (today)*"])


def test_a_merge_base_whose_tests_do_not_run_stops_the_run_with_what_they_said(committed):
    git(committed.path, "checkout", "-q", "main")
    (committed.path / "conftest.py").write_text("raise ValueError('broken then')\n")
    git(committed.path, "add", "-A")
    git(committed.path, "commit", "-qm", "broken")
    git(committed.path, "checkout", "-qb", "mended")
    (committed.path / "conftest.py").unlink()
    result = committed.run("--altax-baseline=git:main?recompute")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the tests of the merge base did not run (exit 4)*", "*broken then*"])


def test_to_collect_recomputes_nothing(committed):
    result = committed.run("--altax-baseline=git:nowhere?recompute", "--collect-only")
    assert result.ret == 0


def test_only_a_revision_is_recomputed(committed):
    result = committed.run("--altax-baseline=altax-baseline.json?recompute")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*only a revision is recomputed*"])
