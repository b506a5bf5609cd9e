"""`altax cassettes scrub PATH...`: recordings rewritten without their secrets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from ..capture.storage.formats import looks_like_cassette
from ..capture.upkeep.inspect import Problem, files, inspect
from ..capture.upkeep.scrub import scrub
from ..errors import CassetteError
from ..report.safe import plain
from .project import CONFIG, counted, secret_rules


@click.command("scrub")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would be replaced.")
@CONFIG
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], dry_run: bool, config: Path | None) -> None:
    """Rewrite the cassettes at PATHS, files or folders, without their secrets.

    What a recording of today would not keep is replaced: secret headers, parameters and fields, keys of known shapes,
    what [tool.pytest-altax.secrets] redact = ['...'] fits. A cassette stays in its format, ours or vcrpy's, and
    replays as before; other formats cannot be written and are named. A file is replaced whole or not at all.

    Exit code 0: all is done; 1: some file could not be scrubbed, or `altax cassettes check` still finds something in
    one; this is said as "N left".

    Example: altax cassettes scrub tests/cassettes --dry-run
    """
    rules = secret_rules(config)
    chosen = [path for path in files(paths) if path in paths or looks_like_cassette(path)]
    if not chosen:
        raise click.UsageError(f"no cassettes in {', '.join(map(str, paths))}")
    changed, failed = 0, 0
    left: list[Problem] = []
    for path in chosen:
        try:
            done = scrub(path, rules, dry=dry_run)
        except CassetteError as error:
            failed += 1
            click.echo(plain("; ".join([error.what, *error.facts])), err=True)
            continue
        if not dry_run:
            left += inspect(path, rules)
        if done.changed:
            changed += 1
            click.echo(f"{plain(path.as_posix())}: {_told(done.counts, dry_run)}")
    click.echo(
        f"{changed} of {counted(len(chosen), 'cassette', 'cassettes')} {'would change' if dry_run else 'changed'}"
    )
    if left:
        first = left[0]
        click.echo(f"{len(left)} left: {plain(f'{first.file}:{first.line}: {first.kind}')}; see altax cassettes check")
    ctx.exit(1 if failed or left else 0)


def _told(counts: Counter[str], dry: bool) -> str:
    kinds = ", ".join(f"{number} × {plain(kind)}" for kind, number in sorted(counts.items()) if number)
    return f"{'would replace' if dry else 'replaced'} {counts.total()} ({kinds})" if kinds else "spelled anew"
