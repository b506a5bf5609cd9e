"""Shards of a suite, and `altax merge`."""

import json

import pytest
from click.testing import CliRunner

from pytest_altax.cli import main

TEST = """
import pytest
from app import ask

@pytest.fixture(scope="module")
def greeting():
    return ask("Say hello.")

@pytest.mark.parametrize("number", range(7))
def test_door(number, greeting):
    ask(f"Where is door {number}?" if number < 5 else f"Please refuse number {number}.")
"""
BUDGET = "[tool.pytest-altax.budget]\nrefusal_rate = 0.6\ninput_tokens = 10_000\n"


@pytest.fixture
def shop(suite, monkeypatch):
    monkeypatch.chdir(suite.path)
    suite.config(BUDGET)
    suite.write("test_shop.py", TEST)
    suite.write("test_other.py", "from app import ask\n\ndef test_stairs():\n    ask('Where are the stairs?')\n")
    suite.record()
    suite.run().assert_outcomes(passed=8)
    (suite.path / "altax-results.jsonl").rename("whole.jsonl")
    return suite


def shards(suite, of=3, *arguments):
    names = []
    for number in range(1, of + 1):
        names.append(f"shard-{number}.jsonl")
        suite.run(f"--altax-shard={number}/{of}", f"--altax-report=jsonl:{names[-1]}", *arguments)
    return names


def merge(*arguments):
    return CliRunner().invoke(main, ["merge", *arguments])


def body(path):
    return path.read_text().splitlines()[1:]


def edit(path, change):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    change(rows)
    path.write_text("".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows))


@pytest.mark.parametrize("of", [1, 2, 3, 8, 11])
def test_merged_shards_are_the_unsharded_run_to_the_byte_but_for_the_header(shop, of):
    result = merge(*shards(shop, of))
    assert result.exit_code == 0, result.output
    assert body(shop.path / "altax-results.jsonl") == body(shop.path / "whole.jsonl")


def test_each_test_runs_in_one_shard(shop):
    names = shards(shop, 3)
    ids = [row["id"] for name in names for row in shop.results(name) if row["kind"] == "test" and not row.get("shared")]
    assert sorted(ids) == sorted(
        {row["id"] for row in shop.results("whole.jsonl") if row.get("id") and "::test" in row["id"]}
    )


def test_a_shard_judges_no_budget_of_the_run(shop):
    shop.config("[tool.pytest-altax.budget]\ninput_tokens = 1\n")
    result = shop.run("--altax-shard=1/2")
    result.assert_outcomes(passed=4, deselected=4)
    result.stdout.fnmatch_lines(["*not measured: shard 1/2*"])


def test_a_budget_of_the_run_fails_the_merge(shop):
    shop.config("[tool.pytest-altax.budget]\ninput_tokens = 1\n")
    result = merge(*shards(shop, 2))
    assert (result.exit_code, "is above its budget of 1" in result.output) == (1, True)


def test_workers_within_a_shard_give_the_same(shop):
    merge(*shards(shop, 2, "-n2"))
    assert body(shop.path / "altax-results.jsonl") == body(shop.path / "whole.jsonl")


@pytest.mark.parametrize("arguments", [(), ("-n2",)])
def test_a_shard_without_tests_passes_and_says_so_in_its_file(shop, arguments):
    result = shop.run("--altax-shard=9/9", *arguments)
    assert result.ret == pytest.ExitCode.OK
    rows = shop.results()
    assert [row["kind"] for row in rows] == ["header", "run"]
    assert (rows[0]["shard"], rows[1]["partial"], rows[1]["tests"]) == ("9/9", "shard 9/9", 0)


def test_a_suite_without_tests_has_no_empty_shard(suite):
    result = suite.run("--altax-shard=1/2")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_missing_shard_is_named(shop):
    names = shards(shop, 3)
    result = merge(names[0], names[2])
    assert (result.exit_code, "1 shard is missing: 2/3" in result.output) == (2, True)


def test_a_shard_that_is_there_twice_is_named(shop):
    names = shards(shop, 2)
    assert "shard 2/2 is there twice" in merge(*names, names[1]).output


def test_a_test_in_two_shards_is_named(shop):
    names = shards(shop, 2)
    first = [json.loads(line) for line in (shop.path / names[0]).read_text().splitlines()]
    edit(shop.path / names[1], lambda rows: rows.insert(1, next(row for row in first if "::test" in row.get("id", ""))))
    result = merge(*names)
    assert (result.exit_code, "stands in shard-1.jsonl and in shard-2.jsonl" in result.output) == (2, True)


def test_a_fixture_that_called_otherwise_in_two_shards_is_named(shop):
    names = shards(shop, 2)

    def change(rows):
        next(row for row in rows if row.get("shared"))["calls"] = 9

    edit(shop.path / names[1], change)
    assert "made other calls in" in merge(*names).output


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("config", "0" * 16, "their settings ([tool.pytest-altax]) differ"),
        ("suite", "0" * 16, "their tests that were collected differ"),
        ("revision", "abc", "their commit differ"),
        ("detector", "other", "their detector differ"),
        ("shard", "", "is not the result of a shard"),
        ("shard", "2/5", "shard-1.jsonl is one of 2"),
        ("version", 9, "format version 9"),
    ],
)
def test_shards_that_are_not_of_one_run_are_refused(shop, field, value, said):
    names = shards(shop, 2)
    edit(shop.path / names[1], lambda rows: rows[0].update({field: value}))
    result = merge(*names)
    assert result.exit_code == 2
    assert said in result.output


def test_a_truncated_shard_is_refused(shop):
    names = shards(shop, 2)
    path = shop.path / names[1]
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    assert "shard-2.jsonl is truncated" in merge(*names).output


def test_a_shard_that_was_cut_short_is_refused(shop):
    names = shards(shop, 2)
    shop.run("--altax-shard=2/2", f"--altax-report=jsonl:{names[1]}", "-k", "3 or 4")
    result = merge(*names)
    assert result.exit_code == 2


def test_other_settings_where_they_are_merged_are_refused(shop):
    names = shards(shop, 2)
    shop.config(BUDGET.replace("0.6", "0.7"))
    assert "the shards were run under other settings than those here" in merge(*names).output


def test_nothing_is_written_where_they_cannot_be_merged(shop):
    names = shards(shop, 2)
    merge(names[0])
    assert not (shop.path / "altax-results.jsonl").exists()


@pytest.mark.parametrize("given", ["0/2", "3/2", "1", "a/b", "1/", "-1/2"])
def test_a_shard_that_cannot_be_is_refused(shop, given):
    result = shop.run(f"--altax-shard={given}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*takes the part and the number of parts, such as 1/4*"])
