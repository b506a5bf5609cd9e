"""What is asked of git: the merge base with a branch, files as they were there, and what has changed since.

The only contact with git, which is run as a process. Nothing in a repository is written, but for a worktree that is
removed again.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import GitError

_SECONDS = 60
_CHECKOUT_SECONDS = 600
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
"""What git sets for its hooks, where it would speak of another folder than the one that is asked about."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that a folder is in. `root` is its top folder."""

    root: Path

    @classmethod
    def of(cls, folder: Path) -> Repository:
        """Find the repository around a folder. Raises GitError where there is none, or no git."""
        return cls(Path(_git(folder, "rev-parse", "--show-toplevel")))

    def head(self) -> str:
        """The commit that is checked out, as 40 hexadecimal digits. Raises GitError before the first commit."""
        return _git(self.root, "rev-parse", "--verify", "HEAD^{commit}")

    def commit(self, ref: str) -> str:
        """The commit that a branch, tag or revision names. Raises GitError for one that is not known here."""
        if ref.startswith("-") or not ref:
            raise GitError(f"{ref!r} is no git revision", fix="name a branch, a tag or a commit, such as origin/main")
        try:
            return _git(self.root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        except GitError as error:
            known = _git(self.root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes")
            facts = [f"branches here: {', '.join(known.split()[:8])}"] if known else []
            fix = "fetch it first; with actions/checkout, set fetch-depth: 0"
            raise GitError(f"git knows no {ref!r} here", facts=facts, fix=fix) from error

    def merge_base(self, ref: str) -> str:
        """The last commit that HEAD has in common with a revision.

        Raises GitError where none is known: the clone is shallow, or they have no history in common.
        """
        commit = self.commit(ref)
        try:
            return _git(self.root, "merge-base", "HEAD", commit)
        except GitError as error:
            shallow = _git(self.root, "rev-parse", "--is-shallow-repository") == "true"
            why = "this clone is shallow" if shallow else "they have no history in common"
            fix = "fetch more of it: git fetch --unshallow, or fetch-depth: 0 with actions/checkout"
            raise GitError(
                f"HEAD and {ref!r} have no merge base here: {why}", fix=fix if shallow else "name another branch"
            ) from error

    def read(self, commit: str, path: Path) -> bytes | None:
        """A file as it is in a commit; None where the commit has none of that name."""
        name = self._name(path)
        try:
            _git(self.root, "cat-file", "-e", f"{commit}:{name}")
        except GitError:
            return None
        return _git_bytes(self.root, "show", f"{commit}:{name}")

    def changed(self, commit: str) -> tuple[str, ...]:
        """The files that differ between a commit and the working tree, new and deleted ones too, from the root."""
        tracked = _git_bytes(self.root, "diff", "--name-only", "--no-renames", "-z", commit, "--")
        new = _git_bytes(self.root, "ls-files", "--others", "--exclude-standard", "-z")
        names = {os.fsdecode(name) for name in (tracked + new).split(b"\0") if name}
        return tuple(sorted(names))

    def is_dirty(self) -> bool:
        """Whether a tracked file differs from the commit that is checked out."""
        return bool(_git(self.root, "status", "--porcelain", "--untracked-files=no"))

    @contextlib.contextmanager
    def worktree(self, commit: str, folder: Path) -> Iterator[None]:
        """Check a commit out into a new folder, without its hooks, and remove it afterwards.

        The folder is its caller's to delete, so that what git cannot remove hides no other error.
        """
        try:
            _git(self.root, "worktree", "add", "--quiet", "--detach", str(folder), commit, seconds=_CHECKOUT_SECONDS)
            yield
        finally:
            with contextlib.suppress(GitError):
                _git(self.root, "worktree", "remove", "--force", str(folder))

    def _name(self, path: Path) -> str:
        whole = path if path.is_absolute() else self.root / path
        try:
            return whole.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            raise GitError(f"{path} is outside of the repository {self.root}") from None


def _git(folder: Path, *arguments: str, seconds: float = _SECONDS) -> str:
    return _git_bytes(folder, *arguments, seconds=seconds).decode("utf-8", "replace").strip()


def _git_bytes(folder: Path, *arguments: str, seconds: float = _SECONDS) -> bytes:
    hookless = ("--no-optional-locks", "-c", f"core.hooksPath={os.devnull}")
    command: Sequence[str] = ("git", *hookless, "-C", str(folder), *arguments)
    try:
        environment = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
        done = subprocess.run(command, capture_output=True, check=False, timeout=seconds, env=environment)
    except FileNotFoundError as error:
        raise GitError("git is not installed", fix="install git, or give the baseline as a file") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {arguments[0]} did not end within {seconds:g} seconds") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(f"git {arguments[0]} failed in {folder}", facts=said[:3])
    return done.stdout
