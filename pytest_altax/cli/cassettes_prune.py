"""`altax cassettes prune`: what the last whole run never played, removed from the recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ..capture.storage.formats import looks_like_cassette
from ..capture.upkeep.inspect import files
from ..capture.upkeep.pruning import prune
from ..errors import CassetteError, ResultsError
from ..report.jsonlines import read
from ..report.model import CassetteUse, Results, TestResult
from ..report.safe import plain
from .cassettes_unrun import Unrun, is_own
from .extensions import meters
from .project import cassette_folder, counted

# a test that was skipped or failed may have left what it would have played
_TOLD = ("passed", "xfailed", "xpassed")


@dataclass(frozen=True, slots=True)
class _Unused:
    """A cassette with recordings that no test played; `why` says why they stay, if they do."""

    path: str
    digest: str
    total: int
    numbers: tuple[int, ...]
    why: str | None = None


@click.command("prune")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--results",
    default="altax-results.jsonl",
    show_default=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The results of the last run.",
)
@click.option("--orphans", is_flag=True, help="Remove cassettes that no test opened, too; else they are only listed.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be removed.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], results: Path, orphans: bool, dry_run: bool) -> None:
    """Remove the recordings that the last run of the whole suite never played, from the cassettes at PATHS or from all.

    A recording goes when no test that opened its cassette played it and all of them passed. A cassette that has
    changed since the run, or that a skipped test may need, is left alone, and a run that was cut short or of which
    tests were deselected tells nothing.

    Exit code 0: all is done; 1: some cassette was left as it was; 2: there is nothing to go by.

    Example: pytest --altax && altax cassettes prune --dry-run
    """
    run = read(results.read_text(encoding="utf-8"), str(results), meters().metrics)
    if run.run.partial:
        fix = "run the whole suite: pytest --altax"
        raise ResultsError(f"{results} is of a partial run ({plain(run.run.partial)}): nothing can be told", fix=fix)
    root = results.resolve().parent
    unrun, folder = Unrun(root, run.tests), cassette_folder(root)
    left = 0
    for one in _unused(run.tests, lambda path: unrun.beside(root / path, _folder(root / path, folder))):
        if _chosen(root / one.path, paths):
            left += not _pruned(root, one, dry_run)
    lost = [path for path in _orphans(root, run, paths) if _chosen(path, paths)]
    for path in lost:
        _orphan(path, unrun.beside(path, _folder(path, folder)), orphans and not dry_run)
    if lost and not orphans:
        click.echo("to fix: altax cassettes prune --orphans removes what no test opened")
    ctx.exit(1 if left else 0)


def _unused(tests: Iterable[TestResult], unrun: Callable[[str], str | None]) -> Iterator[_Unused]:
    """What is unused of each cassette, by its path; `unrun` names a test that may share one and was not run."""
    opened: dict[str, list[tuple[TestResult, CassetteUse]]] = {}
    for test in tests:
        for use in test.cassettes:
            opened.setdefault(use.path, []).append((test, use))
    for path, uses in sorted(opened.items()):
        numbers = set.intersection(*(set(use.unused) for _, use in uses))
        failed = next((test for test, _ in uses if test.outcome not in _TOLD), None)
        digests = {use.digest for _, use in uses}
        why = f"{failed.id} {failed.outcome}" if failed else None
        if why is None and len(digests) > 1:
            why = "it was written during the run"
        if why is None and not all(is_own(Path(path), test.id) for test, _ in uses):
            why = unrun(path)
        if numbers or (why and any(use.unused for _, use in uses)):
            yield _Unused(path, uses[0][1].digest or "", uses[0][1].recordings, tuple(sorted(numbers)), why)


def _pruned(root: Path, one: _Unused, dry: bool) -> bool:
    """Remove what is unused of a cassette and tell it; whether that was done."""
    name = plain(one.path)
    if one.why:
        click.echo(f"{name}: left as it is, {plain(one.why)}")
        return False
    try:
        prune(root / one.path, one.digest, one.numbers, dry=dry)
    except (CassetteError, OSError) as error:
        click.echo(plain(error.what if isinstance(error, CassetteError) else str(error)), err=True)
        return False
    verb = "would go" if dry else "removed"
    shown = ", ".join(map(str, one.numbers))
    click.echo(f"{name}: {verb} {len(one.numbers)} of {counted(one.total, 'recording', 'recordings')} ({shown})")
    return True


def _chosen(path: Path, paths: Sequence[Path]) -> bool:
    return not paths or any(path.resolve().is_relative_to(one.resolve()) for one in paths)


def _orphans(root: Path, run: Results, paths: Sequence[Path]) -> list[Path]:
    """The cassettes that no test opened, at `paths`, or in the cassette folders of those that were opened."""
    opened = {(root / use.path).resolve() for test in run.tests for use in test.cassettes}
    name = cassette_folder(root)
    folders = paths or sorted({_folder(path, name) for path in opened})
    found = {
        path.resolve() for path in files(folder for folder in folders if folder.exists()) if looks_like_cassette(path)
    }
    return sorted(found - opened)


def _folder(path: Path, name: str) -> Path:
    """The outermost folder of that name above a cassette; the one it lies in where there is none."""
    return next((folder for folder in reversed(path.parents) if folder.name == name), path.parent)


def _orphan(path: Path, why: str | None, remove: bool) -> None:
    if why:
        click.echo(f"{plain(path.as_posix())}: left as it is, {plain(why)}")
        return
    if remove:
        path.unlink()
    click.echo(f"{plain(path.as_posix())}: {'removed, ' if remove else ''}no test opened it")
