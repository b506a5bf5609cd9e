"""Nothing that was recorded is lost: not by others who save at once, a process that dies or a disk that is full."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from saving_child import PROVIDERS, call, names, tape

from pytest_altax.capture import CaptureSettings, Engine, RecordMode
from pytest_altax.capture.storage import saving, store
from pytest_altax.errors import CassetteError, UnmatchedCall

CHILD = Path(__file__).with_name("saving_child.py")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cassettes" / "test_it.json"


def record(path, mode, *asked, run=""):
    on = tape(path, mode, run)
    for name in asked:
        call(on, name)
    on.save()


def child(action, path, mode="new_episodes", run="", name="a", count=1, **environment):
    arguments = [sys.executable, str(CHILD), action, str(path), mode, run, name, str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})


def output(process):
    text, _ = process.communicate(timeout=60)
    return text


def leftovers(path):
    return [one for one in os.listdir(path.parent) if one != path.name]


# What others do to the cassette between the reading and the saving of a tape


def test_what_others_added_meanwhile_stays(path):
    record(path, "once", "old")
    one, other = tape(path, "new_episodes"), tape(path, "new_episodes")
    call(one, "one")
    call(other, "other")
    one.save()
    other.save()
    assert names(path) == ["one", "other", "old"]


def test_two_tapes_that_found_no_cassette_both_keep_theirs(path):
    one, other = tape(path, "once"), tape(path, "once")
    call(one, "same")
    call(other, "same")
    one.save()
    other.save()
    assert names(path) == ["same", "same"]


def test_a_tape_that_saves_twice_keeps_what_came_in_between(path):
    one = tape(path, "once")
    call(one, "first")
    one.save()
    record(path, "new_episodes", "between")
    call(one, "second")
    one.save()
    assert names(path) == ["between", "first", "second"]


def test_what_another_tape_replaced_is_not_put_back(path):
    record(path, "once", "drifted", "kept")
    late = tape(path, "new_episodes")
    stale = tape(path, "stale")
    call(stale, "drifted", system="Be brief.")
    stale.save()
    call(late, "new")
    late.save()
    assert sorted(names_of_file(path)) == ["drifted", "kept", "new"]


def names_of_file(path):
    bodies = [recording.request.body for recording in store.read(path).recordings]
    return [json.loads(body)["messages"][1]["content"] for body in bodies]


def test_a_recording_that_was_played_is_kept_though_another_tape_removed_it(path):
    record(path, "once", "played")
    one = tape(path, "new_episodes")
    call(one, "played")
    call(one, "new")
    record(path, "all", "else")
    one.save()
    assert names(path) == ["else", "played", "new"]


def test_a_cassette_that_was_deleted_meanwhile_is_written_whole(path):
    record(path, "once", "old", "unused")
    one = tape(path, "new_episodes")
    call(one, "old")
    call(one, "new")
    path.unlink()
    one.save()
    assert names(path) == ["old", "new", "unused"]


def test_a_cassette_that_became_unreadable_meanwhile_is_left_alone(path):
    record(path, "once", "old")
    one = tape(path, "new_episodes")
    call(one, "new")
    path.write_text('{"altax-cassette": 2, "interactions": 7}')
    with pytest.raises(CassetteError, match="the file is kept as it was; 1 new one of this test is not saved"):
        one.save()
    assert path.read_text() == '{"altax-cassette": 2, "interactions": 7}'
    assert one.dirty


def test_the_order_of_calls_is_kept_when_cassettes_are_merged(path):
    first, second = tape(path, "once"), tape(path, "once")
    for on, name in ((first, "a"), (second, "b"), (first, "c"), (second, "d")):
        call(on, name)
    first.save()
    second.save()
    replay = tape(path, "none")
    for name in "dcba":
        call(replay, name)
    asked = [json.loads(one.request.body)["messages"][1]["content"] for one in replay.interactions]
    assert asked == ["a", "c", "b", "d"]
    assert [one.started for one in replay.interactions] == [1, 3, 5, 7]
    assert '"events"' not in path.read_text()


def test_the_recordings_of_further_cassettes_stay_where_they_are(path, tmp_path):
    further = tmp_path / "further.json"
    record(further, "once", "theirs", "unused")
    before = further.read_bytes()
    engine = Engine(CaptureSettings(RecordMode.NEW_EPISODES), PROVIDERS)
    for asked, kept in ((("theirs", "mine"), ["mine"]), (("new", "theirs", "mine"), ["new", "mine"])):
        on = engine.tape(path, more=[further])
        for name in asked:
            call(on, name)
        on.save()
        assert names(path) == kept
    assert further.read_bytes() == before


# Several tests of one run on one cassette


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "stale"])
def test_tests_of_one_run_that_share_a_cassette_add_to_it(mode, path):
    for name in "abc":
        record(path, mode, name, run="r1")
    assert sorted(names(path)) == ["a", "b", "c"]


def test_a_later_run_in_mode_all_replaces_what_the_run_before_recorded(path):
    record(path, "all", "a", run="r1")
    record(path, "all", "b", run="r1")
    record(path, "all", "c", run="r2")
    record(path, "all", "d", run="r2")
    assert names(path) == ["c", "d"]


def test_mode_all_keeps_what_came_after_its_tape_was_opened(path):
    record(path, "all", "old", run="r1")
    slow = tape(path, "all", "r2")
    record(path, "all", "other", run="r3")
    call(slow, "mine")
    slow.save()
    assert names(path) == ["other", "mine"]


def test_once_goes_on_only_in_the_run_that_made_the_cassette(path):
    record(path, "once", "a", run="r1")
    on = tape(path, "once", "r1")
    first = call(on, "a")
    assert call(on, "b") is None
    on.save()
    later = tape(path, "once", "r2")
    assert call(later, "a") == first
    with pytest.raises(UnmatchedCall):
        call(later, "c")


def test_without_a_run_no_cassette_is_of_this_run(path):
    record(path, "once", "a")
    with pytest.raises(UnmatchedCall):
        call(tape(path, "once"), "b")
    record(path, "all", "c")
    assert names(path) == ["c"]


# The file itself


def test_the_mode_of_a_file_and_a_link_to_it_are_kept(path, tmp_path):
    record(path, "once", "a")
    path.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    record(link, "new_episodes", "b")
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(names(path)) == ["a", "b"]


def test_what_a_killed_process_left_is_removed_when_it_is_old(path):
    record(path, "once", "a")
    old, fresh, other = (path.with_name(name) for name in (".altax-1-1.tmp", ".altax-2-2.tmp", "my.tmp"))
    for left in (old, fresh, other):
        left.write_text("{")
    for left in (old, other):
        os.utime(left, (0, 0))
    record(path, "new_episodes", "b")
    assert sorted(leftovers(path)) == [fresh.name, other.name]


def test_a_lock_that_is_never_freed_is_an_error(path):
    said = pytest.raises(CassetteError, match=r"another process has had it locked for 0\.05 s")
    with saving.locked(path), said, saving.locked(path, 0.05):
        pass


def test_the_lock_is_not_beside_the_cassette_and_is_the_same_by_any_name(path, tmp_path):
    record(path, "once", "a")
    link = tmp_path / "link"
    link.symlink_to(path.parent, target_is_directory=True)
    with saving.locked(path):
        assert os.listdir(path.parent) == [path.name]
        with pytest.raises(CassetteError), saving.locked(link / path.name, 0.01):
            pass


def test_a_folder_for_locks_that_belongs_to_somebody_else_is_refused(path, tmp_path, monkeypatch):
    monkeypatch.setattr(saving.tempfile, "gettempdir", lambda: str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"pytest-altax-{os.geteuid()}").symlink_to(tmp_path / "elsewhere")
    on = tape(path, "once")
    call(on, "a")
    with pytest.raises(CassetteError, match="belongs to somebody else"):
        on.save()


def test_a_cassette_is_rewritten_under_its_lock_or_left_alone(path):
    record(path, "once", "a")
    before = path.read_bytes()
    assert not store.rewrite(path, lambda _: None)

    def change(recorded):
        assert recorded.header["by"].startswith("pytest-altax")
        with pytest.raises(CassetteError), saving.locked(path, 0.01):
            pass
        return before.replace(b"Be kind.", b"Be brief")

    assert store.rewrite(path, change)
    assert path.read_bytes() == before.replace(b"Be kind.", b"Be brief")


def test_threads_that_save_at_once_lose_nothing(path):
    threads = [threading.Thread(target=record, args=(path, "new_episodes", f"t{at}")) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(path)) == [f"t{at}" for at in range(8)]


# Processes


@pytest.mark.parametrize("mode", ["new_episodes", "once", "all"])
def test_four_processes_that_record_into_one_cassette_lose_nothing(mode, path):
    record(path, "once", "old", run="r0" if mode == "new_episodes" else "r1")
    children = [child("each", path, mode, "r1", f"p{at}", 5) for at in range(4)]
    assert [output(one).split()[-1] for one in children] == ["5"] * 4
    assert sorted(names(path)) == sorted(["old", *(f"p{at}-{number}" for at in range(4) for number in range(5))])
    assert not leftovers(path)


def test_a_process_killed_at_any_moment_leaves_a_whole_cassette_with_all_it_saved(path):
    record(path, "once", *(f"old{at}" for at in range(6)), run="r0")
    random_, saved = random.Random(5), 0
    for attempt in range(10):
        one = child("each", path, name=f"k{attempt}", count=10_000)
        assert one.stdout.readline() == "ready\n"
        time.sleep(random_.uniform(0.02, 0.25))
        one.kill()
        told = output(one).split("\n")
        saved += len([line for line in told if line])
        there = names(path)
        assert len(there) >= 6 + saved
        assert set(there) >= {f"old{at}" for at in range(6)}
        assert {f"k{attempt}-{number}" for number in range(len([line for line in told if line]))} <= set(there)
        saved = len(there) - 6
    assert saved


def test_a_full_disk_leaves_the_old_cassette_and_says_what_was_kept(path):
    record(path, "once", *(f"old{at}" for at in range(6)))
    before = path.read_bytes()
    said = output(child("limit", path, count=20))
    assert "the 6 recordings that were there are kept; the 20 new ones of this test are not saved" in said
    assert "File too large" in said
    assert path.read_bytes() == before
    assert not leftovers(path)


def test_a_folder_that_may_not_be_written_leaves_the_old_cassette_and_says_so(path, tmp_path):
    record(path, "once", "old")
    before = path.read_bytes()
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o777)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    path.parent.chmod(0o555)
    said = output(child("nobody", path, TMPDIR=str(tmp_path / "tmp")))
    path.parent.chmod(0o755)
    assert "the 1 that was there is kept; 1 new one of this test is not saved" in said
    assert "Permission denied" in said
    assert path.read_bytes() == before
    assert not leftovers(path)


def test_a_file_where_the_folder_should_be_is_an_error_that_says_what_is_lost(path):
    path.parent.touch()
    on = tape(path, "once")
    call(on, "a")
    with pytest.raises(CassetteError, match="no recording was there before; 1 new one of this test is not saved"):
        on.save()


def test_ctrl_c_in_the_middle_of_a_call_leaves_the_cassette_as_it_was(path):
    record(path, "once", "old")
    before = path.read_bytes()
    one = child("open", path, count=3)
    while one.stdout.readline() != "recorded\n":
        pass
    one.send_signal(signal.SIGINT)
    output(one)
    assert one.returncode
    assert path.read_bytes() == before
    assert not leftovers(path)


def test_ctrl_c_while_a_cassette_is_saved_leaves_a_whole_one_and_no_other_file(path):
    record(path, "once", "old")
    for attempt in range(3):
        one = child("each", path, name=f"c{attempt}", count=10_000)
        assert one.stdout.readline() == "ready\n"
        time.sleep(0.05 + attempt * 0.043)
        one.send_signal(signal.SIGINT)
        told = [line for line in output(one).split("\n") if line]
        assert one.returncode
        assert {"old", *(f"c{attempt}-{number}" for number in range(len(told)))} <= set(names(path))
        assert not leftovers(path)


WORKER = """
import os, sys
import pytest
sys.path.insert(0, {folder!r})
from saving_child import call, tape

@pytest.mark.parametrize("mode", ["once", "all"])
@pytest.mark.parametrize("number", range(10))
def test_it(number, mode):
    on = tape({path!r} + mode + ".json", mode, os.environ["PYTEST_XDIST_TESTRUNUID"])
    call(on, f"n{{number}}")
    call(on, f"m{{number}}")
    on.save()
"""


def test_four_workers_of_xdist_on_one_cassette_lose_nothing(pytester, monkeypatch):
    pytest.importorskip("xdist")
    # five processes start sooner without plugins that have no part in this
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    path = str(pytester.path / "shared-")
    pytester.makepyfile(WORKER.format(folder=str(CHILD.parent), path=path))
    result = pytester.runpytest_subprocess("-p", "xdist", "-n4", "-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=20)
    for mode in ("once", "all"):
        assert sorted(names(path + mode + ".json")) == sorted(f"{one}{number}" for one in "mn" for number in range(10))
