"""What the installed plugin does while `--altax` is off: nothing. Compared with the same run without the plugin."""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import pytest_altax

# Runs pytest under an audit hook, then writes what it saw as JSON to the descriptor it was given.
WATCHED = """
import os, sys
descriptor, events = int(sys.argv[1]), []
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.")

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[2] & WRITING and arguments[0] != os.devnull:
        events.append("open")
    elif event.startswith(("socket.", "subprocess.", "os.posix_spawn", "os.fork", *CHANGES)):
        events.append(event)

sys.addaudithook(watch)
import pytest
code = int(pytest.main(sys.argv[2:]))
import json
os.write(descriptor, json.dumps({"code": code, "events": events, "modules": sorted(sys.modules)}).encode())
"""

SUITE = """
import pytest

@pytest.mark.altax(tax_tokens=100)
def test_one():
    assert True
"""


@dataclass(frozen=True)
class Seen:
    """A run of pytest: exit code, the audit events that touch files, sockets or processes, the modules loaded."""

    code: int
    events: list[str]
    modules: frozenset[str]

    @property
    def third_party(self) -> set[str]:
        """Top-level names of the loaded modules that are not Python's own."""
        return {name.split(".")[0] for name in self.modules} - sys.stdlib_module_names


def watched(folder: Path, *arguments: str) -> Seen:
    """Run pytest in a folder with these arguments and no other plugin, and tell what it did."""
    environment = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(pytest_altax.__file__).parent.parent),
    }
    environment.pop("PYTEST_ADDOPTS", None)
    with tempfile.TemporaryFile() as told:
        number = told.fileno()
        command = [sys.executable, "-c", WATCHED, str(number), "-q", "-s", "-p", "no:cacheprovider", *arguments]
        subprocess.run(command, cwd=folder, env=environment, pass_fds=[number], capture_output=True, check=True)
        told.seek(0)
        seen = json.load(told)
    return Seen(seen["code"], seen["events"], frozenset(seen["modules"]))


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one test, with a budget that would be judged if `--altax` were given."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "pyproject.toml").write_text("[tool.pytest-altax.budget]\ntax_ratio = 0.1\n", encoding="utf-8")
    (folder / "test_one.py").write_text(SUITE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def without(suite: Path) -> Seen:
    """What plain pytest does with the suite."""
    return watched(suite)


@pytest.fixture(scope="module")
def off(suite: Path) -> Seen:
    """What pytest does with the suite when the plugin is loaded and `--altax` is not given."""
    return watched(suite, "-p", "pytest_altax.plugin", "--strict-markers")


def test_the_suite_passes_with_the_plugin_off(off):
    assert off.code == 0
    assert "pytest_altax.plugin" in off.modules


def test_off_imports_no_third_party_module_beyond_those_of_pytest(off, without):
    assert off.third_party - without.third_party == {"pytest_altax"}


def test_off_writes_no_file_and_opens_no_socket(off, without):
    assert off.events == without.events


def test_off_leaves_no_file_behind(off, suite):
    assert off.code == 0
    assert sorted(path.name for path in suite.rglob("*")) == ["pyproject.toml", "test_one.py"]


def test_no_altax_wins_over_altax(suite, without):
    seen = watched(suite, "-p", "pytest_altax.plugin", "--altax", "--no-altax")
    assert (seen.code, seen.events) == (0, without.events)
    assert seen.third_party - without.third_party == {"pytest_altax"}


def test_the_watch_sees_a_file_and_a_socket(tmp_path):
    code = "import socket\ndef test_it(tmp_path):\n    socket.socket().close()\n    (tmp_path / 'a').write_text('b')\n"
    (tmp_path / "test_it.py").write_text(code, encoding="utf-8")
    assert {"open", "socket.__new__"} <= set(watched(tmp_path).events)


def test_the_entry_point_is_named_altax():
    entries = importlib.metadata.entry_points(group="pytest11", name="altax")
    if not entries:
        pytest.skip("pytest-altax is imported from its sources here, not installed")
    assert {entry.value for entry in entries} == {"pytest_altax.plugin"}


def test_p_no_altax_leaves_the_plugin_out(suite):
    if not importlib.metadata.entry_points(group="pytest11", name="altax"):
        pytest.skip("pytest-altax is imported from its sources here, not installed")
    command = [sys.executable, "-m", "pytest", "-p", "no:altax", "-p", "no:cacheprovider", "--altax"]
    result = subprocess.run(command, cwd=suite, capture_output=True, text=True, check=False)
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "unrecognized arguments: --altax" in result.stderr
