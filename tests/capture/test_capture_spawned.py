"""A process that is started while a tape is open is noted by its name, once, and never as a warning."""

import concurrent.futures
import multiprocessing
import os
import platform
import subprocess
import sys

import pytest

from pytest_altax.capture.clients import spawned

NOTE = "started {}: calls that it makes are not seen"
PYTHON = os.path.basename(sys.executable)


def in_a_pool(kind):
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context(kind)) as pool:
        pool.submit(len, "").result()


def forked():
    if pid := os.fork():
        os.waitpid(pid, 0)
    else:
        os._exit(0)


WORKER = "a worker process (multiprocessing)"
STARTS = {
    "run": (lambda: subprocess.run([sys.executable, "-c", "", "--key=sk-secret"], check=True), PYTHON),
    "shell": (lambda: subprocess.run("KEY=sk-secret true && echo sk-secret", shell=True, check=True), "true"),
    "popen": (lambda: os.popen("true").close(), "true"),
    "system": (lambda: os.system("true"), "true"),
    "spawn": (lambda: os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}), 0), PYTHON),
    "pool of forks": (lambda: in_a_pool("fork"), WORKER),
    "pool of spawned": (lambda: in_a_pool("spawn"), WORKER),
}


@pytest.mark.skipif(sys.platform == "win32", reason="programs of a Unix")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.parametrize(("start", "name"), STARTS.values(), ids=STARTS)
def test_a_process_is_noted_by_its_name_alone(start, name, studio):
    with studio.open("none") as tape:
        start()
        start()
    assert tape.notes == (NOTE.format(name),)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_fork_is_noted(studio):
    with studio.open("none") as tape:
        forked()
    assert tape.notes == (NOTE.format("a copy of this process (fork)"),)


def test_helpers_of_python_itself_are_not_noted(studio):
    platform.uname.cache_clear() if hasattr(platform.uname, "cache_clear") else None
    with studio.open("none") as tape:
        platform._Processor.from_subprocess()
    assert tape.notes == ()


def test_nothing_is_noted_when_no_tape_is_open(studio, installed):
    with installed("none"):
        subprocess.run([sys.executable, "-c", ""], check=True)
    with studio.open("none") as tape:
        pass
    assert tape.notes == ()


def test_a_name_is_safe_to_print(studio, tmp_path):
    program = tmp_path / "::error::\x1b[31m\n"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    with studio.open("none") as tape:
        subprocess.run([program], check=True)
    assert "\x1b" not in tape.notes[0]
    assert "\n" not in tape.notes[0]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((None, "git push https://me:sk-secret@host", None, None), "git"),
        ((None, ["git", "--key=sk-secret"], None, None), "git"),
        (("/usr/bin/git", ["git"], None, None), "git"),
        ((b"/bin/sh", [b"sh", b"-c", b"KEY='sk-secret' curl -H sk-secret"], None, None), "curl"),
        (("/bin/sh", ["sh", "-c", "'unbalanced sk-secret"], None, None), "'unbalanced"),
        (("/bin/sh", ["sh", "-c", ""], None, None), "a shell"),
        ((None, 7, None, None), "a program"),
    ],
)
def test_only_the_program_of_a_command_line_is_told(arguments, name):
    assert spawned._popen(arguments) == name
