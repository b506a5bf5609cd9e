import os
import shutil
import subprocess

import pytest

from pytest_altax.errors import GitError
from pytest_altax.gitrepo import Repository


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path):
    """A repository with a branch `main`, from which `work` has gone one commit further; `main` has moved on, too."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.txt").write_text("one\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "tag", "start")
    git(tmp_path, "checkout", "-qb", "work")
    (tmp_path / "a.txt").write_text("two\n")
    git(tmp_path, "commit", "-qam", "two")
    git(tmp_path, "checkout", "-q", "main")
    (tmp_path / "b.txt").write_text("b\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "b")
    git(tmp_path, "checkout", "-q", "work")
    return tmp_path


def test_the_merge_base_is_where_the_branches_parted(folder):
    assert Repository.of(folder).merge_base("main") == git(folder, "rev-parse", "start")


def test_a_file_is_read_as_it_was_in_a_commit(folder):
    repository = Repository.of(folder)
    assert repository.read(repository.merge_base("main"), folder / "a.txt") == b"one\n"


def test_a_file_that_a_commit_does_not_have_is_none(folder):
    repository = Repository.of(folder)
    assert repository.read(repository.head(), folder / "b.txt") is None


def test_changed_files_are_those_of_commits_of_the_tree_and_new_ones(folder):
    (folder / "new ü.txt").write_text("x")
    (folder / ".gitignore").write_text("ignored\n")
    (folder / "ignored").write_text("x")
    repository = Repository.of(folder)
    assert repository.changed(repository.merge_base("main")) == (".gitignore", "a.txt", "new ü.txt")


def test_a_tree_is_dirty_when_a_tracked_file_differs(folder):
    assert not Repository.of(folder).is_dirty()
    (folder / "a.txt").write_text("three\n")
    assert Repository.of(folder).is_dirty()


def test_an_unknown_branch_names_those_that_are_known(folder):
    with pytest.raises(GitError, match=r"git knows no 'origin/main' here\n  branches here: main, work"):
        Repository.of(folder).merge_base("origin/main")


@pytest.mark.parametrize("ref", ["", "--upload-pack=x", "-h"])
def test_what_looks_like_an_option_is_no_revision(folder, ref):
    with pytest.raises(GitError, match="is no git revision"):
        Repository.of(folder).merge_base(ref)


def test_a_shallow_clone_without_the_merge_base_says_how_to_get_it(folder, tmp_path_factory):
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--depth=1", "--no-single-branch", "--branch=work", folder.as_uri(), ".")
    with pytest.raises(GitError, match=r"this clone is shallow\n  to fix: .*fetch-depth: 0"):
        Repository.of(clone).merge_base("origin/main")


def test_histories_with_nothing_in_common_are_named_as_such(folder):
    git(folder, "checkout", "-q", "--orphan", "other")
    git(folder, "commit", "-qm", "other")
    with pytest.raises(GitError, match="they have no history in common"):
        Repository.of(folder).merge_base("main")


def test_a_folder_outside_of_any_repository_is_named(tmp_path):
    with pytest.raises(GitError, match="git rev-parse failed in"):
        Repository.of(tmp_path)


def test_a_hook_of_another_repository_does_not_mislead(folder, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert Repository.of(folder / ".").root.resolve() == folder.resolve()


def test_a_file_whose_name_is_not_utf_8_is_found_again(folder):
    name = os.fsdecode(b"caf\xe9.txt")
    (folder / name).write_text("x")
    repository = Repository.of(folder)
    assert name in repository.changed(repository.head())


def test_a_worktree_holds_a_commit_runs_no_hook_and_is_removed(folder, tmp_path_factory):
    hook = folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    place = tmp_path_factory.mktemp("trees") / "base"
    repository = Repository.of(folder)
    with repository.worktree(repository.commit("start"), place):
        assert sorted(path.name for path in place.iterdir()) == [".git", "a.txt"]
    assert len(git(folder, "worktree", "list").splitlines()) == 1


def test_an_error_within_a_worktree_is_not_hidden(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("trees") / "base"
    repository = Repository.of(folder)

    def work():
        with repository.worktree(repository.commit("start"), place):
            shutil.rmtree(place)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()


def test_a_file_outside_of_the_repository_is_refused(folder):
    with pytest.raises(GitError, match="is outside of the repository"):
        Repository.of(folder).read("HEAD", folder.parent / "x.txt")
