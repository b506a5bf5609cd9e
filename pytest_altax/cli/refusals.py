"""`altax refusals FILE...`: the refusal label of each answer in a file, and how the labels agree with those given."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import click

from ..config.refusals import read_refusals
from ..config.settings import DETECTOR
from ..errors import nearest
from ..meters.base import Detector, LabelKind
from ..meters.labels import label
from ..records import Call, Choice, Message, Part, PartKind
from ..text.language import identify
from . import project
from .extensions import detector_of
from .jsonl import Row, rows
from .refusal_table import Tally, figures, table

LABELS = tuple(kind.value for kind in LabelKind)
FIELDS = ("label", "known_by", "language", "score", "span")
"""The fields of a labelled answer, in order. They are a stable interface."""
_BY = ("language", "source", "model")
_STANDING = ("language", "source")
_IN_MEMORY = 1 << 20


@click.command("refusals")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--format", "form", type=click.Choice(["table", "jsonl", "json"]), default="table", show_default=True)
@click.option("--detector", "name", help="What labels the answers; by default the detector of pyproject.toml.")
@click.option(
    "--by",
    "by",
    type=click.Choice(_BY),
    multiple=True,
    help="What to count by; repeatable. [default: language, source]",
)
@project.CONFIG
def command(files: tuple[str, ...], form: str, name: str | None, by: tuple[str, ...], config: Path | None) -> None:
    """Label the answers in FILES, JSON lines with a `response`: refusal, partial or compliance.

    A response that is null or empty is a refusal. A line may have a `language`, else it is identified; a `label`
    (refusal, partial, compliance), to which the labels are compared; a `source` or a `model`, by which the
    table counts; and a `prompt`, for detectors that read it. `-` is standard input; gzip is unpacked.

    jsonl gives one object for each line, in order: label, known_by (text, empty), language, score (null where the
    detector has none), span (first character and end of what decided, null where nothing did). json gives these in one
    document with the figures of the table.

    Exit code 2: a line that cannot be used. Those before it have then been labelled.

    Example: altax refusals answers.jsonl --format jsonl
    """
    judge = _detector(config, name)
    tally = Tally(judge.id)
    answers = _labelled(files, judge, tally)
    if form == "jsonl":
        for answer in answers:
            click.echo(json.dumps(answer))
    elif form == "json":
        _echo_document(answers, lambda: figures(tally, by or _STANDING))
    else:
        for _ in answers:
            pass
        for line in table(tally, by or _STANDING):
            click.echo(line)


def _detector(config: Path | None, name: str | None) -> Detector:
    """The detector of that name, else of a `pyproject.toml`, with the phrases of that file; no more of it is read.

    Raises ConfigError and UnknownName.
    """
    path = config or project.nearest()
    said, phrases = read_refusals(path, Path.cwd() if path is None else path.parent)
    return detector_of(name or said or DETECTOR, phrases)


def _labelled(files: Iterable[str], judge: Detector, tally: Tally) -> Iterator[Mapping[str, Any]]:
    """The labels of the answers in order, each counted before it is given."""
    for row in rows(list(files)):
        text, given, truth = row.needed("response") or "", row.text("language"), _truth(row)
        source, model, prompt = _word(row, "source"), _word(row, "model"), _word(row, "prompt")
        asked = (Message("user", (Part(PartKind.TEXT, prompt),)),) if prompt else ()
        found = label(Choice(text=text), Call("file", "answers", model=model, messages=asked), judge)
        language = given or identify(text)
        tally.add(found.kind, truth, found.known_by, {"language": language, "source": source, "model": model})
        values = (found.kind.value, found.known_by, language, found.score, found.span and list(found.span))
        yield dict(zip(FIELDS, values, strict=True))


def _truth(row: Row) -> LabelKind | None:
    """The label that a line was given. Raises AnswersError for one that is none of the three."""
    given = row.text("label")
    if given is None:
        return None
    if given not in LABELS:
        raise row.wrong(f"label {given!r:.60} is unknown", f"use {', '.join(LABELS)} or null", nearest(given, LABELS))
    return LabelKind(given)


def _word(row: Row, key: str) -> str | None:
    """A text that the table or a detector may use; anything else is as good as absent."""
    value = row.data.get(key)
    return value if isinstance(value, str) and value else None


def _echo_document(answers: Iterable[Mapping[str, Any]], told: Callable[[], Mapping[str, Any]]) -> None:
    """One JSON document, printed only when all of it is known; kept on disk where it is large."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="ascii") as kept:
        for number, answer in enumerate(answers):
            kept.write((",\n  " if number else "\n  ") + json.dumps(answer))
        kept.seek(0)
        head = json.dumps(told(), indent=1)
        click.echo(head.removesuffix("\n}") + ',\n "answers": [', nl=False)
        for piece in _pieces(kept):
            click.echo(piece, nl=False)
        click.echo("]}")


def _pieces(file: IO[str]) -> Iterator[str]:
    while piece := file.read(_IN_MEMORY):
        yield piece
