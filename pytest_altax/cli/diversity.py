"""`altax diversity FILE...`: how much the answers to each prompt in a file differ."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..config import Settings
from ..errors import UnknownName, nearest
from ..meters.base import Clusterer, Detector, Embedder, LabelKind
from ..meters.labels import label
from ..meters.semantic import chosen
from ..meters.variety.record import MEASURES, GroupVariety, Variety
from ..records import Call, Choice, Message, Part, PartKind
from ..report.variety import averages
from .diversity_table import table
from .extensions import clusterers, detector_of, embedders
from .groups import Answers, groups
from .project import CONFIG, settings_of


@dataclass(frozen=True, slots=True)
class Judged:
    """A group with the class of each answer, numbered in order of first appearance, and what was measured."""

    answers: Answers
    clusters: list[int]
    variety: GroupVariety


@click.command("diversity")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--format", "form", type=click.Choice(["table", "jsonl", "json"]), default="table", show_default=True)
@click.option("--clusterer", "name", help="What puts answers into classes; by default that of pyproject.toml.")
@click.option("--partition", metavar="FIELD", help="Take the class of each answer from this field, ask no clusterer.")
@CONFIG
def command(files: tuple[str, ...], form: str, name: str | None, partition: str | None, config: Path | None) -> None:
    """Tell how much the answers to each prompt in FILES differ; JSON lines with a `group` and a `response`.

    Lines of a group need not stand together; a line may have a list `responses` instead. A response that is null or
    empty is a refusal. `harmful` (true, false) puts a group with the prompts that are to be refused. `-` is standard
    input; gzip is unpacked.

    jsonl gives one object for each group, in order of first appearance: group, n, clusters (the class of each answer
    in the order of the lines), every measure (null where it is not measured: `reasons` tells why), words_per_sample,
    refusal_share, empty_share, the same for the answers that are no refusals (`without_refusals`), and the ids of
    clusterer, similarity and detector. json gives these in one document with the averages of the table.

    A group of fewer than 5 answers has clusters and no measures. Exit code 2: a line that cannot be used.

    Example: altax diversity answers.jsonl --format jsonl
    """
    if name is not None and partition is not None:
        raise click.UsageError("--clusterer and --partition exclude each other")
    settings = settings_of(config)
    detector = detector_of(settings.detector, settings.phrases)
    clusterer = _Given(partition) if partition is not None else _clusterer(settings, name)
    embedder = chosen(settings.embedder, embedders(), clusterer)
    judged = [_judged(answers, clusterer, detector, embedder) for answers in groups(files, partition)]
    ids = {"clusterer": clusterer.id, "detector": detector.id}
    if form == "jsonl":
        for one in judged:
            click.echo(json.dumps(_row(one, ids)))
    elif form == "json":
        found = averages([(one.answers.harmful, one.variety) for one in judged])
        click.echo(json.dumps({**ids, "averages": found, "groups": [_row(one, ids) for one in judged]}, indent=1))
    else:
        rows = [(one.answers.group, one.answers.harmful, one.variety) for one in judged]
        for line in table(rows, clusterer.id, shutil.get_terminal_size().columns):
            click.echo(line)


class _Given:
    """Stands for a clusterer where the classes were given."""

    def __init__(self, field: str) -> None:
        self.id = f"given:{field}"


def _clusterer(settings: Settings, name: str | None) -> Clusterer:
    known = clusterers()
    if name is not None and name not in known:
        fix = f"use one of {', '.join(sorted(known))}"
        raise UnknownName(f"no clusterer is called {name!r}", did_you_mean=nearest(name, known), fix=fix)
    return known[name or settings.clusterer]


def _judged(answers: Answers, clusterer: Clusterer | _Given, detector: Detector, embedder: Embedder | None) -> Judged:
    _one_thread()
    from ..meters.variety.group import group_variety

    texts = answers.texts
    classes = answers.classes if isinstance(clusterer, _Given) else clusterer.cluster(texts)
    refused = [_refused(*one, detector) for one in zip(texts, answers.prompts, strict=True)]
    clusters = _numbered(classes)
    return Judged(answers, clusters, group_variety(str(answers.group), texts, refused, clusters, embedder))


def _one_thread() -> None:
    """Keep numpy's linear algebra to one thread, unless the user has said how many.

    For matrices of this size more threads only wait for each other: ten times the CPU on a busy machine.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _numbered(classes: Iterable[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(one, len(numbers)) for one in classes]


def _refused(text: str, prompt: str, detector: Detector) -> bool:
    asked = (Message("user", (Part(PartKind.TEXT, prompt),)),) if prompt else ()
    return label(Choice(text=text), Call("file", "answers", messages=asked), detector).kind is LabelKind.REFUSAL


def _row(one: Judged, ids: Mapping[str, str]) -> dict[str, Any]:
    """A group as plain data. The fields are a stable interface."""
    group, size = one.variety, len(one.clusters)
    shares = (group.refusals / size, group.empty / size) if size else (None, None)
    return {
        "group": one.answers.group,
        "n": size,
        "clusters": one.clusters,
        **_measures(group.answers),
        "refusal_share": shares[0],
        "empty_share": shares[1],
        "without_refusals": {"n": group.without_refusals.samples, **_measures(group.without_refusals)},
        "clusterer": ids["clusterer"],
        "similarity": group.similarity,
        "detector": ids["detector"],
    }


def _measures(variety: Variety) -> dict[str, Any]:
    values: dict[str, float | None] = {name: variety.values.get(name) for name in MEASURES}
    if values["distinct_clusters"] is not None:
        values["distinct_clusters"] = int(values["distinct_clusters"])
    words = variety.words if variety.samples else None
    return {**values, "reasons": dict(variety.unmeasured), "words_per_sample": words}
