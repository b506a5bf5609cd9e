"""Tests that the results of a run say nothing of, though they stand in its files: skipped, they may need a cassette."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..report.model import TestResult

_SUFFIX = re.compile(r"\.(?:json|ya?ml)(?:\.gz)?$")
_TEST = re.compile(r"^[ \t]*(?:async )?def (test\w*)", re.MULTILINE)


class Unrun:
    """Finds them for a cassette; `root` is where the files of the results are named from."""

    def __init__(self, root: Path, tests: Iterable[TestResult]) -> None:
        self._ran: dict[Path, set[str]] = defaultdict(set)
        for test in tests:
            self._ran[(root / test.file).resolve()].add(function(test.id))

    def beside(self, path: Path, folder: Path) -> str | None:
        """A test that may have the cassette at a path in a cassette folder, and was not run; None where all were.

        In `FOLDER/MODULE/` these are the tests of the module, else those of all modules beside the folder.
        """
        return next((f"{name} in {source.name} was not run" for source, name in self._missing(path, folder)), None)

    def _missing(self, path: Path, folder: Path) -> Iterator[tuple[Path, str]]:
        module = folder.parent / f"{path.relative_to(folder).parts[0]}.py"
        for source in [module] if module.is_file() else sorted(folder.parent.glob("*.py")):
            for name in _TEST.findall(source.read_text(encoding="utf-8", errors="replace")):
                if name not in self._ran[source.resolve()]:
                    yield source, name


def function(id_: str) -> str:
    """The function in the id of a test."""
    return id_.partition("[")[0].rpartition("::")[2]


def is_own(path: Path, id_: str) -> bool:
    """Whether a cassette is named after the test of that id, which then shares it with no other test."""
    return _SUFFIX.sub("", path.name).partition("[")[0].rpartition(".")[2] == function(id_)
