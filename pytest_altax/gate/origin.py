"""Where a baseline comes from: a file, or that file as it was at the merge base with a branch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import ConfigError, ResultsError
from ..gitrepo import Repository
from ..measurements import Metric
from .baseline import Baseline, read
from .change import NO_BASELINE, Against

GIT = "git:"
_SHORT = 9


def against(asked: str | None, standing: Path, metrics: Mapping[str, Metric], readers: Mapping[str, str]) -> Against:
    """What a run is compared with: `asked` is `git:REF`, a file, or None for the standing file, which may be absent.

    `readers` are the detector, clusterer, tokenizer and prices of the run. Raises ConfigError for a file that is not
    there, ResultsError for one that cannot be read, GitError for a revision that is not known.
    """
    if asked is not None and asked.startswith(GIT):
        return _of_git(asked.removeprefix(GIT), standing, metrics, readers)
    if asked == "":
        raise ConfigError("--altax-baseline is empty", fix="name a file, or a revision as git:origin/main")
    path = standing if asked is None else Path(asked)
    if asked is None and not path.exists():
        return Against(None, readers=readers)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        fix = "name a file, git:REF, or make one with altax baseline update"
        raise ConfigError(f"there is no baseline {asked}", fix=fix) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"the baseline {path} cannot be read: {error}") from error
    return Against(read(text, path.name if asked is None else str(asked), metrics), readers=readers)


def _of_git(ref: str, standing: Path, metrics: Mapping[str, Metric], readers: Mapping[str, str]) -> Against:
    repository = Repository.of(standing.parent)
    base = repository.merge_base(ref)
    content = repository.read(base, standing)
    where = f"{standing.name} at {base[:_SHORT]}, the merge base with {ref}"
    if content is None:
        return Against(None, f"{NO_BASELINE}: there is no {where}; make one with altax baseline update", readers)
    return Against(_decoded(content, where, metrics), readers=readers)


def _decoded(content: bytes, where: str, metrics: Mapping[str, Metric]) -> Baseline:
    try:
        return read(content.decode("utf-8"), where, metrics)
    except UnicodeDecodeError as error:
        raise ResultsError(f"{where}: not UTF-8: {error}") from error
