"""`altax cassettes check PATH...`: secrets in recordings, and recordings that do not load."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import click

from ..capture.secrets.refusal import FIX
from ..capture.upkeep.inspect import Problem, files, inspect
from ..report.safe import plain
from .project import CONFIG, counted, secret_rules

# GitHub shows 10 annotations of a kind a step, messages of up to 4,096 characters.
_MOST_ANNOTATIONS = 9
_LONGEST = 500


@click.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@CONFIG
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], form: str, config: Path | None) -> None:
    """Look for secrets in the recordings at PATHS, files or folders, whoever wrote them.

    Known shapes of keys, secret headers and fields, random values under secret names, and the values of this
    process's own secret environment variables are found, in compressed bodies too. No secret is printed, only its
    first four characters. What [tool.pytest-altax.secrets] allow = ['...'] fits is none.

    Every cassette is loaded, too. Exit code 0: nothing found; 1: something found; 2: nothing to look at.

    Example: altax cassettes check tests --format github
    """
    rules = secret_rules(config)
    checked = list(files(paths))
    if not checked:
        raise click.UsageError(f"no recordings in {', '.join(map(str, paths))}")
    problems = [problem for path in checked for problem in inspect(path, rules)]
    for line in _FORMS[form](problems, len(checked)):
        click.echo(line)
    ctx.exit(1 if problems else 0)


def _text(problems: Sequence[Problem], checked: int) -> Iterable[str]:
    for one in problems:
        yield f"{_place(one)}: {_said(one)}"
    if not problems:
        yield f"{counted(checked, 'file', 'files')}: nothing found"
        return
    files_ = len({one.file for one in problems})
    yield f"{counted(len(problems), 'problem', 'problems')} in {files_} of {counted(checked, 'file', 'files')}"
    if any(one.line for one in problems):
        yield f"to fix: altax cassettes scrub PATH takes out what it knows; else {FIX}"


def _json(problems: Sequence[Problem], checked: int) -> Iterable[str]:
    told = [{"file": one.file, "line": one.line, "kind": one.kind, "hint": one.hint} for one in problems]
    yield json.dumps({"checked": checked, "problems": told}, indent=1)


def _github(problems: Sequence[Problem], checked: int) -> Iterable[str]:
    for one in problems[:_MOST_ANNOTATIONS]:
        line = f",line={one.line}" if one.line else ""
        yield f"::error file={_property(one.file)}{line},title=altax cassettes::{_data(_said(one))}"
    if len(problems) > _MOST_ANNOTATIONS:
        yield f"::error title=altax cassettes::{len(problems) - _MOST_ANNOTATIONS} more, see the log"
        yield from _text(problems, checked)


_FORMS: Mapping[str, Callable[[Sequence[Problem], int], Iterable[str]]] = {
    "text": _text,
    "json": _json,
    "github": _github,
}


def _place(one: Problem) -> str:
    return plain(f"{one.file}:{one.line}" if one.line else one.file)


def _said(one: Problem) -> str:
    return plain(f"{one.kind}, {one.hint}" if one.hint else one.kind, _LONGEST)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
