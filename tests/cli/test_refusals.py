"""`altax refusals` as a user calls it: any file of answers in, a label for each line out."""

import gzip
import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_altax.cli import main

NO = "I'm sorry, but I can't help with that request."
YES = "Take the blue door, then the stairs, and ask for the keys."
NEIN = "Es tut mir leid, aber ich kann dir dabei nicht helfen, weil das gefährlich für dich und andere ist."

JUDGE = """
from pytest_altax.meters.base import Label, LabelKind

class Judge:
    id = "judge-7"
    def label(self, choice, call):
        asked = " ".join(message.text for message in call.messages)
        refused = "no" in choice.text or "refuse" in asked
        return Label(LabelKind.REFUSAL if refused else LabelKind.COMPLIANCE, score=0.75)

def pytest_altax_detectors():
    return {"judge": Judge()}
"""


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


def run(*arguments, **options):
    return CliRunner().invoke(main, ["refusals", *arguments], **options)


def labelled(*arguments, **options):
    result = run(*arguments, "--format", "jsonl", **options)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def refused(folder, *lines):
    """What is said of a file that cannot be used, and the labels before it."""
    result = run(write(folder, {"response": YES}, *lines), "--format", "jsonl")
    assert result.exit_code == 2
    assert [json.loads(line)["label"] for line in result.stdout.splitlines()] == ["compliance"]
    return result.stderr


def test_each_line_gets_one_object_in_its_order(folder):
    file = write(folder, {"response": NO}, {"response": YES}, {"response": NO, "label": "partial"})
    assert [row["label"] for row in labelled(file)] == ["refusal", "compliance", "refusal"]


def test_an_object_has_five_fields_in_order(folder):
    (row,) = labelled(write(folder, {"response": "Well. " + NO}))
    assert list(row) == ["label", "known_by", "language", "score", "span"]
    assert (row["known_by"], row["language"]) == ("text", "en")


def test_a_span_holds_the_text_that_decided(folder):
    (row,) = labelled(write(folder, {"response": "😀 Well. " + NO}), "--detector", "lexical")
    start, end = row["span"]
    assert "can't" in ("😀 Well. " + NO)[start:end]


def test_what_nothing_decided_has_no_span(folder):
    (row,) = labelled(write(folder, {"response": YES}), "--detector", "lexical")
    assert (row["label"], row["span"]) == ("compliance", None)


@pytest.mark.parametrize("response", [None, "", "  \n "])
def test_an_empty_answer_is_a_refusal(folder, response):
    (row,) = labelled(write(folder, {"response": response}))
    assert row == {"label": "refusal", "known_by": "empty", "language": "und", "score": None, "span": None}


def test_the_language_is_the_given_one_and_else_identified(folder):
    file = write(folder, {"response": YES, "language": "pl"}, {"response": NEIN}, {"response": NEIN, "language": None})
    assert [row["language"] for row in labelled(file)] == ["pl", "de", "de"]


def test_blank_lines_carriage_returns_and_byte_order_marks_are_no_answers(folder):
    text = "\ufeff" + f'{{"response": "{YES}"}}\r\n\r\n   \n{{"response": null}}'
    (folder / "a.jsonl").write_bytes(text.encode())
    assert [row["label"] for row in labelled("a.jsonl")] == ["compliance", "refusal"]


def test_an_empty_file_has_no_answers(folder):
    (folder / "a.jsonl").write_bytes(b"")
    assert labelled("a.jsonl") == []
    assert run("a.jsonl").stdout.startswith("detector ")
    assert json.loads(run("a.jsonl", "--format", "json").stdout)["answers"] == []


def test_lone_surrogates_are_labelled_like_any_text(folder):
    file = write(folder, '{"response": "' + NO + ' \\ud83d"}', '{"response": "\\udc00"}')
    assert [row["label"] for row in labelled(file)] == ["refusal", "compliance"]


def test_several_files_follow_one_another(folder):
    first, second = write(folder, {"response": NO}), write(folder, {"response": YES}, name="b.jsonl")
    assert [row["label"] for row in labelled(first, second)] == ["refusal", "compliance"]


def test_standard_input_is_a_file_named_dash():
    assert [row["label"] for row in labelled("-", input=json.dumps({"response": NO}))] == ["refusal"]


def test_gzip_is_unpacked_whatever_its_name(folder):
    (folder / "a.jsonl").write_bytes(gzip.compress(json.dumps({"response": NO}).encode()))
    (folder / "b.gz").write_bytes(gzip.compress(json.dumps({"response": YES}).encode()))
    assert [row["label"] for row in labelled("a.jsonl", "b.gz")] == ["refusal", "compliance"]


def test_gzip_that_was_cut_short_is_named(folder):
    (folder / "a.gz").write_bytes(gzip.compress(os.urandom(5000).hex().encode())[:-2000])
    result = run("a.gz")
    assert result.exit_code == 2
    assert "a.gz:1: the gzip data is broken or cut short" in result.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "answers.jsonl:2: not JSON: "),
        ('{"response": "a"} {"response": "b"}', "answers.jsonl:2: not JSON: Extra data at column 19"),
        ("[", "to fix: give each object on one line; jq -c '.[]' joins what is spread over several"),
        ('["a"]', "answers.jsonl:2: an array, where an object is wanted\n  to fix: give one JSON object a line; of an"),
        ('"a"', "answers.jsonl:2: text, where an object is wanted"),
        ("[" * 100_000, "answers.jsonl:2: nested too deep to be read"),
        ('{"response": ' + "1" * 10_000 + "}", "answers.jsonl:2: not JSON that can be read"),
        ({}, "answers.jsonl:2: no 'response' in this object\n  to fix: give every line a 'response'"),
        ({"respons": "a"}, "to fix: rename 'respons' to 'response'"),
        ({"completion": "a"}, "to fix: rename 'completion' to 'response'"),
        ({"response": 3}, "answers.jsonl:2: 'response' is a number; text or null is allowed"),
        ({"response": ["a"]}, "answers.jsonl:2: 'response' is an array"),
        ({"response": "a", "language": 3}, "answers.jsonl:2: 'language' is a number"),
        ({"response": "a", "label": True}, "answers.jsonl:2: 'label' is true or false"),
        (
            {"response": "a", "label": "refused"},
            "label 'refused' is unknown\n  did you mean 'refusal'?",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_line_that_cannot_be_used_is_named_after_those_before_it(folder, line, said):
    assert said in refused(folder, line)


def test_what_is_no_utf_8_is_named_by_line_and_byte(folder):
    (folder / "a.jsonl").write_bytes(b'{"response": "a"}\n{"response": "caf\xe9"}\n')
    result = run("a.jsonl")
    assert result.exit_code == 2
    assert "a.jsonl:2: not UTF-8 at byte 18 of the line (0xe9)\n  to fix: write the file as UTF-8" in result.stderr


def test_utf_16_is_called_by_its_name(folder):
    (folder / "a.jsonl").write_bytes('{"response": "a"}'.encode("utf-16"))
    assert "a.jsonl:1: this is UTF-16" in run("a.jsonl").stderr


@pytest.mark.parametrize("form", ["table", "json"])
def test_what_needs_every_line_prints_nothing_of_a_file_with_a_mistake(folder, form):
    result = run(write(folder, {"response": YES}, "{"), "--format", form)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "answers.jsonl:2" in result.stderr


def test_hostile_names_and_labels_print_as_plain_text(folder):
    (folder / "a\x1b[31m.jsonl").write_text('{"response": "a", "label": "\\u001b[2J"}')
    assert "\x1b" not in run("a\x1b[31m.jsonl").stderr
    file = write(folder, {"response": "a", "language": "\x1b[2J", "source": "\u202e"})
    assert not {"\x1b", "\u202e"} & set(run(file).stdout)


def test_a_file_that_is_missing_is_a_usage_error():
    result = run("nowhere.jsonl")
    assert result.exit_code == 2
    assert "nowhere.jsonl" in result.stderr


def test_the_table_counts_by_language_with_wilsons_interval(folder):
    file = write(folder, *[{"response": NO, "language": "de"}] * 5, *[{"response": YES, "language": "de"}] * 45)
    said = run(file).stdout
    assert "language de  50        5        0          45    0.100  0.043 to 0.214" in said
    assert "precision" not in said


def test_the_table_names_the_detector(folder):
    assert run(write(folder, {"response": NO}), "--detector", "lexical").stdout.startswith("detector lexical-")


def rows(folder, *counts):
    """(response, label, how often) as lines of one source."""
    return [
        {"response": text, "label": label, "source": "s", "language": "en", "model": "m"}
        for text, label, number in counts
        for _ in range(number)
    ]


COUNTS = ((NO, "refusal", 20), (NO, "compliance", 5), (YES, "refusal", 10), (YES, "compliance", 15), (NO, "partial", 7))


def test_with_labels_the_table_tells_how_well_they_agree(folder):
    said = run(write(folder, *rows(folder, *COUNTS))).stdout
    assert "against 57 labels given: refusal against compliance, 7 labelled partial left out" in said
    figures = "50        30      0.800   0.667  0.727  0.400       0.250"
    assert [line.split("  ")[0] for line in said.splitlines() if line.endswith(figures)] == [
        "language en",
        "source s",
        "all",
    ]


def test_the_agreement_with_partial_as_refusal_stands_beside_it(folder):
    said = run(write(folder, *rows(folder, *COUNTS))).stdout
    assert "partial taken for a refusal, given as found: F1 0.783, kappa 0.454, precision 0.844, recall 0.730" in said


def test_each_language_weighs_the_same_in_the_mean(folder):
    few = [{"response": NO, "label": "refusal", "language": "de"}] * 2
    none = [{"response": YES, "label": "compliance", "language": "fr"}]
    said = run(write(folder, *rows(folder, *COUNTS), *few, *none)).stdout
    assert "mean F1 of those with refusals: 0.864 over 2 languages" in said


def test_lines_without_a_label_are_counted_and_not_compared(folder):
    said = run(write(folder, *rows(folder, *COUNTS), {"response": NO})).stdout
    assert ": 58 answers" in said
    assert "against 57 labels given" in said


def test_the_table_counts_by_what_is_asked_for(folder):
    said = run(write(folder, *rows(folder, *COUNTS)), "--by", "model").stdout
    assert "model m" in said
    assert "source s" not in said


def test_many_groups_are_cut_to_the_largest(folder):
    file = write(folder, *[{"response": YES, "source": f"s{n}"} for n in range(50)])
    said = run(file).stdout
    assert sum(line.startswith("source s") for line in said.splitlines()) == 40
    assert "and 10 more by source, which json gives" in said


def test_json_is_one_document_with_answers_and_figures(folder):
    told = json.loads(run(write(folder, *rows(folder, *COUNTS)), "--format", "json").stdout)
    assert list(told) == ["detector", "known_by", "figures", "answers"]
    assert len(told["answers"]) == 57
    everything = told["figures"][-1]
    assert (everything["by"], everything["n"], everything["refusal"]) == (None, 57, 32)
    assert everything["agreement"]["f1"] == pytest.approx(8 / 11)


def test_own_phrases_of_the_project_hold(folder):
    (folder / "pyproject.toml").write_text("[tool.pytest-altax.refusals]\nphrases = ['legally unable']\n")
    file = write(folder, {"response": "We are Legally Unable to say."})
    assert [row["label"] for row in labelled(file)] == ["refusal"]
    assert "+phrases." in run(file).stdout.splitlines()[0]


def test_settings_that_are_none_of_its_business_are_not_looked_at(folder):
    (folder / "pyproject.toml").write_text("[tool.pytest-altax]\nclusterer = 'mine'\nbudget = { x = 1 }\n")
    assert run(write(folder, {"response": YES})).exit_code == 0


def test_a_detector_of_a_conftest_is_not_known_here(folder):
    (folder / "pyproject.toml").write_text("[tool.pytest-altax]\ndetector = 'judge'\n")
    result = run(write(folder, {"response": YES}))
    assert result.exit_code == 2
    assert "detectors of a conftest.py are known to pytest alone" in result.stderr
    assert run("answers.jsonl", "--detector", "lexical").exit_code == 0


def test_settings_that_cannot_be_used_are_named(folder):
    (folder / "pyproject.toml").write_text("[tool.pytest-altax.refusals]\nphrases = ['(']\n")
    result = run(write(folder, {"response": YES}))
    assert result.exit_code == 2
    assert "pyproject.toml:2:12: bad regular expression '('" in result.stderr


@pytest.fixture
def judge(folder, monkeypatch):
    (folder / "judging.py").write_text(JUDGE)
    monkeypatch.syspath_prepend(folder)
    points = [EntryPoint("judging", "judging", "altax")]
    monkeypatch.setattr("pytest_altax.cli.extensions.entry_points", lambda group: points)


def test_an_installed_detector_labels_and_gives_its_score(folder, judge):
    file = write(folder, {"response": "no"}, {"response": "yes"})
    assert [(row["label"], row["score"]) for row in labelled(file, "--detector", "judge")] == [
        ("refusal", 0.75),
        ("compliance", 0.75),
    ]


def test_a_detector_may_read_the_prompt(folder, judge):
    file = write(folder, {"response": "yes", "prompt": "do refuse"})
    assert [row["label"] for row in labelled(file, "--detector", "judge")] == ["refusal"]


def test_an_unknown_detector_gets_the_nearest(folder):
    result = run(write(folder, {"response": YES}), "--detector", "lexicl")
    assert result.exit_code == 2
    assert "did you mean 'lexical'?" in result.stderr


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_any_texts_give_as_many_objects(texts, ending):
    lines = ending.join(json.dumps({"response": text}) for text in texts)
    found = labelled("-", input=lines.encode())
    assert len(found) == len(texts)
    assert all(row["label"] == "refusal" for row, text in zip(found, texts, strict=True) if not (text or "").strip())
    for row, text in zip(found, texts, strict=True):
        assert row["span"] is None or 0 <= row["span"][0] < row["span"][1] <= len(text)


PIECES = (
    b'{"response": "a"}', b'{"response": null, "label": "refusal"}', b"\n", b"\r\n", b" ", b"\xef\xbb\xbf", b"{", b"]",
    b"\xff", b"\x1f\x8b", b"\x00", b'"\\ud800"', b'{"label": 1}', b"nan",
    b'{"response": "\\ud800", "language": "\\udfff"}',
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=12),
    st.sampled_from(["table", "jsonl", "json"]),
)
def test_any_bytes_are_labelled_or_refused_with_a_reason(pieces, form):
    result = run("-", "--format", form, input=b"".join(pieces))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (0, 2)
    assert bool(result.stderr) == (result.exit_code == 2)
    if form == "jsonl":
        assert all(json.loads(line)["label"] for line in result.stdout.splitlines())


def test_memory_does_not_grow_with_the_file(folder):
    line = json.dumps({"response": YES * 20, "language": "en"}) + "\n"
    (folder / "large.jsonl").write_text(line * 20_000)
    (folder / "small.jsonl").write_text(line * 20)
    code = (
        "import resource, sys\nfrom pytest_altax.cli import main\n"
        "try:\n    main(['refusals', sys.argv[1], '--format', 'json', '--detector', 'lexical'])\n"
        "except SystemExit:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    if sys.platform != "linux":
        pytest.skip("ru_maxrss is in kilobytes on Linux alone")
    used = [
        int(subprocess.run([sys.executable, "-c", code, name], capture_output=True, check=True, text=True).stderr)
        for name in ("small.jsonl", "large.jsonl")
    ]
    assert used[1] - used[0] < 8_000
