"""`altax merge SHARD...`: the results of the shards of a CI matrix, judged as one run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from ..gate.origin import against
from ..report.model import Results
from ..report.shown import Shown
from ..report.terminal import rows
from ..run.merging import merge
from .project import CONFIG, project_of

_FAILED = 1
_WIDTH = 100


@click.command("merge")
@click.argument("shards", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", default="altax-results.jsonl", show_default=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--baseline", metavar="PATH|git:REF", help="As --altax-baseline of pytest.")
@CONFIG
@click.pass_context
def command(ctx: click.Context, shards: tuple[Path, ...], to: Path, baseline: str | None, config: Path | None) -> None:
    """Put the results of SHARDS together, each made with --altax-shard=i/n, and judge them as one run.

    The merged file is that of an unsharded run but for its header, and so are the verdicts. Nothing is merged where a
    shard is missing, there twice, cut short, truncated, unsorted, or of other settings, tests, packages or commit.
    The shards are read a piece at a time: memory does not grow with the number of tests.

    Exit code 0: the run passes; 1: a test or a budget fails; 2: the shards cannot be merged.

    Example: altax merge shard-*.jsonl
    """
    project = project_of(config)
    compared = against(baseline, project.baseline, project.meters.metrics, project.readers)
    project = dataclasses.replace(project, against=compared, asked_baseline=baseline)
    shown = Shown()
    header, run = merge(project, shards, to, shown)
    for line in rows(Results(header, (), run, project.meters.metrics), shown, _WIDTH):
        click.echo(line.text)
    click.echo(f"{to}: {len(shards):,} shards, {run.tests:,} tests")
    if shown.fails or run.problems or any(verdict.fails for verdict in run.verdicts):
        ctx.exit(_FAILED)
