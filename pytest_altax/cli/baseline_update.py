"""`altax baseline update [RESULTS]`: a run blessed as the baseline."""

from __future__ import annotations

from pathlib import Path

import click

from ..capture.storage.saving import write_whole
from ..config import Settings
from ..gate.baseline import read, write
from ..report import jsonlines
from ..report.blessing import blessed, told
from .project import CONFIG, meters_of, settings_of, text_of

_FIRST = "run pytest --altax first, or name its results file"


@click.command("update")
@click.argument("results", default="altax-results.jsonl", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), help="The file to write, another than `baseline`."
)
@CONFIG
def command(results: Path, to: Path | None, config: Path | None) -> None:
    """Make the run that RESULTS tells of the baseline; altax-results.jsonl by default.

    It is written to the file that `baseline` in [tool.pytest-altax] names, altax-baseline.json, to be committed. What a
    run did not measure is kept from the baseline before: of a partial run the other tests, of stale answers what was
    known. Tests that a whole run no longer has are dropped. Exit code 2: the results cannot be read.

    Example: pytest --altax && altax baseline update
    """
    settings = settings_of(config)
    metrics = meters_of(settings).metrics
    found = jsonlines.read(text_of(results, _FIRST), str(results), metrics)
    path = to or standing(settings)
    before = read(text_of(path), path.name, metrics) if path.exists() else None
    after = blessed(found, before, metrics, path.resolve().parent)
    write_whole(path, write(after, metrics).encode("utf-8"))
    for line in told(path, found, before, after):
        click.echo(line)


def standing(settings: Settings) -> Path:
    """The file that holds the baseline of a project."""
    return (settings.path.parent if settings.path else Path.cwd()) / settings.baseline
