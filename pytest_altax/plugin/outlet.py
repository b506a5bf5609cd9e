"""Where reports go: printed at the end of the run, or written to files that are never half written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ..errors import ResultsError
from ..report.model import Results
from ..report.terminal import Tone, table
from .state import Run, reporters

_MARKUP = {
    Tone.PLAIN: {},
    Tone.FAINT: {"light": True},
    Tone.BOLD: {"bold": True},
    Tone.BAD: {"red": True},
    Tone.WARN: {"yellow": True},
}


def write_reports(config: pytest.Config, run: Run, results: Results) -> tuple[list[str], list[str]]:
    """Write the reports that go to files: the lines that tell where, and the errors of those asked for but not written.

    The standing results file is no reason to fail where a folder is read-only; it is only said.
    """
    said: list[str] = []
    failed: list[str] = []
    known = reporters(config)
    for name, asked in run.reports:
        destination = asked or known[name].destination
        if destination is not None:
            # A path that was typed is relative to where it was typed; the standing name lies in the root folder
            home = config.invocation_params.dir if asked else config.rootpath
            path = home / destination
            try:
                _replace(path, known[name].render(results))
                said.append(f"{name}: {os.path.relpath(path, config.invocation_params.dir)}")
            except ResultsError as error:
                (failed if asked else said).append(str(error) if asked else error.what)
    return said, failed


def _replace(path: Path, text: str) -> None:
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise ResultsError(f"the report {path} cannot be written: {error.strerror}", fix="name another file") from error


def print_reports(
    terminal: pytest.TerminalReporter, config: pytest.Config, run: Run, results: Results, written: list[str]
) -> None:
    """Print the table, then the reports that have no file, then where the others are."""
    verbosity = config.get_verbosity()
    rows = table(results, terminal._tw.fullwidth, verbosity)
    terminal.section("alignment tax")
    for row in rows:
        terminal.write_line(row.text, **_MARKUP[row.tone])
    known = reporters(config)
    for name, asked in run.reports:
        if asked is None and known[name].destination is None and name != "terminal":
            terminal.write(known[name].render(results))
    if verbosity >= 0:
        for line in written:
            terminal.write_line(line, light=True)
