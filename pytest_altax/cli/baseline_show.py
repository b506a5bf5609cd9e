"""`altax baseline show`: what the baseline holds."""

from __future__ import annotations

from pathlib import Path

import click

from ..gate.baseline import Baseline, read
from ..gate.estimate import pool
from ..gate.wording import figure
from ..report.comparison import short
from ..report.safe import plain
from .baseline_update import standing
from .project import CONFIG, counted, meters_of, settings_of, text_of

_SHOWN = ("total_tokens", "tax_tokens", "tax_ratio", "refusal_rate", "harmful_compliance_rate", "cost_usd")


@click.command("show")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CONFIG
def command(file: Path | None, config: Path | None) -> None:
    """Tell when the baseline was made, with what, and what it holds; FILE is another than the standing one.

    Example: altax baseline show
    """
    settings = settings_of(config)
    path = file or standing(settings)
    if not path.exists():
        raise click.UsageError(f"there is no {path}; make it with: pytest --altax && altax baseline update")
    metrics = meters_of(settings).metrics
    baseline = read(text_of(path), path.name, metrics)
    for line in _head(baseline):
        click.echo(line)
    for name in _SHOWN:
        parts = baseline.parts(name) if name in metrics else ()
        if parts and (value := pool(metrics[name], parts).value) is not None:
            click.echo(f"  {name} {figure(value, metrics[name].unit)}")


def _head(baseline: Baseline) -> list[str]:
    head = baseline.header
    made = f"of {plain(head.created[:10])}" + (f" at {short(head.revision)}" if head.revision else "")
    return [
        f"{plain(baseline.source)} {made}, {counted(len(baseline.tests), 'test', 'tests')}, altax {plain(head.altax)}",
        f"  detector {plain(head.detector)}, clusterer {plain(head.clusterer)}, tokenizer {plain(head.tokenizer)}, "
        f"{plain(head.prices)}",
    ]
