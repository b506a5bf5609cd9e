import json

import pytest
from click.testing import CliRunner

from pytest_altax.cli import main

READERS = {"detector": "lexical-2", "clusterer": "c", "tokenizer": "auto", "prices": "p"}


def run(number, *, revision=None, readers=READERS, **metrics):
    return {
        "created": f"2026-11-{number:02}T12:00:00+00:00",
        "revision": revision or f"{number:040x}",
        "tests": 3,
        "calls": 9,
        "readers": readers,
        "metrics": metrics,
        "version": 1,
    }


@pytest.fixture
def history(tmp_path, monkeypatch):
    """Writes runs into altax-history.jsonl of an empty folder and prints it."""
    monkeypatch.chdir(tmp_path)

    def printed(rows, *arguments):
        text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
        (tmp_path / "altax-history.jsonl").write_text(text)
        return CliRunner().invoke(main, ["history", *arguments])

    return printed


def trend(result, metric):
    return next(one for one in json.loads(result.output) if one["metric"] == metric)


def test_the_commit_at_which_a_counted_metric_moved_is_named(history):
    rows = [run(day, tax_tokens=836.0 if day < 5 else 1142.0) for day in range(1, 9)]
    result = history(rows)
    assert f"moved at {5:040x}"[:18] in result.output
    assert "836 → 1,142" in result.output


def test_a_metric_that_stood_still_did_not_move(history):
    result = history([run(day, tax_tokens=836.0) for day in range(1, 9)])
    assert "moved" not in result.output


def test_equal_ends_have_no_more_digits_than_others(history):
    result = history([run(day, tax_ratio=0.588817022872) for day in range(1, 4)])
    assert "0.59 → 0.59" in result.output


def test_noise_is_no_move(history):
    rates = [0.1, 0.14, 0.09, 0.12, 0.11, 0.13, 0.1, 0.12]
    assert "moved" not in history([run(day, refusal_rate=rate) for day, rate in enumerate(rates, 1)]).output


def test_the_span_of_a_noisy_move_is_told(history):
    rates = [0.1, 0.14, 0.09, 0.12, 0.11, 0.18, 0.3, 0.28, 0.31, 0.29, 0.33, 0.3]
    result = history([run(day, refusal_rate=rate) for day, rate in enumerate(rates, 1)], "--format=json")
    found = trend(result, "refusal_rate")
    assert found["moved"]["revision"] == f"{7:040x}"
    assert found["first"]["revision"] <= found["moved"]["revision"] <= found["last"]["revision"]
    assert found["p"] <= 0.05


def test_lines_in_any_order_and_twice_give_the_same(history):
    rows = [run(day, tax_tokens=float(day)) for day in range(1, 6)]
    assert history(rows).output == history([*reversed(rows), rows[0]]).output


def test_runs_with_another_detector_are_left_out_of_what_rests_on_it(history):
    other = {**READERS, "detector": "lexical-1"}
    rows = [run(1, readers=other, refusal_rate=0.9, total_tokens=5.0), run(2, refusal_rate=0.1, total_tokens=5.0)]
    result = history(rows, "--format=json")
    assert (trend(result, "refusal_rate")["values"], trend(result, "total_tokens")["values"]) == ([0.1], [5.0, 5.0])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "altax-history.jsonl:2: not JSON"),
        ("<<<<<<< HEAD", "altax-history.jsonl:2: a merge conflict is left in it"),
        ('{"version": 7}', "altax-history.jsonl:2: format version 7"),
        ('{"version": 1}', "altax-history.jsonl:2: field created"),
        ('{"version": 1, "created": "x", "tests": 1, "calls": 1, "metrics": {"tax_ratio": NaN}}', "tax_ratio is nan"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(history, row, said):
    result = history([run(1, tax_tokens=1.0), row])
    assert result.exit_code == 2
    assert said in result.output


def test_an_unknown_metric_names_the_nearest(history):
    result = history([run(1, tax_tokens=1.0)], "--metric=tax_token")
    assert (result.exit_code, "did you mean 'tax_tokens'?" in result.output) == (2, True)


def test_without_a_history_the_way_to_make_one_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["history"])
    assert (result.exit_code, "altax history add" in result.output) == (2, True)


def test_hostile_revisions_do_not_steer_the_terminal(history):
    rows = [run(day, revision=f"\x1b[2J{day}", tax_tokens=float(day > 3)) for day in range(1, 7)]
    assert "\x1b" not in history(rows).output


@pytest.mark.parametrize("value", ["1" + "0" * 400, "1e308", "NaN", "-Infinity"])
def test_a_number_that_no_run_measures_is_refused_with_its_line(history, value):
    text = json.dumps(run(1, tax_tokens=7)).replace(": 7", f": {value}")
    result = history([run(2, tax_tokens=7), text])
    assert result.exit_code == 2
    assert "altax-history.jsonl:2: tax_tokens is " in result.output


def test_the_name_of_a_layer_is_printed_without_what_steers_a_terminal(history):
    result = history([run(1, **{"layer:\x1b[31mx": 7})], "--metric", "layer:\x1b[31mx")
    assert "layer:�[31mx" in result.output


def test_two_runs_of_a_sampled_metric_are_no_move(history):
    rows = [run(1, refusal_rate=0.1, tax_ratio=0.351), run(2, refusal_rate=0.2, tax_ratio=0.354)]
    moved = [trend(history(rows, "--format=json"), name).get("p") for name in ("refusal_rate", "tax_ratio")]
    assert moved == [1.0, None]
    assert "0.351 → 0.354" in history(rows).output
