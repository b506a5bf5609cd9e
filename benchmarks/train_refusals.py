"""Trains the model of the detector `hybrid-1`: `python benchmarks/train_refusals.py [FOLDER] [--write]`.

FOLDER holds labelled answers as JSON lines (`source` file, `model`, `language`, `response`, `label`), by default
`../shared/refusal`, whose README lists sources and licences. Only English ones train; made-up openings of
`refusal_styles.jsonl` are added: refusals in the manner of many families of models, and what uses the same words and
complies. Needs scikit-learn. Without `--write` nothing is changed: each source, then each model is
left out in turn, and F1 is told of what was left out. `refusal_accuracy.py` prints the whole table.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

import pytest_altax
from pytest_altax.meters.detecting.grams import HEAD, Grams
from pytest_altax.meters.detecting.hybrid import HybridDetector
from pytest_altax.meters.detecting.linear import FILE, named, packed
from pytest_altax.text.phrases import Folded

HERE = Path(__file__).resolve().parent
STYLES = HERE / "refusal_styles.jsonl"
ANSWERS = HERE.parent.parent / "shared" / "refusal"
INVERSE_REGULARISATION = 30.0
THRESHOLD = 1.1
"""Log odds from which the model says refusal: what its sources' classes, made equal in training, ask for."""
FEWEST_ANSWERS, FEWEST_SOURCES = 3, 2
LARGEST = 127


@dataclass(frozen=True)
class Row:
    """One labelled answer. `source` is its file, `model` who answered."""

    source: str
    model: str
    language: str
    response: str
    label: str


class Trained(NamedTuple):
    """Whole-number weights by the name of a feature, the bias, and what a weight of 1 is worth."""

    names: dict[str, int]
    bias: float
    scale: float


def answers(folder: Path = ANSWERS) -> list[Row]:
    """The labelled answers of a folder. Raises OSError where there are none to read."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            data = json.loads(line)
            found.append(Row(path.stem, data["model"], data["language"], data["response"], data["label"]))
    if not found:
        raise OSError(f"no .jsonl files of labelled answers in {folder}")
    return found


def styles() -> Iterator[Row]:
    """The made-up openings, as a source of their own."""
    for line in STYLES.read_text("utf-8").splitlines():
        data = json.loads(line)
        yield Row("styles", "styles", "en", data["response"], data["label"])


def train(rows: Sequence[Row]) -> Trained:
    """Fit a model on the English refusals and compliances among these rows and on the made-up openings."""
    rows = [row for row in (*rows, *styles()) if row.language == "en" and row.label != "partial"]
    seen = [set(Grams.of(Folded.of(row.response.strip(), 0, HEAD)).names()) for row in rows]
    kept = common(rows, seen)
    table = [{one: 1 / np.sqrt(len(found)) for one in found if one in kept} for found in seen]
    vectorizer = DictVectorizer(dtype=np.float32)
    matrix = vectorizer.fit_transform(table)
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    truth = np.array([row.label == "refusal" for row in rows])
    fitted = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=1000, solver="liblinear")
    fitted.fit(matrix, truth, sample_weight=weights(rows))
    scale = float(np.abs(fitted.coef_).max()) / LARGEST
    whole = np.rint(fitted.coef_[0] / scale).astype(int)
    names = {str(name): int(number) for name, number in zip(vectorizer.feature_names_, whole, strict=True) if number}
    return Trained(names, round(float(fitted.intercept_[0]) - THRESHOLD, 4), round(scale, 8))


def common(rows: Sequence[Row], seen: Sequence[set[str]]) -> frozenset[str]:
    """The features that stand in enough answers and in more than one source."""
    counts = Counter(one for found in seen for one in found)
    places = {(one, row.source) for row, found in zip(rows, seen, strict=True) for one in found}
    sources = Counter(one for one, _ in places)
    return frozenset(one for one, n in counts.items() if n >= FEWEST_ANSWERS and sources[one] >= FEWEST_SOURCES)


def weights(rows: Sequence[Row]) -> np.ndarray:
    """Weights that make the sources of each class equal, and the classes."""
    cells = Counter((row.source, row.label) for row in rows)
    sources = Counter(label for _, label in cells)
    return np.array([len(rows) / (cells[row.source, row.label] * sources[row.label]) for row in rows])


def left_out(rows: Sequence[Row], group: Callable[[Row], str]) -> Iterator[tuple[Row, HybridDetector]]:
    """Each row with a detector whose model was trained without its group."""
    for name in sorted({group(row) for row in rows}):
        detector = HybridDetector(named(*train([row for row in rows if group(row) != name])))
        yield from ((row, detector) for row in rows if group(row) == name)


def f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    """F1 of (true, said)."""
    return 2 * sum(a and b for a, b in pairs) / max(1, sum(a + b for a, b in pairs))


def main() -> None:
    """Print F1 of what was left out; with `--write`, write the model trained on everything into the package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ANSWERS)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows = [row for row in answers(asked.folder) if row.language == "en"]
    if asked.write:
        path = Path(pytest_altax.__file__).parent / "data" / FILE
        path.write_bytes(packed(*train(rows)))
        print(f"{path.name}: {path.stat().st_size:,} bytes")
        return
    for what, group in (("source", lambda row: row.source), ("model", lambda row: f"{row.source}/{row.model}")):
        tally: dict[str, list[tuple[bool, bool]]] = {}
        for row, detector in left_out(rows, group):
            if row.label != "partial":
                said = detector.label_text(row.response).refused
                tally.setdefault(group(row), []).append((row.label == "refusal", said))
        for name, pairs in tally.items():
            refusals = sum(truth for truth, _ in pairs)
            false = sum(said for truth, said in pairs if not truth) / max(1, len(pairs) - refusals)
            print(f"{what} {name:60} F1 {f1(pairs):.3f}  false {false:.3f}  {refusals}/{len(pairs)}")


if __name__ == "__main__":
    main()
