"""`altax merge` beside the run of all tests at once, and what it does with files that are not as a run wrote them."""

import dataclasses
import os
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shard_results import Shop, plain_test, result

from pytest_altax.errors import ResultsError
from pytest_altax.measurements import Direction, Estimate, Metric, Pooling, Unit
from pytest_altax.meters.registry import MeterRegistry
from pytest_altax.report.jsonlines import read
from pytest_altax.report.shown import Shown
from pytest_altax.run import shards as reading
from pytest_altax.run.ahead import Ahead
from pytest_altax.run.merging import merge
from pytest_altax.run.shards import look_through

CHANGES = """
[tool.pytest-altax.budget]
tax_tokens = {max-increase = "5%"}
refusal_rate = {max-increase = 0.1}
distinct_2 = {max-decrease = 0.1}
"""


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def ids(count, first=0):
    return [f"tests/test_a.py::test_{number:05}" for number in range(first, first + count)]


def change(path, old, new):
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 12).flatmap(
        lambda count: st.tuples(*(st.tuples(result(id), st.integers(0, 3)) for id in ids(count)))
    )
)
def test_shards_of_any_tests_are_the_whole_run_to_the_byte(placed):
    with tempfile.TemporaryDirectory() as name:
        shop = Shop(Path(name))
        paths = shop.shards(*([test for test, place in placed if place == number] for number in range(4)))
        outcome = shop.merge(*paths)
        assert outcome.exit_code in (0, 1), outcome.output
        assert shop.merged() == shop.whole([test for test, _ in placed])


@settings(max_examples=12, deadline=None)
@given(st.tuples(*(result(id) for id in ids(8))), st.tuples(*(result(id) for id in ids(8, 2))))
def test_changes_since_a_baseline_are_those_of_the_whole_run(before, now):
    with tempfile.TemporaryDirectory() as name:
        shop = Shop(Path(name), CHANGES)
        shop.bless(before)
        outcome = shop.merge(*shop.shards(now[:3], now[3:]))
        assert outcome.exit_code in (0, 1), outcome.output
        assert shop.merged() == shop.whole(now)
        assert '"max-increase"' in shop.merged()


def test_the_order_of_the_files_does_not_matter(shop):
    paths = shop.shards(*([plain_test(id, 0.1 * number)] for number, id in enumerate(ids(9))))
    shop.merge(*paths)
    before = shop.merged()
    shop.merge(*reversed(paths))
    assert shop.merged() == before


def test_a_fixture_of_several_shards_is_counted_once(shop):
    fixture = plain_test("tests/conftest.py::session", 7, shared=True)
    one, other = (plain_test(id) for id in ids(2))
    shop.merge(*shop.shards([fixture, one], [fixture, other]))
    assert shop.merged() == shop.whole([fixture, one, other])


def test_no_more_files_are_open_at_once_than_a_few(shop):
    resource = pytest.importorskip("resource")
    paths = shop.shards(
        *([plain_test(f"tests/conftest.py::s{number:03}"), plain_test(id)] for number, id in enumerate(ids(60)))
    )
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    open_now = len(os.listdir("/dev/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + 20, limits[1]))
    try:
        outcome = shop.merge(*paths)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert "60 shards, 120 tests" in outcome.output


def test_memory_does_not_grow_with_the_tests(shop, monkeypatch):
    monkeypatch.setattr(reading, "_PIECE", 4096)

    def peak(count):
        paths = shop.shards(*([plain_test(id) for id in ids(count, count * number)] for number in range(3)))
        tracemalloc.start()
        try:
            merge(shop.project, paths, shop.target, Shown())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # loads what is loaded once
    few, many = peak(60), peak(1200)
    assert many < 1.3 * few


def test_a_piece_may_end_anywhere(shop, monkeypatch):
    found = [plain_test(id, attention=("grüße 🚪 ",)) for id in ids(5)]
    paths = shop.shards(found[:2], found[2:])
    for size in (1, 2, 3, 7, 100):
        monkeypatch.setattr(reading, "_PIECE", size)
        shop.merge(*paths)
        assert shop.merged() == shop.whole(found)


def test_the_meter_of_another_package_sees_all_tests_as_often_as_it_likes(shop):
    class Count:
        """Counts."""

        metrics = (Metric("count_twice", Unit.COUNT, Direction.NEUTRAL, Pooling.TOTAL, "tests, twice"),)

        def measure(self, reading):
            return ()

        def derive(self, estimates, tests):
            ends = tests[0].id == ids(1)[0] and tests[-1] == tests[4] and len(tests[1:3]) == 2
            yield Estimate("count_twice", len(tests) + sum(test.calls for test in tests) + ends)

    project = dataclasses.replace(shop.project, meters=MeterRegistry([Count()]))
    paths = shop.shards(*([plain_test(id)] for id in ids(5)))
    _, run = merge(project, paths, shop.target, Shown())
    assert run.estimate("count_twice").value == 11


def test_the_table_shows_the_worst_tests_alone(shop):
    found = [plain_test(id, number) for number, id in enumerate(ids(40))]
    said = shop.merge(*shop.shards(found[:20], found[20:])).output
    assert "... and 15 more tests with a smaller tax" in said
    assert "test_00039" in said
    assert "test_00014" not in said


BROKEN = {
    "NaN": (b'"numerator": 100', b'"numerator": NaN', "NaN is no number"),
    "infinite": (b'"numerator": 100', b'"numerator": 1e999', "a sample of tax_tokens is no finite number"),
    "huge": (b'"numerator": 100', b'"numerator": 1' + b"0" * 400, "no finite number"),
    "field of another version": (b'"calls": 1', b'"calls": 1, "brand_new": 2', "no field brand_new"),
    "half a line": (b'"line": 1, "meas', b"\n", "not JSON"),
    "no UTF-8": (b"test_a.py", b"test_\xff.py", "cannot be read"),
    "a second run": (b'{"calls": 1', b'{"kind": "run"}\n{"calls": 1', "a test was expected, found run"),
    "no object": (b'{"calls": 1', b'[]\n{"calls": 1', "an object with kind header, test or run was expected"),
    "deep": (b'"calls": 1', b'"calls": ' + b"[" * 100_000, "not JSON"),
}


def test_a_metric_that_is_not_known_here_is_not_left_out_silently(shop):
    paths = shop.shards([plain_test(ids(1)[0])])
    change(paths[0], b'"metric": "tax_tokens"', b'"metric": "of_a_package"')
    outcome = shop.merge(*paths)
    assert (outcome.exit_code, "no meter here declares: 'of_a_package'" in outcome.output) == (2, True)


@pytest.mark.parametrize(("old", "new", "said"), BROKEN.values(), ids=BROKEN)
def test_a_row_that_no_run_wrote_is_an_error_that_names_it(shop, old, new, said):
    shop.target.write_text("as it was")
    paths = shop.shards([plain_test(ids(1)[0])], [plain_test(id) for id in ids(1, 1)])
    change(paths[1], old, new)
    outcome = shop.merge(*paths)
    assert outcome.exit_code == 2
    assert said in outcome.output
    assert shop.target.read_text() == "as it was"
    assert sorted(path.name for path in shop.folder.iterdir() if path.name.startswith(".")) == []


def test_rows_that_are_not_sorted_are_refused(shop):
    paths = shop.shards([plain_test(id) for id in ids(3)])
    rows = paths[0].read_bytes().splitlines(keepends=True)
    paths[0].write_bytes(b"".join([rows[0], rows[2], rows[1], *rows[3:]]))
    outcome = shop.merge(*paths)
    assert (outcome.exit_code, "shard-0001.jsonl:3: test" in outcome.output) == (2, True)


def test_a_row_that_is_there_twice_is_refused(shop):
    paths = shop.shards([plain_test(id) for id in ids(2)])
    rows = paths[0].read_bytes().splitlines(keepends=True)
    paths[0].write_bytes(b"".join([*rows[:2], rows[1], *rows[2:]]))
    outcome = shop.merge(*paths)
    assert (outcome.exit_code, "stands in" in outcome.output) == (2, True)


def test_a_file_that_changes_while_it_is_read_is_refused(shop):
    paths = shop.shards([plain_test(id) for id in ids(2)])
    shard = look_through(paths[0], Ahead())
    change(paths[0], b'"numerator": 100', b'"numerator": 1000')
    with pytest.raises(ResultsError, match="has changed while it was read"):
        list(reading.tests(shard))


def test_a_file_that_is_gone_is_an_error(shop):
    paths = shop.shards([plain_test(id) for id in ids(2)])
    shard = look_through(paths[0], Ahead())
    paths[0].unlink()
    with pytest.raises(ResultsError, match="cannot be read"):
        list(reading.tests(shard))


def test_an_empty_file_is_refused(shop):
    paths = shop.shards([plain_test(id) for id in ids(1)])
    paths[0].write_bytes(b"")
    assert "shard-0001.jsonl:1: a header was expected" in shop.merge(*paths).output


def test_a_header_alone_is_a_truncated_file(shop):
    paths = shop.shards([plain_test(id) for id in ids(1)])
    paths[0].write_bytes(paths[0].read_bytes().splitlines(keepends=True)[0])
    assert "shard-0001.jsonl is truncated" in shop.merge(*paths).output


def test_a_folder_is_refused(shop):
    assert shop.merge(shop.folder).exit_code == 2


def test_the_same_file_twice_is_refused(shop):
    paths = shop.shards([plain_test(id) for id in ids(1)])
    assert "shard 1/1 is there twice" in shop.merge(*paths, *paths).output


def test_a_mark_at_the_start_and_line_ends_of_windows_change_nothing(shop):
    found = [plain_test(id) for id in ids(3)]
    paths = shop.shards(found)
    paths[0].write_bytes(b"\xef\xbb\xbf" + paths[0].read_bytes().replace(b"\n", b"\r\n"))
    shop.merge(*paths)
    assert shop.merged() == shop.whole(found)


def test_the_merged_file_may_take_the_place_of_a_shard(shop):
    found = [plain_test(id) for id in ids(3)]
    paths = shop.shards(found)
    shop.target = paths[0]
    shop.merge(*paths)
    assert shop.merged() == shop.whole(found)


def test_a_place_that_cannot_be_written_is_an_error(shop):
    paths = shop.shards([plain_test(id) for id in ids(1)])
    shop.target = paths[0] / "below" / "a-file.jsonl"
    outcome = shop.merge(*paths)
    assert (outcome.exit_code, "cannot be written" in outcome.output) == (2, True)


@pytest.mark.parametrize("text", [" ", "\x85", "\x0c", "\r", "\x1c"])
def test_a_text_with_a_separator_of_lines_stays_in_its_row(shop, text):
    found = [plain_test(ids(1)[0], attention=(f"one{text}two",))]
    paths = shop.shards(found)
    assert read(paths[0].read_bytes().decode(), "x", {}).tests[0].attention == (f"one{text}two",)
    shop.merge(*paths)
    assert shop.merged() == shop.whole(found)
