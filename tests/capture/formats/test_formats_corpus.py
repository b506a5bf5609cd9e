"""The recordings of other projects, where they lie beside the repository: each loads as its index says.

Every fifth file, and all that are no plain cassettes; all of them with ALTAX_FULL_CORPUS=1.
"""

import json
import os
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pytest_altax.capture.storage import formats, store
from pytest_altax.errors import CassetteError
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
STEP = 1 if os.environ.get("ALTAX_FULL_CORPUS") else 5
FAMILIES = ("openai.chat", "openai.responses", "anthropic.messages")

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of recordings is not there")


def files(role):
    """The files of a role, in the order of their names."""
    listed = json.loads((CORPUS / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
    return sorted(one["file"] for one in listed if one["role"] == role)


def index():
    """The rows of the index by file, in order."""
    rows = {}
    for line in (CORPUS / "INDEX.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows.setdefault(f"{row['repo']}/{row['file']}", []).append(row)
    return {file: sorted(found, key=lambda row: row["idx"]) for file, found in rows.items()}


@pytest.fixture(scope="module")
def loaded():
    """The sampled files with the rows of the index and the recordings that were read. A refusal fails here."""
    rows = index()
    names = files("interactions")[::STEP]
    return [(name, rows[name], list(store.read(CORPUS / name).recordings)) for name in names]


def rows_and_recordings(loaded):
    return [(name, row, one) for name, rows, found in loaded for row, one in zip(rows, found, strict=True)]


def test_corpus_files_hold_as_many_interactions_as_the_index_says(loaded):
    assert len(loaded) >= 880
    assert [name for name, rows, found in loaded if len(rows) != len(found)] == []


def test_corpus_interactions_come_in_the_order_of_the_index(loaded):
    for name, row, one in rows_and_recordings(loaded):
        url = urlsplit(one.request.url)
        assert one.request.method == row["method"], name
        # the index has host names in lower case
        assert url.netloc.lower() == row["host"], name
        told, found = (unquote(path).split("/") for path in (row["path"], url.path))
        # ids of projects and accounts are secrets: what stands for them is not compared
        differing = [b for a, b in zip(told, found, strict=True) if a != b]
        assert all(part == "REDACTED" or ":000000000000:" in part for part in differing), name


def test_corpus_statuses_are_those_of_the_index(loaded):
    for name, row, one in rows_and_recordings(loaded):
        # the index has no status for an error that llama-stack keeps as an exception with its status
        assert one.response.status == row.get("status", 400), name


def test_corpus_usage_is_found_in_every_body(loaded):
    registry, counts = ProviderRegistry(), Counter()
    for name, row, one in rows_and_recordings(loaded):
        if row["family"] in FAMILIES and row["generation"] and row.get("out_tokens") is not None:
            call = registry.read(Interaction(one.request, one.response))
            assert call.usage is not None, name
            counts[call.usage.output == row["out_tokens"]] += 1
    assert counts[True] >= 800
    assert not counts[False]


def test_corpus_bodies_have_no_content_encoding_left(loaded):
    for name, _, one in rows_and_recordings(loaded):
        assert not one.response.body.startswith(b"\x1f\x8b"), name
        assert one.response.header("content-encoding") is None, name


def test_corpus_recordings_of_other_traffic_are_refused_and_named():
    for name in files("not_http_cassette"):
        with pytest.raises(CassetteError, match=r"no request but a mapping with kind|interactions is no list") as error:
            store.read(CORPUS / name)
        assert name in str(error.value)


def test_corpus_files_that_hold_answers_alone_are_refused():
    for name in files("response_only"):
        with pytest.raises(CassetteError, match=r"holds no requests|several JSON values|is not a cassette"):
            store.read(CORPUS / name)


def test_corpus_cassettes_look_like_cassettes():
    missed = [name for name in files("interactions") if not formats.looks_like_cassette(CORPUS / name)]
    assert missed == []
